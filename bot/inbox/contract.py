"""What a platform's adapter offers to the inbox. ``tests/contract`` holds every adapter to it.

Delivery in three calls: :meth:`Adapter.begin` shows a reply (or its beginning) and returns the id
the platform gave it, the inbox stores that id in a commit of its own, and :meth:`Adapter.fill`
makes what stands there say what it should. ``fill`` may be repeated at will. ``begin`` is what must
not happen twice: a first try sends at once, a repeat looks for the reply's key first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.engine.turned import Turned
from bot.inbound import Sender


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do; what it can't, its adapter shows in another way, never in silence.

    Attributes:
        streaming: a reply can be shown while it is being written.
        can_look: whether a repeat can find out if the reply is there already. Without it a reply
            whose fate is unknown is marked ``unsure`` and offered again.
        edits: a reply can be changed after it was shown.
        private: something can be shown to one person in a shared place.
        files: images and documents can be shown.
        identity: each coach can speak under an own name and picture.
    """

    streaming: bool
    can_look: bool
    edits: bool
    private: bool
    files: bool
    identity: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A reply on its way.

    Attributes:
        key: 24 hex digits, the same in every try; the adapter puts it where a look can find it.
        conversation: ``platform:tenant:channel:thread``.
        recipient: who is answered.
        turned: the outcome to show; while it is being written, what there is so far.
        partial: whether it is still being written.
        answers: the platform's id of the message, command or click that is answered.
        kept_at: when it was written down, where an earlier try may have been another process's.
    """

    key: str
    conversation: str
    recipient: Sender
    turned: Turned
    partial: bool = False
    answers: str = ""
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What the platform shows: its id, and whether that is all of the reply."""

    platform_id: str
    whole: bool


class Adapter(Protocol):
    """One platform, as the inbox sees it."""

    @property
    def platform(self) -> str:
        """The first part of its conversations."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        """Show a reply or its beginning.

        Args:
            repeat: an earlier try may have come through: look for the key before sending.

        Raises:
            TryLaterError: the platform wants us to wait; it was not shown.
            UndeliverableError: it can never be shown here.
            CannotLookError: it is not known whether an earlier try came through.
            Exception: anything else; it may or may not have been shown.
        """
        ...

    async def fill(self, post: Post, platform_id: str) -> None:
        """Make what stands under ``platform_id`` say what the post says; raises as ``begin``."""
        ...

    def unwanted(self, key: str, conversation: str) -> bool:
        """Whether the person has said that they want no more of a reply being written."""
        ...

    def halt(self, key: str, conversation: str) -> None:
        """Stop a reply, if it is written here: the person said so to another worker.

        Args:
            key: empty for the one of the turn that is worked on in the conversation, which may not
                show yet.
        """
        ...

    async def busy(self, conversation: str) -> None:
        """Show that a reply is on its way; errors are of no consequence."""
        ...


class DeliveryError(Exception):
    """A reply could not be shown."""


class TryLaterError(DeliveryError):
    """The platform wants us to wait ``after`` seconds; the reply was not shown."""

    def __init__(self, after: float) -> None:
        super().__init__(f"try again in {after:.1f} s")
        self.after = after


class UndeliverableError(DeliveryError):
    """The reply can never be shown: the place is gone or closed to us. Names the reason."""


class CannotLookError(DeliveryError):
    """Whether an earlier try came through can't be found out."""
