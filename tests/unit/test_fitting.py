"""What can be an answer to a question of the plan, and what plainly is none."""

import pytest

from bot.engine.evidence import find, read
from personas.models import Slot


def taken(slot: Slot, text: str) -> bool:
    found = find(1, text, read(text), slot, planning=True)
    return slot in {one.slot for one in found}


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (Slot.STEP, "put the form on the fridge and fill in the first page"),
        (Slot.STEP, "my cousin works there so talk to him"),
        (Slot.STEP, "I have a meeting on Friday, I'd bring it up there"),
        (Slot.STEP, "phone"),
        (Slot.PLAN_B, "take a breath and read it from the paper"),
        (Slot.PLAN_B, "I'd call my sister before I back out"),
        (Slot.HELPER, "the lads at the depot would know"),
        (Slot.HELPER, "denise, she was ward sister for years"),
        (Slot.HELPER, "Priya from the platform team"),
        (Slot.HELPER, "probably nobody, to be honest"),
        (Slot.STRENGTH, "I never gave up on a patient"),
    ],
)
def test_answers_are_taken(slot: Slot, text: str) -> None:
    assert taken(slot, text)


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (Slot.STEP, "I'm stubborn about finding out why something broke"),
        (Slot.STEP, "it was a nightmare to be honest"),
        (Slot.STEP, "if I freeze I'll read it from the card"),
        (Slot.PLAN_B, "I was always like that, even at school"),
        (Slot.HELPER, "if it doesn't install I'll use the old one"),
        (Slot.HELPER, "I'm scared to ask, that is the truth"),
        (Slot.STRENGTH, "I did the course but stopped half way"),
        (Slot.STRENGTH, "I've never led a team in my life"),
        (Slot.STRENGTH, "They tell me I'm abrasive"),
    ],
)
def test_what_plainly_is_no_answer_is_not_taken(slot: Slot, text: str) -> None:
    assert not taken(slot, text)
