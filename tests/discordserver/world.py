"""What the local Discord keeps: guilds, people, channels, messages, webhooks. No network here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.discordserver.clock import Clock
from tests.discordserver.errors import Json, unknown
from tests.discordserver.permissions import DIRECT, EVERYONE, P, Permission, permissions

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12
# Flags of a message: shown to one person, still being worked out, in the newer components.
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15


@dataclass(slots=True)
class User:
    """Somebody, or the bot.

    Attributes:
        closed: takes no direct messages from the app.
        installed: has the app for themselves, wherever they are.
    """

    id: int
    name: str
    bot: bool = False
    closed: bool = False
    installed: bool = False


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: Permission
    managed: bool = False


@dataclass(slots=True)
class Member:
    user: User
    joined: str
    roles: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Thread:
    """What a thread has more than a channel; ``members`` with the time each came."""

    owner: int
    changed: str
    archived: bool = False
    locked: bool = False
    minutes: int = 4320
    invitable: bool = True
    members: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """A message as kept.

    Attributes:
        body: what the API shows of it.
        only: the one person who sees it; 0 for everybody in the channel.
        author: its writer's user id, or the webhook's id.
    """

    id: int
    channel: int
    author: int
    body: Json
    only: int = 0

    @property
    def content(self) -> str:
        return self.body["content"]

    @property
    def name(self) -> str:
        """The name above it."""
        return self.body["author"]["username"]

    @property
    def components(self) -> list[Json]:
        return self.body.get("components", [])

    @property
    def embeds(self) -> list[Json]:
        return self.body.get("embeds", [])

    @property
    def flags(self) -> int:
        return self.body.get("flags", 0)


@dataclass(slots=True)
class Channel:
    """A channel, a direct message (``people``, no guild) or a thread (``thread``, ``parent``)."""

    id: int
    kind: int
    name: str = ""
    guild: int = 0
    parent: int = 0
    topic: str | None = None
    people: list[int] = field(default_factory=list)
    overwrites: dict[int, tuple[Permission, Permission]] = field(default_factory=dict)
    thread: Thread | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    last: int = 0

    @property
    def private(self) -> bool:
        return self.kind == PRIVATE_THREAD


@dataclass(slots=True)
class Guild:
    """A server; ``bot_in`` while the bot is a member."""

    id: int
    name: str
    owner: int
    joined: str
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)


@dataclass(slots=True)
class Webhook:
    id: int
    channel: int
    guild: int
    name: str
    token: str
    user: int
    application: int | None = None


class World:
    """All of it; the one bot and its application have the same id, as new ones do."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.bot = self.add_user("rocket", bot=True)

    def add_user(self, name: str, **more: Any) -> User:
        user = User(self.clock.snowflake(), name, **more)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User) -> Guild:
        guild = Guild(self.clock.snowflake(apart=True), name, owner.id, self.clock.iso())
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        self.guilds[guild.id] = guild
        self.join(guild, owner)
        return guild

    def add_role(self, guild: Guild, name: str, allowed: Permission, managed: bool = False) -> Role:
        role = Role(self.clock.snowflake(), name, allowed, managed)
        guild.roles[role.id] = role
        return role

    def join(self, guild: Guild, user: User, *roles: Role) -> Member:
        member = Member(user, self.clock.iso(), [role.id for role in roles])
        guild.members[user.id] = member
        return member

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = Channel(self.clock.snowflake(), TEXT, name, guild.id)
        return self._keep(channel)

    def add_thread(
        self, parent: Channel, kind: int, name: str, owner: int, id_: int = 0
    ) -> Channel:
        """A thread under a channel; one started from a message has the message's id."""
        thread = Channel(id_ or self.clock.snowflake(), kind, name, parent.guild, parent.id)
        now = self.clock.iso()
        thread.thread = Thread(owner, now, members={owner: now})
        return self._keep(thread)

    def direct(self, *people: int) -> Channel:
        """The direct message between people, opened when there is none."""
        wanted = sorted(people)
        for channel in self.channels.values():
            if channel.kind == DM and sorted(channel.people) == wanted:
                return channel
        return self._keep(Channel(self.clock.snowflake(), DM, people=list(people)))

    def _keep(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild:
            self.guilds[channel.guild].channels[channel.id] = channel
        return channel

    def drop(self, channel: Channel) -> list[Channel]:
        """Delete a channel; returns its threads, which go with it."""
        threads = [one for one in self.channels.values() if one.parent == channel.id]
        for one in (channel, *threads):
            del self.channels[one.id]
            if one.guild:
                del self.guilds[one.guild].channels[one.id]
        for hook in [h for h in self.webhooks.values() if h.channel == channel.id]:
            del self.webhooks[hook.id]
        return threads

    def channel(self, channel: int) -> Channel:
        found = self.channels.get(channel)
        if found is None:
            raise unknown("Channel")
        return found

    def message(self, channel: Channel, message: int, sees: int = 0) -> Message:
        """One message of a channel, if ``sees`` may look at it (0: everybody's only)."""
        found = channel.messages.get(message)
        if found is None or (found.only and found.only != sees):
            raise unknown("Message")
        return found

    def may(self, user: int, channel: Channel) -> Permission:
        """What somebody may do in a channel, a thread or a direct message."""
        if not channel.guild:
            return DIRECT if user in channel.people else Permission(0)
        guild = self.guilds.get(channel.guild)
        if guild is None:
            return Permission(0)
        allowed = permissions(guild, user, channel)
        inside = channel.thread is not None and user in channel.thread.members
        if channel.private and not inside and not allowed & P.MANAGE_THREADS:
            return Permission(0)
        return allowed
