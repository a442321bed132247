"""Interactions: commands, clicks, windows, suggestions, as plain data, and answers to them.

The answer to a command goes by the token of its interaction, which is good for a quarter of an hour
on every worker; so the token travels in the id of the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.discord import limits
from bot.discord.components import Payload
from bot.discord.places import DIRECT, Place, time_of

COMMAND, CLICK, SUGGEST, WINDOW = 2, 3, 4, 5
# Kinds of first answers.
SAY, DEFER, DEFER_EDIT, EDIT, VALUES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL, NO_PREVIEWS = 64, 4
_ID = "call"
# The command whose answer can be shared.
SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Ticket:
    """By what the answer to an interaction goes; ``about`` is the command, where that matters."""

    app: str
    interaction: str
    token: str
    about: str = ""

    def __str__(self) -> str:
        kind = f"{_ID}/{self.about}" if self.about else _ID
        return f"{kind}:{self.app}:{self.interaction}:{self.token}"

    def good(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.age(now) < limits.TOKEN_S

    def age(self, now: datetime) -> float:
        """Seconds since the interaction."""
        return (now - time_of(self.interaction)).total_seconds()


def ticket_of(answers: str) -> Ticket | None:
    """The ticket in the id of an event; None where there is none."""
    head, _, rest = answers.partition(":")
    kind, _, about = head.partition("/")
    parts = rest.split(":", 2)
    if kind != _ID or len(parts) != 3:
        return None
    return Ticket(parts[0], parts[1], parts[2], about)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody's interaction.

    Attributes:
        kind: COMMAND, CLICK, SUGGEST or WINDOW.
        place: where it happened.
        public: the place is a thread that everybody in its channel can read.
        data: what was called, pressed or written.
        message: the message that was clicked, as far as it is known.
        ephemeral: that message is seen by this person alone.
        installed: whether the app is in this server; else somebody brought it along.
        embeds: those of that message.
        may: what the person may do here, as Discord counts permissions.
        app_may: what the app may; all where that is not told.
    """

    id: str
    app: str
    token: str
    kind: int
    place: Place
    user: str
    locale: str | None = None
    public: bool = False
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    message: str = ""
    ephemeral: bool = False
    installed: bool = True
    embeds: tuple[Payload, ...] = ()
    may: int = 0
    app_may: int = -1

    @property
    def ticket(self) -> Ticket:
        """By what it is answered."""
        return Ticket(self.app, self.id, self.token)

    @property
    def at(self) -> datetime:
        """When it happened."""
        return time_of(self.id)

    @property
    def custom_id(self) -> str:
        """The id of what was clicked, or of the window."""
        return str(self.data.get("custom_id") or "")

    @property
    def value(self) -> str:
        """What was picked from a menu."""
        values = self.data.get("values") or [""]
        return str(values[0])


def call_of(told: Mapping[str, Any]) -> Call:
    """An interaction as the gateway brings it."""
    channel: Mapping[str, Any] = told.get("channel") or {}
    here = str(told.get("channel_id") or channel.get("id") or "")
    guild = str(told.get("guild_id") or "")
    kind = int(channel.get("type") or 0)
    threaded = kind in {10, 11, 12}
    parent = str(channel.get("parent_id") or here) if threaded else here
    member: Mapping[str, Any] = told.get("member") or {}
    user: Mapping[str, Any] = member.get("user") or told.get("user") or {}
    message: Mapping[str, Any] = told.get("message") or {}
    owners: Mapping[str, Any] = told.get("authorizing_integration_owners") or {}
    locale = str(told.get("locale") or "").replace("-", "_")
    return Call(
        id=str(told["id"]),
        app=str(told["application_id"]),
        token=str(told["token"]),
        kind=int(told["type"]),
        place=Place(guild or DIRECT, parent, here),
        user=str(user["id"]),
        locale=locale or None,
        public=kind in {10, 11},
        data=told.get("data") or {},
        message=str(message.get("id") or ""),
        ephemeral=bool(int(message.get("flags") or 0) & EPHEMERAL),
        installed=not owners or "0" in owners,
        embeds=tuple(message.get("embeds") or ()),
        may=int(member.get("permissions") or 0),
        app_may=int(told.get("app_permissions") or -1),
    )


def whisper(text: str, components: list[Payload] | None = None) -> Payload:
    """An answer that one person sees."""
    return {
        "content": text,
        "components": components or [],
        "flags": EPHEMERAL | NO_PREVIEWS,
        "allowed_mentions": {"parse": []},
    }


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
