import pytest

from bot.engine.profile import BULLETS, career_profile, profile_json
from bot.engine.profile_parts import Fact, FactKind, Lived, Profile, Quote


def fact(kind: FactKind, text: str, message: int = 1) -> Fact:
    return Fact(kind, Quote(message, text))


def lived(
    action: str | None = None,
    result: str | None = None,
    context: str | None = None,
    message: int = 5,
    **rest: str,
) -> Lived:
    def part(text: str | None) -> Quote | None:
        return Quote(message, text) if text else None

    return Lived(
        part(context),
        part(action),
        part(result),
        {name: Quote(message, text) for name, text in rest.items()},
    )


KILN = lived(
    "I moved the shelf down and I marked the dampers",
    "no bowl has cracked since",
    "The kiln kept cracking the blue bowls",
    scope="no bowl",
)


def texts(profile: Profile) -> list[str]:
    return [line.text for line in profile.bullets]


def test_the_story_is_told_in_the_users_words() -> None:
    profile = career_profile(
        [
            fact("strength", "I work as a night nurse in Leith", 1),
            fact("why", "I help older people to stay at home", 2),
        ],
        [],
    )
    assert profile.story.text == (
        "I'm the night nurse who helps older people achieve “stay at home”."
    )
    assert profile.story.quotes == (
        Quote(1, "night nurse"),
        Quote(2, "older people"),
        Quote(2, "stay at home"),
    )
    assert profile.fill == ()


def test_unknown_parts_are_shown_and_said_how_to_fill() -> None:
    profile = career_profile([], [])
    assert profile.story.text == "I'm the [who?] who helps [whom?] achieve [what?]."
    assert [line.split()[0] for line in profile.fill] == ["[who?]", "[whom?]", "[what?]"]


@pytest.mark.parametrize("said", ["I'm a bit lost", "I'm a very good cook", "I'm an idiot"])
def test_a_mood_or_a_judgement_is_nobodys_trade(said: str) -> None:
    assert "[who?]" in career_profile([fact("goal", said)], []).story.text


def test_messages_outside_the_facts_count_for_the_story() -> None:
    profile = career_profile([], [], said=[Quote(9, "as a foreman, I know the lads")])
    assert "the foreman who" in profile.story.text
    assert profile.story.quotes == (Quote(9, "foreman"),)


def test_a_bullet_is_the_users_words_without_the_first_person() -> None:
    (bullet,) = career_profile([], [KILN]).bullets
    assert bullet.text == (
        "Moved the shelf down and marked the dampers; no bowl has cracked since "
        "(The kiln kept cracking the blue bowls)"
    )
    assert [quote.message for quote in bullet.quotes] == [5, 5, 5]


def test_we_stays_we() -> None:
    assert texts(career_profile([], [lived("I drew it", "We built it in June")])) == [
        "Drew it; We built it in June"
    ]


def test_a_claimed_amount_without_figure_is_asked_for() -> None:
    asked = career_profile([], [lived("I rang them", "many customers came back")])
    assert texts(asked) == ["Rang them; many [number?] customers came back"]
    known = career_profile([], [lived("I rang them", "many of the 40 customers came back")])
    assert "[number?]" not in texts(known)[0]
    plain = career_profile([], [lived("I rang them", "nobody complained any more")])
    assert "[number?]" not in texts(plain)[0]


def test_the_overview_comes_first_and_there_are_five() -> None:
    stories = [lived(f"I built door {n}", f"door {n} opened", message=n) for n in range(7)]
    profile = career_profile([fact("strength", "I work as a joiner")], stories)
    assert len(profile.bullets) == BULLETS
    assert profile.bullets[0].text.startswith("Joiner: door ")
    assert profile.missing is None


def test_fewer_stories_make_fewer_bullets_and_say_what_is_missing() -> None:
    assert career_profile([], []).missing is not None
    assert "ending" in (career_profile([], [lived("I built a door")]).missing or "")
    assert "another" in (career_profile([], [KILN]).missing or "")


def test_complete_stories_come_before_half_ones() -> None:
    half = lived("I swept the yard", message=6)
    assert texts(career_profile([], [half, KILN]))[0].startswith("Moved the shelf")


def test_scores_rise_with_what_is_told() -> None:
    nothing = career_profile([], []).scores
    some = career_profile([fact("aim", "head potter")], [lived("I swept the yard")]).scores
    full = career_profile(
        [
            fact("aim", "run the kiln of a studio"),
            fact("why", "I help young potters to find their glaze"),
            fact("strength", "I work as a potter in a studio and can run a kiln"),
        ],
        [lived("I fired it", "no bowl cracked", "The kiln cracked", scope="a", time="b")],
    ).scores
    assert set(nothing) == {"story_coherence", "quantification", "clarity", "keywords"}
    for name, value in full.items():
        assert nothing[name] == 0
        assert nothing[name] <= some[name] <= value
        assert value == 1


def test_a_result_without_figure_is_worth_something() -> None:
    assert career_profile([], [lived("I sang", "he smiled")]).scores["quantification"] == 0.5


def test_keywords_of_the_role_are_looked_up_in_the_stories() -> None:
    covered = career_profile([], [KILN], keywords=["kiln", "glaze recipes"]).scores["keywords"]
    assert covered == 0.5


def test_every_score_says_what_would_raise_it() -> None:
    profile = career_profile([], [KILN])
    assert set(profile.raises) == set(profile.scores)
    assert all(line.endswith(".") for line in profile.raises.values())


def test_the_object_of_the_command_line() -> None:
    shown = profile_json(career_profile([], [KILN]))
    assert {"story", "experiences", "bullets", "scores"} <= set(shown)
    (experience,) = shown["experiences"]
    assert set(experience) == {"context", "action", "result", "rest", "quotes"}
    assert experience["rest"] == {
        "results": None,
        "efficiency": None,
        "scope": "no bowl",
        "time": None,
    }
    assert {"message": 5, "text": "no bowl has cracked since"} in experience["quotes"]


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("i work nights and on my free days im a zombie", "[who?]"),
        ("I'm a people pleaser, always was", "[who?]"),
        ("honestly I am a wreck by Friday", "[who?]"),
        ("I'm a stroke nurse on nights", "stroke nurse"),
        ("i am a welder at the yard", "welder"),
        ("I've been a sous chef for years", "sous chef"),
        ("I work as a dog whisperer", "dog whisperer"),
    ],
)
def test_who_somebody_is_has_to_be_a_trade(said: str, who: str) -> None:
    profile = career_profile([], [], [Quote(1, said)])
    assert profile.story.text.startswith(f"I'm the {who} who")


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("he went home two weeks later", "achieve results like this: “he went home two"),
        ("nobody missed the bus again", "achieve results like this: “nobody missed"),
        ("fewer calls at night", "achieve “fewer calls"),
    ],
)
def test_what_came_of_it_fits_the_sentence_of_the_story(result: str, told: str) -> None:
    lived = Lived(action=Quote(1, "I wrote the list"), result=Quote(1, result))
    assert told in career_profile([], [lived]).story.text
