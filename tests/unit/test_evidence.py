"""What of a message fills which slot."""

from __future__ import annotations

import pytest

from bot.engine.evidence import find, read
from personas.models import Slot


def _slots(text: str, asked: Slot) -> dict[Slot, str]:
    found = find(1, text, read(text), asked, planning=False)
    return {one.slot: one.evidence.quote for one in found}


@pytest.mark.parametrize(
    "text",
    [
        "because my son asked if I'm sick",
        "cause nobody there takes my word for anything",
        "Mainly because the pay never reaches the end of the month",
    ],
)
def test_a_reason_is_no_aim_though_an_aim_was_asked_for(text: str) -> None:
    told = _slots(text, Slot.AIM)
    assert Slot.WHY in told
    assert Slot.AIM not in told


@pytest.mark.parametrize(
    "text",
    [
        "I want to be foreman",
        "supervisor interview at the shop, next thursday",
        "I would love to return to teaching",
    ],
)
def test_what_somebody_wants_to_be_is_an_aim_though_the_wish_was_asked_for(text: str) -> None:
    assert Slot.AIM in _slots(text, Slot.GOAL)


@pytest.mark.parametrize(
    "text", ["to be honest I am worn out", "I must be home at five", "it used to be a good place"]
)
def test_being_somewhere_is_no_aim(text: str) -> None:
    assert Slot.AIM not in _slots(text, Slot.GOAL)


@pytest.mark.parametrize("asked", [Slot.STRENGTH, Slot.STEP, Slot.HELPER, Slot.AIM])
@pytest.mark.parametrize(
    "text", ["i dont know what i want tbh", "No idea what comes next", "I'm not sure"]
)
def test_who_does_not_know_has_named_nothing(text: str, asked: Slot) -> None:
    assert asked not in _slots(text, asked)


def test_what_follows_a_dunno_is_quoted_without_it() -> None:
    told = _slots("dunno, I keep the team calm on bad days", Slot.STRENGTH)
    assert told[Slot.STRENGTH] == "I keep the team calm on bad days"


def test_not_knowing_how_to_is_in_the_way() -> None:
    text = "I don't know how to code"
    assert _slots(text, Slot.OBSTACLE)[Slot.OBSTACLE] == text
