import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from bot.engine.axes import Axes, Reader, Weights, axes, negated_spans, plain, reader, told_words
from bot.engine.cross_analysis import (
    CrossAnalysis,
    Insight,
    Line,
    SessionDigest,
    analyse,
    as_json,
    quoted,
)
from bot.engine.cross_matching import Match, Statement, find_matches, pieces
from bot.engine.cross_text import as_markdown
from bot.engine.errors import NotYetError
from bot.engine.meaning import static_vectors
from bot.engine.state import Evidence
from evaluation.cross import cases, covers, figures, statements
from personas.catalogue import Catalogue
from personas.models import Slot

TODAY = date(2026, 11, 22)
LIFE, EXEC, PAY = "life_coach", "executive_coach", "salary_negotiator"


@cache
def catalogue() -> Catalogue:
    return Catalogue()


def digest(coach: str, *texts: str, first: int = 1, **more: object) -> SessionDigest:
    said = [Statement(coach, coach, first + n, text) for n, text in enumerate(texts)]
    return SessionDigest(coach, coach, said, **more)  # pyright: ignore[reportArgumentType]


def compare(*digests: SessionDigest) -> CrossAnalysis:
    return analyse(digests, catalogue(), static_vectors(), TODAY)


def matched(*told: tuple[str, str]) -> list[tuple[str, set[str]]]:
    said = [Statement(coach, coach, number, text) for number, (coach, text) in enumerate(told)]
    return [(match.kind, set(match.coaches)) for match in find_matches(said, reader())]


def worded(analysis: CrossAnalysis) -> str:
    return as_markdown(analysis, catalogue())


# Agreements and tensions -------------------------------------------------------------------------


def test_one_wish_in_two_wordings_is_an_agreement():
    assert matched(
        (LIFE, "I work on a ward. I really want fewer hours than I have now."),
        (EXEC, "There are nine of us. For me the evenings with my kids come first."),
    ) == [("agreement", {LIFE, EXEC})]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I want to run the whole department one day.", "I want to be home by four for my kids."),
        (
            "I'd take any job as long as the money is right.",
            "I'd never work for a firm whose products I don't believe in.",
        ),
        ("I'm ready to lead a team of my own.", "I freeze when everyone looks at me in a meeting."),
        ("I want to stay here until I retire.", "I have to get out of this company this year."),
    ],
)
def test_what_pulls_against_each_other_is_a_tension(one: str, other: str):
    assert matched((EXEC, one), (LIFE, other)) == [("tension", {EXEC, LIFE})]


def test_a_negation_turns_a_statement_round():
    said = [
        (EXEC, "I want to lead a team of people myself."),
        (LIFE, "I never want to lead a team of people again, not for anything."),
    ]
    assert matched(*said) == [("tension", {EXEC, LIFE})]


def test_the_same_said_twice_to_one_coach_is_nothing():
    assert (
        matched(
            (LIFE, "I want fewer hours at work."),
            (LIFE, "Evenings with my kids come first."),
            (EXEC, "We are nine people in the office near the station."),
        )
        == []
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The bus was late this morning and it rained.", "We had cake, my colleague turned forty."),
        ("How do I get home earlier?", "Should I spend more evenings with my kids?"),
        ("I work as a nurse on a surgical ward.", "I've been a nurse for eleven years."),
        ("Ich möchte abends früher daheim sein.", "Die Abende gehören meinen Kindern."),
        ("", "?!"),
    ],
)
def test_idle_talk_questions_and_trades_make_nothing(one: str, other: str):
    assert matched((LIFE, one), (EXEC, other)) == []


def test_what_others_say_and_what_once_was_is_not_told():
    told = Statement(
        LIFE, "s", 1, "My sister wants to move abroad. I used to love the stage. I cook."
    )
    assert {piece.text.rstrip(".") for piece in pieces(told)} <= {"I cook"}


def test_a_third_coach_joins_the_agreement():
    (match,) = find_matches(
        [
            Statement(LIFE, "a", 1, "I want fewer hours and my evenings with my kids."),
            Statement(EXEC, "b", 2, "I need to be home for dinner with my family every night."),
            Statement(PAY, "c", 3, "I'd take less pay to be home with my children in the evening."),
        ],
        reader(),
    )
    assert match.kind == "agreement"
    assert set(match.coaches) == {LIFE, EXEC, PAY}


