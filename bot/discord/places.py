"""Where things are in Discord, and the keys that tell a repeated event from a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

PLATFORM = "discord"
DIRECT = "dm"
_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, or a thread of one.

    Attributes:
        tenant: the server; ``dm`` for direct messages.
        parent: the channel that the thread belongs to; the channel itself where it is none.
        channel: the thread, else the channel: where messages go.
    """

    tenant: str
    parent: str
    channel: str

    @property
    def conversation(self) -> str:
        """``platform:tenant:channel:thread``."""
        return f"{PLATFORM}:{self.tenant}:{self.parent}:{self.channel}"

    @property
    def direct(self) -> bool:
        """Whether only one person and the app are here."""
        return self.tenant == DIRECT

    @property
    def threaded(self) -> bool:
        """Whether this is a thread."""
        return self.parent != self.channel

    @property
    def url(self) -> str:
        """Its address."""
        return (
            f"https://discord.com/channels/{'@me' if self.direct else self.tenant}/{self.channel}"
        )

    def message_url(self, message: str) -> str:
        """The address of a message in it."""
        return f"{self.url}/{message}"


def place_of(conversation: str) -> Place:
    """The place of a conversation. Raises ValueError if it is not one of Discord's."""
    platform, tenant, parent, channel = conversation.split(":", 3)
    if platform != PLATFORM:
        raise ValueError(f"a conversation of {platform}, not of Discord")
    return Place(tenant, parent, channel)


def url_of(conversation: str) -> str | None:
    """The address of a conversation; None for one that is not of Discord."""
    known = conversation.startswith(f"{PLATFORM}:")
    return place_of(conversation).url if known else None


def direct_place(channel: str) -> Place:
    """A channel of direct messages."""
    return Place(DIRECT, channel, channel)


def message_key(place: Place, message: str) -> str:
    """The key of a message, however often the gateway brings it."""
    return f"{PLATFORM}:{place.tenant}:{place.channel}:{message}"


def edit_key(place: Place, message: str, stamp: str) -> str:
    """The key of one change of a message."""
    return f"{message_key(place, message)}:{stamp}"


def delete_key(place: Place, message: str) -> str:
    """The key of a message's deletion."""
    return f"{message_key(place, message)}:deleted"


def call_key(interaction: str) -> str:
    """The key of a command or a click: the id of its interaction."""
    return f"{PLATFORM}:interaction:{interaction}"


def time_of(snowflake: str) -> datetime:
    """The moment in an id; the present one where it can't be read."""
    try:
        return datetime.fromtimestamp(((int(snowflake) >> 22) + _EPOCH_MS) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def snowflake_at(moment: datetime) -> str:
    """The smallest id of a moment; reading after it finds all that came later."""
    return str(max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << 22)
