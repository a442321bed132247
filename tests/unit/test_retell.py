import pytest

from bot.engine.retell import retell


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