def test_quotes_are_exact_pieces_of_what_was_said_to_that_coach():
    for case in cases():
        said = {(one.coach, one.message): one.text for one in statements(case)}
        for match in find_matches(statements(case), reader()):
            assert len(match.coaches) >= 2
            assert all(quote.text in said[quote.coach, quote.message] for quote in match.quotes)


def test_the_development_cases_are_learnt_and_the_figures_count_both_ways():
    learnt = figures(cases("development"))
    assert learnt["found"] >= 0.9
    assert learnt["invented"] <= 0.05
    fresh = figures(cases("test"))
    assert fresh["found"] >= 0.7
    assert fresh["invented"] <= 0.2


def test_a_match_of_the_other_kind_covers_nothing():
    (case,) = [case for case in cases() if case["id"] == "d01"]
    (match,) = find_matches(statements(case), reader())
    (planted,) = case["planted"]
    assert covers(match, planted)
    assert not covers(match, {**planted, "kind": "agreement"})


# Axes --------------------------------------------------------------------------------------------


def test_words_in_the_reach_of_a_negation_are_marked():
    assert dict(told_words("I don't want a chair, but a team.")) == {
        "dont": False,
        "want": True,
        "chair": True,
        "but": False,
        "team": False,
    }


@pytest.mark.parametrize("text", ["I can't wait to lead", "not only the money, the title"])
def test_some_negations_negate_nothing(text: str):
    assert negated_spans(plain(text)) == []


def test_every_pole_is_read_from_its_own_statements():
    data = axes()
    for number, pole in enumerate(data.poles):
        best = reader().read(pole.examples).argmax(axis=1)
        assert (best == number).mean() > 0.6, pole.key


def test_the_axes_are_sound():
    data = axes()
    keys = [pole.key for pole in data.poles]
    assert len(keys) == len(set(keys))
    assert len(data.axis) >= 20
    assert all(set(clash.poles) <= set(keys) for clash in data.clash)
    texts = [example.lower() for pole in data.poles for example in pole.examples]
    assert all(re.search(r"[a-z]", text) for text in texts)


def test_weights_of_other_poles_are_refused():
    data = axes()
    fewer = Axes.model_validate({**data.model_dump(), "theme": data.model_dump()["theme"][:-1]})
    weights = reader()._weights  # pyright: ignore[reportPrivateUsage]
    assert isinstance(weights, Weights)
    with pytest.raises(ValueError, match="other poles"):
        Reader(fewer, weights, static_vectors())


# The whole ---------------------------------------------------------------------------------------


def slots(**quotes: tuple[int, str]) -> dict[Slot, list[Evidence]]:
    return {
        Slot(name): [Evidence(quote=quote, message=message, certainty=0.9)]
        for name, (message, quote) in quotes.items()
    }


def two_coaches() -> CrossAnalysis:
    return compare(
        digest(
            LIFE,
            "I want to be home by four for my kids.",
            "My sister could take the boys.",
            slots=slots(
                goal=(1, "be home by four for my kids"), helper=(2, "My sister could take the boys")
            ),
            insights=[Insight("Work beside everything else", (), 0.8, confirmed=True)],
            ratings={"Energy in the week": (2, None)},
            progress=0.5,
        ),
        digest(
            EXEC,
            "I want to run the whole department one day.",
            "I'll ask the director on Friday.",
            first=10,
            slots=slots(
                goal=(10, "run the whole department"), step=(11, "ask the director on Friday")
            ),
            ratings={"Decisions": (3, 2)},
            progress=1.0,
            done=True,
        ),
    )


def test_one_coach_is_too_little():
    with pytest.raises(NotYetError, match="second"):
        compare(digest(LIFE, "I want fewer hours."), digest(EXEC))


