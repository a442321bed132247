"""What comes in from a platform: frozen, without any SDK's types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the identity on one platform, and the tenant (workspace, server) it is from."""

    platform: str
    tenant: str
    external_id: str
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A line of text. ``conversation`` is ``platform:tenant:channel:thread``, opaque here."""

    conversation: str
    message_id: str
    sender: Sender
    text: str
    sent_at: datetime
    files: tuple[str, ...] = ()


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


Inbound = Message | Command | Edit | Delete | Feedback
