"""The permissions the bot asks for, what each is for, and the link that asks for exactly these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

# Flags of an application: it may read along, in many servers or in few.
_CONTENT = (1 << 18) | (1 << 19)
SCOPES = ("bot", "applications.commands")
_AUTHORIZE = "https://discord.com/oauth2/authorize"


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission as Discord names it, its bit, and what can't be done without it.

    Attributes:
        needed: nothing works without it; without another, what it is for is done in a plainer way.
    """

    name: str
    bit: int
    purpose: str
    needed: bool = False

    @property
    def value(self) -> int:
        """Its number."""
        return 1 << self.bit


PERMISSIONS: tuple[Permission, ...] = (
    Permission("View Channels", 10, "seeing where it was called", needed=True),
    Permission("Send Messages", 11, "answering a mention in a channel"),
    Permission("Send Messages in Threads", 38, "coaching in threads", needed=True),
    Permission("Create Private Threads", 36, "sessions that only their owner and moderators read"),
    Permission("Create Public Threads", 35, "sessions where private threads are not wanted"),
    Permission("Read Message History", 16, "reading what was written while it was away"),
    Permission("Embed Links", 14, "showing what a command found"),
    Permission("Attach Files", 15, "showing charts and long texts as files"),
    Permission("Manage Webhooks", 29, "each coach writing under an own name and picture"),
)


def reads_along(app: Mapping[str, Any]) -> bool:
    """Whether Message Content is turned on for an application."""
    return bool(int(app.get("flags") or 0) & _CONTENT)


def number() -> int:
    """All of them as one number."""
    return sum(one.value for one in PERMISSIONS)


def missing(granted: int) -> list[Permission]:
    """Those that are not among what was granted; an administrator has all."""
    if granted & (1 << 3):
        return []
    return [one for one in PERMISSIONS if not granted & one.value]


def lacking(granted: int, *, public: bool) -> str:
    """What a session in a thread takes and was not granted, in words; as for :func:`missing`."""
    kind = "Create Public Threads" if public else "Create Private Threads"
    wanted = ("View Channels", kind, "Send Messages in Threads")
    names = [one.name for one in missing(granted) if one.name in wanted] or [kind]
    *others, last = (f"“{name}”" for name in names)
    return f"the permissions {', '.join(others)} and {last}" if others else f"the permission {last}"


def may_write_in_threads(granted: int) -> bool:
    """Whether a thread that is opened can be written in."""
    return all(one.name != "Send Messages in Threads" for one in missing(granted))


def invite(app: str) -> str:
    """The address at which somebody adds the bot to a server with exactly these permissions."""
    query = {"client_id": app, "scope": " ".join(SCOPES), "permissions": str(number())}
    return f"{_AUTHORIZE}?{urlencode(query)}"
