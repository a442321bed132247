"""Whether a message can be an answer to what the plan asked for, judged by its form alone.

"I'm stubborn about faults" is no first step, whatever was asked. Where that is not plain, the
answer counts: to ask a person again who did answer is worse than a loose line in the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.engine.calendar import tied_to_a_moment
from bot.engine.cues import PEOPLE, Kind
from bot.engine.text import words
from personas.models import Slot

# A few words are a note, not a sentence: their form tells nothing.
_NOTE = 4
_LEAD = r"^(?:(?:well|so|honestly|hmm|um|ok|okay|and|but|yeah|yes|no|actually|i think|i guess),? )*"
# How somebody is, or how things are: nothing that is done.
_STATE = re.compile(
    _LEAD
    + r"(?:i(?:'m| am| was|'ve| have| had| never| don'?t| didn'?t| know| like| love| hate| feel| "
    r"felt|'d have| would have| used to)|it(?:'s| is| was| has| had)|there(?:'s| is| are| was)|"
    r"they|he|she|nobody|no one|every(?:one|body)|the \w+ (?:is|are|was|were)|"
    r"my \w+ (?:is|are|was))\b",
    re.I,
)
_PAST = re.compile(
    _LEAD + r"(?:i(?:'d have| would have|'ve| have| had| was| did| \w+ed)|it (?:was|had)|we \w+ed|"
    r"they \w+ed)\b",
    re.I,
)
_SOMEBODY = re.compile(
    r"\b(?:he|she|they|him|her|them|who|someone|somebody|nobody|no one|people|everyone|team|group|"
    r"forum|union|club|community|association|network|class|crew|lads?|girls?|guys?|folks?|family|"
    r"parents?|kids?|myself|me|you|coach|helpline|agency|office|church|department)\b",
    re.I,
)
_NAME = re.compile(
    r"(?<=[\w,;] )(?!I\b)[A-Z][a-z]+|"
    r"^[A-Z][a-z]+(?=[,:]| (?:from|at|in|who|would|will|can|could|and)\b)"
)
_DOES: tuple[Kind, ...] = ("step", "if_then", "helper", "wish", "aim")
_NOBODY_IN_IT: tuple[Kind, ...] = ("step", "if_then", "obstacle", "feeling", "strength", "value")


def fits(slot: Slot, text: str, kinds: Mapping[Kind, float]) -> bool:
    """Whether a message can be an answer about this slot, as far as its form tells.

    Args:
        kinds: what its clauses are about (``cues``), of all of them together.

    Returns:
        False only where it is plain: a state or a past deed where a step or a plan was asked for, a
        deed or a state with nobody in it where a person was.
    """
    text = text.strip()
    if len(words(text)) < _NOTE:
        return True
    if slot is Slot.STEP:
        doing = any(kind in kinds for kind in _DOES) or tied_to_a_moment(text)
        return doing or _STATE.match(text) is None
    if slot is Slot.PLAN_B:
        return any(kind in kinds for kind in _DOES) or _PAST.match(text) is None
    if slot is Slot.HELPER:
        somebody = any(pattern.search(text) for pattern in (PEOPLE, _SOMEBODY, _NAME))
        other = any(kind in kinds for kind in _NOBODY_IN_IT) or _STATE.match(text) is not None
        return somebody or not other
    return True
