"""The safety screen: whether a message speaks of danger, outright or by its signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.engine.meaning import Meaning
from bot.engine.safety.signs import find
from bot.engine.safety.spelling import plain

Level = Literal["explicit", "indirect", "none"]


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen makes of one message; ``kind`` is None where there is no danger."""

    level: Level
    kind: str | None = None


SAFE: Final = Screening("none")


def screen(text: str, meaning: Meaning | None = None) -> Screening:
    """Screen one message in English, German, Spanish, French or Portuguese."""
    message = plain(text)
    for sign in find(message):
        if sign.strength == "explicit":
            return Screening("explicit", sign.kind)
        if sign.strength == "indirect":
            return Screening("indirect", sign.kind)
    return SAFE
