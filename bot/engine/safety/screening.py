"""The safety screen: whether a message speaks of danger, outright or by its signs.

Signs written down as patterns decide together with a learned score: the plainer the sign, the less
the score has to add. Nothing leaves the machine, and no model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.engine.meaning import Meaning
from bot.engine.safety.learned import Score, score
from bot.engine.safety.signs import STRENGTHS, Sign, Strength, read
from bot.engine.safety.spelling import Language, Plain, plain

Level = Literal["explicit", "indirect", "none"]

# The least learned score (about -1 harmless, 1 danger) at which a message pauses, by its strongest
# sign. Set by cross-validation on the own examples; figures in docs/safety.md.
NEEDS: Final = {"explicit": -0.8, "indirect": -0.6, "hint": 0.05, "none": 0.4}
# Other languages have patterns of their own and few examples: the score alone needs to be surer.
NEEDS_ELSEWHERE: Final = {"explicit": -0.8, "indirect": -0.5, "hint": 0.2, "none": 0.7}
# "I'm fine." has too few words to be judged by nearness alone.
NEEDS_WHEN_SHORT: Final = 0.6
SHORT: Final = 6
# In a long text words of danger meet by chance: a hint there must come with a high score.
NEEDS_WHEN_LONG: Final = 0.8
LONG: Final = 60


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen makes of one message.

    ``kind`` (self_harm, other_at_risk, harm_to_others, abuse, child, medical) is None where there
    is no danger; ``language`` is the one the message is mostly in; ``sure`` is False where no plain
    sign was found and only nearness to examples told.
    """

    level: Level
    kind: str | None = None
    language: Language = "en"
    sure: bool = True


def screen(text: str, meaning: Meaning | None = None) -> Screening:
    """Screen one message in English, German, Spanish, French or Portuguese.

    Args:
        text: the message; its first READ_AT_MOST characters are read.
        meaning: used where it is the static vectors; else those of the repository are.
    """
    message = plain(text)
    if not message.text:
        return Screening("none", language=message.language)
    reading = read(message)
    learned = score(reading.text, meaning)
    # Signs that could not make the message pause at this score need not be looked for.
    telling: list[Strength] = [one for one in STRENGTHS if learned.danger > needed(message, one)]
    signs = reading.signs_from(telling[-1]) if telling else ()
    strongest = signs[0].strength if signs else "none"
    if learned.danger <= needed(message, strongest):
        return Screening("none", language=message.language)
    level, kind = _level(signs, learned), _kind(signs, learned)
    sure = strongest in {"explicit", "indirect"}
    return Screening(level, kind, message.language, sure)


def needed(message: Plain, strongest: Strength | Literal["none"]) -> float:
    """The learned score that a message must exceed to pause, given its strongest sign."""
    many = len(message.text.split())
    if strongest in {"none", "hint"} and not SHORT <= many <= LONG:
        return NEEDS_WHEN_SHORT if many < SHORT else NEEDS_WHEN_LONG
    return (NEEDS if message.language == "en" else NEEDS_ELSEWHERE)[strongest]


def _level(signs: Sequence[Sign], learned: Score) -> Level:
    plainest = signs[0].strength if signs else "hint"
    if plainest != "hint":
        return plainest
    return "explicit" if learned.outright > 0 else "indirect"


def _kind(signs: Sequence[Sign], learned: Score) -> str:
    kinds = [sign.kind for sign in signs if sign.strength == signs[0].strength != "hint"]
    return kinds[0] if kinds and learned.kind not in kinds else learned.kind
