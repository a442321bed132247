import pytest

from bot.engine.numbers import scale_numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3 2 4 3 5", [3, 2, 4, 3, 5]),
        ("3,2,4,3,5", [3, 2, 4, 3, 5]),
        ("32435", [3, 2, 4, 3, 5]),
        ("I'd say three", [3]),
        ("4/5", [4]),
        ("three, two, four, four and one", [3, 2, 4, 4, 1]),
        ("12 of them, 7 maybe", []),
        ("last week i covered 3 shifts for a colleague", []),
        ("I made a portfolio with five photos.", []),
        ("there were four of us", []),
        ("two young nurses learned it from me", []),
        ("4 points", [4]),
        ("3 perhaps, or 4 on good days", [3, 4]),
        ("a 4 because it works", [4]),
        ("", []),
        ("50 %", []),
    ],
)
def test_numbers_on_the_scale_of_five(text: str, found: list[int]) -> None:
    assert scale_numbers(text, 1, 5) == found


def test_out_of_ten() -> None:
    assert scale_numbers("7 out of 10, on a good day 8", 0, 10) == [7, 8]
