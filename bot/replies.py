"""The one reply model: what the engine says, before a platform gives it its look."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

SourceKind = Literal["user", "card", "role", "calendar", "score"]


class Audience(StrEnum):
    """Who may see a reply."""

    OWNER = "owner"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact of the reply comes from: ``ref`` names the message, card, role or rule."""

    kind: SourceKind
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to pick instead of typing; picking it is as good as typing its label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a reply: its bytes, and in ``alt`` the same in plain words.

    An adapter that can't show files says ``alt`` or nothing; the text of the reply stands alone.
    """

    name: str
    media_type: str
    data: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, in CommonMark.

    ``question`` is the question put to the user, a verbatim part of ``text``. ``notice`` is said
    once beside the coaching, ``error`` is a sentence for input that could not be taken.
    """

    text: str
    question: str | None = None
    choices: tuple[Choice, ...] = ()
    sources: tuple[Source, ...] = ()
    audience: Audience = Audience.OWNER
    coach: str | None = None
    notice: str | None = None
    error: str | None = None
    reply_id: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(slots=True)
class Draft:
    """A reply being put together from typed parts, so that the provenance of each is known."""

    parts: list[str] = field(default_factory=list[str])
    sources: list[Source] = field(default_factory=list[Source])
    question: str | None = None
    choices: list[Choice] = field(default_factory=list[Choice])
    notice: str | None = None
    frames: list[str] = field(default_factory=list[str])

    def say(self, text: str, *sources: Source) -> None:
        """Add a statement with where its facts come from."""
        if text:
            self.parts.append(text)
        self.sources.extend(source for source in sources if source not in self.sources)

    def ask(self, text: str) -> None:
        """Add the one question of the reply."""
        self.parts.append(text)
        self.question = text

    @property
    def text(self) -> str:
        """All parts; a part that starts a list or quote stands on its own line."""
        out, after_block = "", False
        for part in self.parts:
            block = part.startswith(("\n", "- ", "> ", "#", "**", "1. "))
            out += ("\n\n" if block or after_block else " ") * bool(out) + part.strip("\n")
            after_block = block
        return out
