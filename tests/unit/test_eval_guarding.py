"""The set the guard is measured on, and the figures it has to keep."""

from __future__ import annotations

from collections import Counter

from bot.voices.guard import Verdict
from evaluation.guarding import cases, figures, takes_away, wrong


def test_the_set_is_large_varied_and_halved() -> None:
    known = cases()
    good = [one for one in known if one.reason is None]
    bad = [one for one in known if one.reason is not None]
    assert len(good) >= 150
    assert len(bad) >= 200
    assert len({one.text for one in known}) == len(known)
    # No template: few begin with the same three words.
    begun = Counter(" ".join(one.text.lower().split()[:3]) for one in bad)
    assert begun.most_common(1)[0][1] <= 6
    assert 0.4 < sum(one.held_out for one in known) / len(known) < 0.6


def test_the_guard_catches_bad_replies_and_lets_good_ones_pass() -> None:
    found = figures(cases())
    assert found["caught"] >= 0.93
    assert found["refused"] <= 0.03


def test_errors_are_listed_with_their_reason() -> None:
    known = cases()
    listed = list(wrong(known))
    assert len(listed) == sum(not one.right for one in known)


def test_another_spelling_takes_nothing_away() -> None:
    assert not takes_away(Verdict("You led eleven.", "figure"))
    assert takes_away(Verdict("What now?", "question"))
    assert takes_away(Verdict("", "figure"))
