"""What a platform saw of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a platform saw.

    Attributes:
        what: said (by a person), posted, edited or deleted (by the bot).
        key, part: of a reply; empty and 0 for a person's message.
        answers: the message that a reply refers to.
    """

    what: str
    person: str
    message: str
    text: str
    key: str
    part: int
    answers: str
