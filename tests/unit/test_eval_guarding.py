"""The set the guard is measured on, and the figures it has to keep."""

from __future__ import annotations

from collections import Counter

from bot.voices.guard import Grounds, Guard, Verdict
from evaluation.guarding import LANGUAGES, cases, figures, takes_away, wrong


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


def test_other_languages_are_guarded_as_well() -> None:
    known = cases(LANGUAGES)
    assert {one.grounds.language for one in known} >= {"de", "fr", "es", "pt", "it"}
    for code in sorted({one.grounds.language for one in known}):
        found = figures(one for one in known if one.grounds.language == code)
        assert found["caught"] >= 0.9, code
        assert found["refused"] <= 0.03, code


def test_what_the_person_called_it_may_be_called_so() -> None:
    said = "Ich habe eine Depression hinter mir und will wieder arbeiten."
    told = "Die Depression liegt hinter dir, und du willst wieder arbeiten."
    knows = Guard(Grounds(texts=(said,), language="de"))
    knows_not = Guard(Grounds(texts=("Ich will wieder arbeiten.",), language="de"))
    assert knows.check(told).text == told
    assert knows_not.check(told).reason == "medical"


def test_a_rule_holds_where_its_language_was_agreed() -> None:
    text = "Le juge, c'est toi."
    assert Guard(Grounds(texts=(), language="fr")).check(text).reason == "legal"
    assert Guard(Grounds(texts=(), language="en")).check(text).reason != "legal"
