import pytest

from bot.engine.evidence import read
from bot.engine.reflecting import reflections
from bot.engine.retell import fragment, retell


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I run the night shift with three people", "you run the night shift with three people"),
        ("and I'm afraid my boss knows", "you're afraid your boss knows"),
        ("I was promoted in May", "you were promoted in May"),
        ("was promoted in May", "you were promoted in May"),
        ("They are walking all over me", "they are walking all over you"),
        ("we merged our two crews ourselves", "you merged your two crews yourselves"),
        ("my calendar runs me", "your calendar runs you"),
        ("Nobody asked me about mine", "nobody asked you about yours"),
        ("want to move into data one day", "you want to move into data one day"),
        ("looking for something calmer", "you're looking for something calmer"),
        ("there's nothing left of me", "there's nothing left of you"),
        ("Been welding there since 2010", "you've been welding there since 2010"),
        ("covered three shifts for a colleague", "you covered three shifts for a colleague"),
        ("they say i cant do the paperwork", "they say you can't do the paperwork"),
        ("it went to somebodys nephew", "it went to somebody's nephew"),
        ("i just sell shoes all day", "you sell shoes all day"),
        ("I'm just a cleaner there", "you're a cleaner there"),
        ("I just got the letter today", "you just got the letter today"),
        ("I finished my degree last autumn and, well,", "you finished your degree last autumn"),
        ("In Kyiv I found the mistake", "In Kyiv you found the mistake"),
        ("last week my boss thanked me", "last week your boss thanked you"),
        ("Like I said before: nobody thanked me", "nobody thanked you"),
        ("as I've already mentioned, I run the shop", "you run the shop"),
        ("took me two weekends", "it took you two weekends"),
        ("bit nervous, last one went bad", "you're a bit nervous, last one went bad"),
        ("scared of looking desperate", "you're scared of looking desperate"),
        ("scared i will fail", "you're scared you will fail"),
        ("worried my boss will see", "you're worried your boss will see"),
        ("scared my cat away", "you scared your cat away"),
        ("lost my job in May", "you lost your job in May"),
        ("Its the phones, all day", "it's the phones, all day"),
        ("cost me my weekend", "it cost you your weekend"),
    ],
)
def test_retells_in_the_second_person(said: str, told: str) -> None:
    assert retell(said) == told


@pytest.mark.parametrize(
    "said",
    [
        "can you help me with my CV",
        "when the head goes next summer",
        "good money",
        "ICU, eleven years",
        "told me to wait",
        "I asked once, she said we'll see",
        'she said "never again and left',
        "",
    ],
)
def test_leaves_alone_what_is_not_safe_to_retell(said: str) -> None:
    assert retell(said) is None


def test_a_mine_stays_a_mine() -> None:
    assert retell("I worked in the mine office for years") == (
        "you worked in the mine office for years"
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("my respect", "your respect"),
        ("Night shifts in our ward, mostly.", "Night shifts in your ward, mostly"),
        ("when I'm alone with a text", "when you're alone with a text"),
        ("could you help me", None),
    ],
)
def test_a_piece_without_a_subject_is_given_back_as_it_stands(said: str, told: str | None) -> None:
    assert fragment(said) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "I'm an engineer in all but title, paid as a junior.",
            "you're an engineer in all but title, paid as a junior",
        ),
        (
            "I wrote it in six weeks because the archive was closing.",
            "you wrote it in six weeks because the archive was closing",
        ),
        (
            "They say my papers are missing. But nobody ever showed me how.",
            "they say your papers are missing, but nobody ever showed you how",
        ),
    ],
)
def test_a_short_sentence_is_given_back_whole(said: str, told: str) -> None:
    made = reflections(read(said), 1)
    assert told in [one.you for one in made]
    assert all(one.other is None for one in made)


@pytest.mark.parametrize(
    "said",
    [
        "I want to lead the team, but I'm scared of the meetings.",
        "My boss scares me, I'm afraid of him, but I love the patients.",
        "I want out of this trade, but I can't afford the loss of pay.",
    ],
)
def test_a_wish_and_what_holds_it_back_stand_side_by_side(said: str) -> None:
    first = reflections(read(said), 1)[0]
    assert first.you
    assert first.other


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        ("id call my cousin", "you'd call your cousin"),
        ("ill ask her on friday", "you'll ask her on friday"),
        ("no, my boss", "your boss"),
        ("no certificates", "no certificates"),
        ("ill people come to us", "ill people come to you"),
        ("if she has no time ill ask for friday", "if she has no time you'll ask for friday"),
        ("my dad fell ill and I stayed", "your dad fell ill and you stayed"),
    ],
)
def test_a_missing_apostrophe_and_a_no_are_read_by_what_follows(clause: str, told: str) -> None:
    assert fragment(clause) == told


def test_a_wish_of_few_words_goes_before_the_remark_behind_it() -> None:
    (told,) = reflections(read("i need more money. simple"), 1, at_most=1)
    assert told.you == "you need more money"
