"""Where things are in Slack, and the keys that tell a repeated event from a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Place:
    """A thread of a channel.

    Attributes:
        tenant: the workspace, or the organisation where the app is installed for all of it. Ids of
            channels are only unique within it.
        thread: the ``ts`` of the message that roots it; empty for the channel itself.
    """

    tenant: str
    channel: str
    thread: str = ""

    @property
    def conversation(self) -> str:
        """``platform:tenant:channel:thread``."""
        return f"{PLATFORM}:{self.tenant}:{self.channel}:{self.thread}"

    @property
    def direct(self) -> bool:
        """Whether only one person and the app are here."""
        return self.channel.startswith("D")


def place_of(conversation: str) -> Place:
    """The place of a conversation. Raises ValueError if it is not one of Slack's."""
    platform, tenant, channel, thread = conversation.split(":", 3)
    if platform != PLATFORM:
        raise ValueError(f"a conversation of {platform}, not of Slack")
    return Place(tenant, channel, thread)


def message_key(tenant: str, channel: str, ts: str) -> str:
    """The key of a message: one for its ``message`` and its ``app_mention`` event."""
    return f"{PLATFORM}:{tenant}:{channel}:{ts}"


def event_key(tenant: str, kind: str, *parts: str) -> str:
    """The key of anything else that happens once."""
    return ":".join((PLATFORM, tenant, kind, *parts))


def time_of(ts: str) -> datetime:
    """The moment of a ``ts``; the present one where it can't be read."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)