def test_the_object_has_the_keys_of_the_contract():
    made = as_json(two_coaches())
    assert list(made) == [
        "coaches",
        "agreements",
        "tensions",
        "profile",
        "priorities",
        "plan",
        "success_metrics",
        "confidence",
        "completeness",
    ]
    assert made["coaches"] == [LIFE, EXEC]
    (tension,) = made["tensions"]
    assert {side["coach"] for side in tension["sides"]} == {LIFE, EXEC}
    assert all(side["text"] and side["quotes"] for side in tension["sides"])
    assert set(made["plan"]) == {"now", "next_month", "this_quarter"}
    assert made["profile"]["goal"] == [
        {"message": 1, "text": "be home by four for my kids", "coach": LIFE},
        {"message": 10, "text": "run the whole department", "coach": EXEC},
    ]


def test_metrics_show_both_ratings_where_known():
    shown = {
        (metric["metric"], metric["self"], metric["coach"])
        for metric in as_json(two_coaches())["success_metrics"]
    }
    assert shown == {("Energy in the week", 2, None), ("Decisions", 3, 2)}


def test_own_steps_come_before_exercises_and_tensions_are_settled_now():
    analysis = two_coaches()
    texts = [line.text for line in analysis.now]
    assert "ask the director on Friday" in texts[0]
    assert texts[1].startswith("Settle the tension between")
    assert any("Maya's exercise" in text for text in texts)
    assert not any("Alexandra's exercise" in text for text in texts)


def test_a_step_with_a_far_day_goes_on_the_later_shelf():
    step = slots(step=(1, "hand in the form on 15 January"))
    analysis = compare(
        digest(LIFE, "I'll hand in the form on 15 January.", slots=step),
        digest(EXEC, "We are nine people.", first=5),
    )
    assert not any("hand in the form" in line.text for line in analysis.now)
    assert any("hand in the form" in line.text for line in analysis.this_quarter)


def test_agreements_lead_the_priorities_then_tensions_then_open_points():
    analysis = compare(
        digest(
            LIFE,
            "I want fewer hours and my evenings with my kids.",
            "People scare me, I freeze when everyone looks at me.",
            slots=slots(obstacle=(2, "I freeze when everyone looks at me")),
        ),
        digest(
            EXEC,
            "I need to be home for dinner with my family every night.",
            "I'm ready to lead a team of my own.",
            first=10,
        ),
    )
    texts = [line.text for line in analysis.priorities]
    assert "it came up with Maya and Alexandra" in texts[0]
    assert texts[1].startswith("Settle the tension")
    assert texts[2].startswith("With Maya, what stands in the way")


def test_more_coaches_phases_and_confirmed_insights_raise_the_figures():
    less = compare(digest(LIFE, "I want fewer hours."), digest(EXEC, "We are nine.", first=5))
    more = two_coaches()
    assert 0 <= less.confidence < more.confidence <= 1
    assert 0 <= less.completeness < more.completeness <= 1


def test_the_chat_text_is_short_and_holds_no_number_the_user_did_not_say():
    text = worded(two_coaches())
    assert len(text.split()) <= 450
    assert "?" not in text
    assert not re.findall(r"\d", re.sub(r"^\d\. ", "", text, flags=re.M))


def test_a_very_full_analysis_still_fits_the_chat():
    coaches = catalogue().keys
    long = " ".join(["fewer hours"] * 30)
    quotes = tuple(Statement(coach, coach, n, long) for n, coach in enumerate(coaches))
    lines = (
        Line(
            f"Settle the tension between {quoted(quotes[0])} and {quoted(quotes[1])}",
            quotes,
            coaches,
        ),
    ) * 6
    sides = ("Less",) * len(quotes)
    full = replace(
        two_coaches(),
        coaches=coaches,
        agreements=(Match("agreement", "Time for life", 3.0, quotes, sides),) * 6,
        tensions=(Match("tension", "Pay or meaning", 3.0, quotes, sides),) * 6,
        priorities=lines,
        now=lines,
        next_month=lines,
        this_quarter=lines,
    )
    text = worded(full)
    assert len(text.split()) <= 450
    titles = ["Heard by", "Pulling", "Priorities", "Now", "Next month", "This quarter"]
    assert all(f"**{title}" in text for title in titles)
