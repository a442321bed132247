"""Threads: made, changed, joined, left, archived by time, deleted; channels that go."""

from __future__ import annotations

from datetime import datetime

from tests.discordserver import shapes
from tests.discordserver.core import Core
from tests.discordserver.errors import Json, Problems, RefusedError, archived, no_permission
from tests.discordserver.messages import ADDED, RENAMED, STARTER, THREAD_MADE, Messages
from tests.discordserver.permissions import P
from tests.discordserver.world import (
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Message,
    Thread,
    User,
    Webhook,
)

MINUTES = (60, 1440, 4320, 10080)
MOST_ACTIVE = 1000


class Threads:
    """What happens to threads and channels, and who is told of it."""

    def __init__(self, core: Core, messages: Messages) -> None:
        self._core = core
        self._messages = messages
        messages.bring = self.add

    def make(self, parent: Channel, kind: int, name: str, owner: User, minutes: int) -> Channel:
        """A thread that hangs on no message. A public one is announced in its channel."""
        thread = self._make(parent, kind, name, owner, minutes)
        if kind == PUBLIC_THREAD:
            reference = {"type": 0, "channel_id": str(thread.id), "guild_id": str(thread.guild)}
            more = {"message_reference": reference}
            self._messages.create(parent, owner, {"content": name}, kind=THREAD_MADE, more=more)
        return thread

    def make_on(self, message: Message, name: str, owner: User, minutes: int) -> Channel:
        """A public thread on a message; it has the message's id."""
        parent = self._core.world.channels[message.channel]
        if message.id in self._core.world.channels:
            raise RefusedError(400, 160004, "A thread has already been created for this message")
        thread = self._make(parent, PUBLIC_THREAD, name, owner, minutes, message.id)
        message.body["thread"] = shapes.channel(thread, self._core.world)
        message.body["flags"] |= 1 << 5
        reference = {"type": 0, "channel_id": str(parent.id), "message_id": str(message.id)}
        more: Json = {"message_reference": reference | {"guild_id": str(parent.guild)}}
        more["referenced_message"] = dict(message.body)
        self._messages.create(thread, owner, {}, kind=STARTER, more=more)
        return thread

    def _make(
        self, parent: Channel, kind: int, name: str, owner: User, minutes: int, id_: int = 0
    ) -> Channel:
        core = self._core
        if parent.thread is not None or not parent.guild:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        problems = Problems()
        if kind not in (PUBLIC_THREAD, PRIVATE_THREAD):
            words = "Value must be one of {10, 11, 12}."
            problems.add(("type",), "BASE_TYPE_CHOICES", words)
        if minutes not in MINUTES:
            words = f"Value must be one of {set(MINUTES)}."
            problems.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", words)
        problems.check()
        guild = core.world.guilds[parent.guild]
        active = sum(1 for c in guild.channels.values() if c.thread and not c.thread.archived)
        if active >= MOST_ACTIVE:
            raise RefusedError(400, 160006, "Maximum number of active threads reached")
        thread = core.world.add_thread(parent, kind, name, owner.id, id_)
        self.of(thread).minutes = minutes
        shown = shapes.channel(thread, core.world) | {"newly_created": True}
        core.tell("THREAD_CREATE", shown, thread)
        return thread

    @staticmethod
    def of(channel: Channel) -> Thread:
        """What is the thread's own; refuses what is none."""
        if channel.thread is None:
            raise RefusedError(400, 50024, "Cannot execute action on this channel type")
        return channel.thread

    def change(self, thread: Channel, body: Json) -> None:
        """What the bot changes: its own thread's name, more with Manage Threads."""
        inside = self.of(thread)
        bot = self._core.world.bot
        manages = bool(self._core.world.may(bot.id, thread) & P.MANAGE_THREADS)
        opens = body.get("archived") is False and not inside.locked
        if not manages and inside.owner != bot.id and not (opens and set(body) == {"archived"}):
            raise no_permission()
        if not manages and (inside.locked or "locked" in body):
            raise no_permission()
        if inside.archived and body.get("archived") is not False:
            raise archived()
        if body.get("auto_archive_duration", inside.minutes) not in MINUTES:
            raise RefusedError(400, 50035, "Invalid Form Body")
        self.set(thread, bot, **body)

    def set(self, thread: Channel, who: User, **to: object) -> None:
        """Change name, archived, locked, invitable or auto_archive_duration, and tell."""
        inside = self.of(thread)
        renamed = "name" in to and to["name"] != thread.name
        thread.name = str(to.get("name", thread.name))
        inside.locked = bool(to.get("locked", inside.locked))
        inside.invitable = bool(to.get("invitable", inside.invitable))
        minutes = to.get("auto_archive_duration", inside.minutes)
        inside.minutes = int(str(minutes))
        if "archived" in to and inside.archived != to["archived"]:
            inside.archived = bool(to["archived"])
            inside.changed = self._core.clock.iso()
        shown = shapes.channel(thread, self._core.world)
        self._core.tell("THREAD_UPDATE", shown, thread)
        if renamed and not inside.archived:
            self._messages.create(thread, who, {"content": thread.name}, kind=RENAMED)

    def add(self, thread: Channel, who: int, by: User | Webhook | None = None) -> None:
        """Somebody comes in; ``by`` somebody who added them, which is written down."""
        inside = self.of(thread)
        if inside.archived:
            raise archived()
        if who in inside.members:
            return
        inside.members[who] = self._core.clock.iso()
        if by is not None:
            more = {"mentions": [shapes.user(self._core.world.users[who])]}
            self._messages.create(thread, by, {}, kind=ADDED, more=more)
        if who == self._core.world.bot.id:
            self._core.tell("THREAD_CREATE", shapes.channel(thread, self._core.world), thread)
        self._members(thread, added=[who])

    def remove(self, thread: Channel, who: int) -> None:
        inside = self.of(thread)
        if who not in inside.members:
            return
        # The bot hears that it was taken out, even of what it then does not see any more.
        self._members(thread, removed=[who], after=[one for one in inside.members if one != who])
        del inside.members[who]

    def _members(
        self,
        thread: Channel,
        added: list[int] | None = None,
        removed: list[int] | None = None,
        after: list[int] | None = None,
    ) -> None:
        inside = self.of(thread)
        core = self._core
        people = core.world.guilds[thread.guild].members
        came = [
            shapes.thread_member(thread, one, inside.members[one])
            | {"member": shapes.member(people[one]), "presence": None}
            for one in added or []
        ]
        data = {
            "id": str(thread.id),
            "guild_id": str(thread.guild),
            "member_count": len(inside.members if after is None else after),
            "added_members": came,
            "removed_member_ids": [str(one) for one in removed or []],
        }
        core.tell("THREAD_MEMBERS_UPDATE", data, thread)

    def sweep(self) -> None:
        """Archive the threads in which nothing was said for their time."""
        now = self._core.clock.now()
        for thread in list(self._core.world.channels.values()):
            if thread.thread is None or thread.thread.archived:
                continue
            said = [m.body["timestamp"] for m in thread.messages.values()]
            last = max([thread.thread.changed, *said])
            if now - datetime.fromisoformat(last).timestamp() >= thread.thread.minutes * 60:
                self.set(thread, self._core.world.bot, archived=True)

    def drop(self, channel: Channel) -> None:
        """Delete a thread, or a channel with its threads."""
        core = self._core
        seen = core.seen(channel)
        shown = shapes.channel(channel, core.world)
        core.world.drop(channel)
        if not seen:
            return
        if channel.thread is not None:
            kept = ("id", "guild_id", "parent_id", "type")
            gone = {name: shown[name] for name in kept}
            core.emit("THREAD_DELETE", gone, channel.guild)
        else:
            core.emit("CHANNEL_DELETE", shown, channel.guild)
