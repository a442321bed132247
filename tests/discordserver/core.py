"""What all parts of the local Discord share: the world, the clock, the app, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tests.discordserver.clock import Clock
from tests.discordserver.errors import Json, no_access, no_permission
from tests.discordserver.permissions import P, Permission, permissions
from tests.discordserver.sessions import Intent
from tests.discordserver.world import Channel, Guild, Message, World

# How an application shows which privileged intents it was given (as those of few guilds are).
_FLAGS = {Intent.PRESENCES: 1 << 13, Intent.MEMBERS: 1 << 15, Intent.CONTENT: 1 << 19}
DEFAULT_TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.local.discord"


class Emit(Protocol):
    """See :meth:`tests.discordserver.gateway.Gateway.emit`."""

    def __call__(
        self, event: str, data: Json, guild: int = 0, message: Message | None = None
    ) -> None: ...


def _nobody(event: str, data: Json, guild: int = 0, message: Message | None = None) -> None:
    """Before there is a gateway, nobody is told."""


@dataclass(slots=True)
class File:
    """A file as it was uploaded."""

    name: str
    kind: str
    data: bytes


class Core:
    """The world with its app.

    Attributes:
        privileged: intents that the app was given in the developers' portal.
        emojis: the app's own, by id.
        files: uploads by the path of their address.
    """

    def __init__(self, clock: Clock, token: str, privileged: int) -> None:
        self.clock = clock
        self.world = World(clock)
        self.token = token
        self.privileged = privileged
        self.emit: Emit = _nobody
        self.emojis: dict[int, Json] = {}
        self.files: dict[str, File] = {}
        self.address = ""

    @property
    def flags(self) -> int:
        return sum(flag for intent, flag in _FLAGS.items() if self.privileged & intent)

    @property
    def reads(self) -> bool:
        """Whether the app may read what others write."""
        return bool(self.privileged & Intent.CONTENT)

    def guilds_with_bot(self) -> Iterator[Guild]:
        bot = self.world.bot.id
        return (guild for guild in self.world.guilds.values() if bot in guild.members)

    def may(self, channel: Channel, *needs: Permission) -> None:
        """Refuse the bot what it may not do: 50001 where it sees nothing, 50013 otherwise."""
        allowed = self.world.may(self.world.bot.id, channel)
        if not allowed & P.VIEW_CHANNEL:
            raise no_access()
        if any(not allowed & need for need in needs):
            raise no_permission()

    def guild_may(self, guild: Guild, need: Permission) -> None:
        """The same for the guild as a whole."""
        if self.world.bot.id not in guild.members:
            raise no_access()
        if not permissions(guild, self.world.bot.id) & need:
            raise no_permission()

    def needs_members(self) -> None:
        """Lists of people are for apps with the privileged intent."""
        if not self.privileged & Intent.MEMBERS:
            raise no_access()

    def seen(self, channel: Channel) -> bool:
        """Whether the bot hears of what happens in a channel."""
        return bool(self.world.may(self.world.bot.id, channel) & P.VIEW_CHANNEL)

    def tell(
        self, event: str, data: Json, channel: Channel, message: Message | None = None
    ) -> None:
        """Tell the bot of something in a channel, if it sees the channel."""
        if self.seen(channel):
            self.emit(event, data, channel.guild, message)
