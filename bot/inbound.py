"""What comes in from a platform: frozen, without any SDK's types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.records import record


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the identity on one platform, and the tenant (workspace, server) it is from.

    ``locale`` and ``zone`` (an IANA name) are filled where the platform tells them.
    """

    platform: str
    tenant: str
    external_id: str
    locale: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A line of text. ``conversation`` is ``platform:tenant:channel:thread``, opaque here.

    ``parts`` are the messages (id, text) of a burst that is read as one; empty for a single one.
    """

    conversation: str
    message_id: str
    sender: Sender
    text: str
    sent_at: datetime
    files: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the table in ``bot.commands`` with its argument text."""

    conversation: str
    message_id: str
    sender: Sender
    name: str
    argument: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Edit:
    """A message was changed after it was sent."""

    conversation: str
    message_id: str
    sender: Sender
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Delete:
    """A message was deleted by its author."""

    conversation: str
    message_id: str
    sender: Sender
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """A thumb up (+1) or down (-1) on a reply; the last one counts."""

    conversation: str
    message_id: str
    sender: Sender
    value: int
    sent_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or menu entry was picked: ``choice`` is the id the reply offered it with."""

    conversation: str
    message_id: str
    sender: Sender
    choice: str
    sent_at: datetime

    def as_message(self) -> Message:
        """Picking a choice is as good as typing its id."""
        return Message(self.conversation, self.message_id, self.sender, self.choice, self.sent_at)


@dataclass(frozen=True, slots=True)
class Opened:
    """The person came to a conversation: ``coach`` (key or name) starts, ``resume`` takes up.

    Attributes:
        text: what the person said when they came; a new session starts from it, in one that is
            taken up it is read as what they say now.
        quiet: a session that is taken up is not greeted in; its next message is on the way.
    """

    conversation: str
    message_id: str
    sender: Sender
    sent_at: datetime
    coach: str | None = None
    resume: bool = False
    text: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class TenantGone:
    """The app was removed from a tenant: what the person said there is to be deleted."""

    conversation: str
    message_id: str
    sender: Sender
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Overflow:
    """The person sent more than could be taken in; what went beyond was not kept."""

    conversation: str
    message_id: str
    sender: Sender
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """It is time to ask the person how it went.

    Attributes:
        message_id: empty: no message is answered.
        about, ref: the row that is asked about.
        day: the day it was for, as an ISO date; another one in the row makes this one void.
        sent_at: when it was put down.
    """

    conversation: str
    message_id: str
    sender: Sender
    about: Literal["commitment", "goal"]
    ref: int
    day: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Linking:
    """Another account has something to say about being the same person.

    Attributes:
        message_id: empty: no message is answered.
        about: it asks, both are one now, it said no, or both are two again.
        ref: the offer or link it is about.
        other: that account.
    """

    conversation: str
    message_id: str
    sender: Sender
    about: Literal["asked", "done", "declined", "undone"]
    ref: str
    other: Sender
    sent_at: datetime


Inbound = (
    Message | Command | Edit | Delete | Feedback | Choice | Opened | TenantGone | Due | Linking
)
# What nobody wrote: where it fails or has to wait, nobody is told.
UNASKED = (Due, Linking)


def as_json(event: Inbound | Overflow) -> dict[str, Any]:
    """An event as JSON."""
    return {**record(event), "sent_at": event.sent_at.isoformat()}
