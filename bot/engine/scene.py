"""What a voice that words freely is told besides the decision: bounded, so that no talk grows dear.

Everything a reply may rest on stands here or in the brief, each with its source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.replies import Source

# Characters, so that turn 200 costs what turn 10 costs.
TEXT_AT_MOST = 3_000
SAID_AT_MOST = 400
TURNS_AT_MOST = 6
CARDS_AT_MOST = 2
FACTS_AT_MOST = 4
REMARKS_AT_MOST = 8
QUOTE_AT_MOST = 160


@dataclass(frozen=True, slots=True)
class Said:
    """One of the last lines of the talk, cut to SAID_AT_MOST characters."""

    role: Literal["user", "coach"]
    text: str
    message: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """Something known of the person: what it is ("goal") and the quote it rests on."""

    what: str
    source: Source


@dataclass(frozen=True, slots=True)
class Scene:
    """The surroundings of one reply.

    Attributes:
        person, tenant, session: whose reply it is, for budgets and usage.
        message, text: the user's message of this turn, cut to TEXT_AT_MOST characters.
        today: the date on the person's clock.
        language: the code of the language agreed with the user (``bot.engine.language``); None for
            English.
        objectives: of the session.
        memory: evidence by slot, from this session.
        elsewhere: the same from sessions with other coaches.
        remarks: lines kept from earlier turns of this session.
        turns: the last lines before this message, oldest first.
        cards: the playbook cards that fit, whole.
        facts: what is known of the role the person aims at.
        key: names the reply, the same in every try of its turn; empty where nothing is tried again.
        unwanted: whether the person has said meanwhile that they want no more of this reply.
    """

    person: str
    tenant: str
    session: str
    message: int
    text: str
    today: date
    language: str | None = None
    objectives: tuple[str, ...] = ()
    memory: tuple[Remembered, ...] = ()
    elsewhere: tuple[Remembered, ...] = ()
    remarks: tuple[str, ...] = ()
    turns: tuple[Said, ...] = ()
    cards: tuple[Source, ...] = ()
    facts: tuple[Source, ...] = ()
    key: str = ""
    unwanted: Callable[[], bool] = field(default=lambda: False)
