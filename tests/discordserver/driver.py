"""People at the local Discord: what they do, and what each of them sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.discordserver import shapes
from tests.discordserver.permissions import P, Permission
from tests.discordserver.person import Person
from tests.discordserver.server import Server
from tests.discordserver.world import Channel, Guild, Thread, User


class Driver:
    """Makes guilds and people, and does what moderators do."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.world = server.world
        self.owner = server.world.add_user("owner")

    def user(self, name: str, *guilds: Guild, installed: bool = False) -> Person:
        """Somebody, in these guilds. ``installed``: has the app for themselves."""
        user = self.world.add_user(name, installed=installed)
        for guild in guilds:
            self.join(user, guild)
        return Person(self.server, user)

    def guild(
        self, name: str = "guild", allowed: Permission | None = None, bot: bool = True
    ) -> Guild:
        """A guild with the channel "general".

        Args:
            allowed: what the bot's own role may do, besides what everybody may.
            bot: whether the bot is in it.
        """
        guild = self.world.add_guild(name, self.owner)
        self.world.add_channel(guild, "general")
        if bot:
            self.add_bot(guild, P.MANAGE_WEBHOOKS if allowed is None else allowed)
        return guild

    def add_bot(self, guild: Guild, allowed: Permission = P.MANAGE_WEBHOOKS) -> None:
        """The bot is added, with a role of its own."""
        role = self.world.add_role(guild, self.world.bot.name, allowed, managed=True)
        self.world.join(guild, self.world.bot, role)
        shown = shapes.guild_created(guild, self.world)
        # As GUILD_CREATE of a guild that is new to it says nothing of being available.
        del shown["unavailable"]
        self.server.core.emit("GUILD_CREATE", shown, guild.id)

    def remove_bot(self, guild: Guild) -> None:
        self.server.remove_bot(guild)

    @contextmanager
    def gap(self, seconds: float, resumable: bool = True) -> Iterator[None]:
        """The gateway is down while the body runs, which takes ``seconds`` of the clock.

        After more than three minutes, or without ``resumable``, nothing is replayed.
        """
        gateway = self.server.gateway
        gateway.down = True
        gateway.drop()
        yield
        self.server.advance(seconds)
        self.server.messages.leapt(seconds)
        if not resumable:
            gateway.forget()
        gateway.down = False

    def unavailable(self, guild: Guild) -> None:
        """An outage at Discord: the guild is away, and the bot still in it."""
        gone = {"id": str(guild.id), "unavailable": True}
        self.server.core.emit("GUILD_DELETE", gone, guild.id)

    def channel(self, guild: Guild, name: str) -> Channel:
        channel = self.world.add_channel(guild, name)
        shown = shapes.channel(channel, self.world)
        self.server.core.tell("CHANNEL_CREATE", shown, channel)
        return channel

    def general(self, guild: Guild) -> Channel:
        """The first channel of a guild."""
        return next(iter(guild.channels.values()))

    def join(self, user: User, guild: Guild) -> None:
        member = self.world.join(guild, user)
        shown = shapes.member(member) | {"guild_id": str(guild.id)}
        self.server.core.emit("GUILD_MEMBER_ADD", shown, guild.id)

    def leave(self, person: Person, guild: Guild) -> None:
        """Somebody leaves, and all threads they were in."""
        for thread in [c for c in guild.channels.values() if c.thread is not None]:
            self.server.threads.remove(thread, person.user.id)
        del guild.members[person.user.id]
        gone = {"guild_id": str(guild.id), "user": shapes.user(person.user)}
        self.server.core.emit("GUILD_MEMBER_REMOVE", gone, guild.id)

    def revoke(self, guild: Guild, *rights: Permission) -> None:
        """Take permissions from everybody and from every role."""
        self._roles(guild, *rights, give=False)

    def grant(self, guild: Guild, *rights: Permission) -> None:
        """Give permissions to the bot's role."""
        self._roles(guild, *rights, give=True)

    def _roles(self, guild: Guild, *rights: Permission, give: bool) -> None:
        for place, role in enumerate(guild.roles.values()):
            if give and not role.managed:
                continue
            for right in rights:
                role.permissions = role.permissions | right if give else role.permissions & ~right
            shown = {"guild_id": str(guild.id), "role": shapes.role(role, place)}
            self.server.core.emit("GUILD_ROLE_UPDATE", shown, guild.id)

    def overwrite(
        self,
        channel: Channel,
        target: int,
        allow: Permission = Permission(0),
        deny: Permission = Permission(0),
    ) -> None:
        """Other permissions in one channel, for a role (a guild's id: everybody) or a user."""
        saw = self.server.core.seen(channel)
        channel.overwrites[target] = (allow, deny)
        shown = shapes.channel(channel, self.world)
        if saw and not self.server.core.seen(channel):
            self.server.core.emit("CHANNEL_DELETE", shown, channel.guild)
        elif not saw and self.server.core.seen(channel):
            self.server.core.emit("CHANNEL_CREATE", shown, channel.guild)
            self._sync(channel)
        else:
            self.server.core.tell("CHANNEL_UPDATE", shown, channel)

    def _sync(self, channel: Channel) -> None:
        """The threads of a channel that the bot sees again."""
        active = [
            one
            for one in self.world.guilds[channel.guild].channels.values()
            if one.parent == channel.id and one.thread and not one.thread.archived
        ]
        seen = [one for one in active if self.server.core.seen(one)]
        bot = self.world.bot.id
        mine = [
            shapes.thread_member(one, bot, self.server.threads.of(one).members[bot])
            for one in seen
            if bot in self.server.threads.of(one).members
        ]
        data = {
            "guild_id": str(channel.guild),
            "channel_ids": [str(channel.id)],
            "threads": [shapes.channel(one, self.world) for one in seen],
            "members": mine,
        }
        self.server.core.emit("THREAD_LIST_SYNC", data, channel.guild)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread."""
        self.server.threads.drop(channel)

    def archive(self, thread: Channel) -> None:
        self.server.threads.set(thread, self.owner, archived=True)

    def lock(self, thread: Channel, archive: bool = True) -> None:
        """Lock a thread; in Discord's own programs that archives it too."""
        self.server.threads.set(thread, self.owner, locked=True, archived=archive)

    def thread(self, channel: Channel, name: str) -> Thread:
        """What is known of the thread of that name under a channel."""
        return self.server.threads.of(self.find_thread(channel, name))

    def find_thread(self, channel: Channel, name: str = "") -> Channel:
        """The newest thread under a channel whose name contains ``name``."""
        found = [c for c in self.world.channels.values() if c.parent == channel.id]
        return [one for one in found if name in one.name][-1]
