"""Messages: where each belongs, the first rule that fits, and what becomes of it.

=====================================================  ==========================================
a message                                              goes to
=====================================================  ==========================================
of an app, a webhook, or Discord itself                nobody
in a channel, that mentions the app                    an offer to pick a coach
in a channel                                           nobody
of somebody whom the operator does not let in          a sentence, once, if they mean the app
in somebody else's session thread                      a hint, once, that goes away
in a session thread, its words kept back               a hint, once, on how to be read
"stop" while a reply is being written                  the reply, which ends
"switch to …" in a server                              a new thread
a command about the person, where others read along    direct messages
in a thread whose session ended or went elsewhere      that session, taken up here
an answer to a coach's message, in direct messages     that coach
anything else in a session thread or directly          the inbox, as a turn
=====================================================  ==========================================
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

import discord

from bot import commands
from bot.commands import BY_NAME, Parsed
from bot.discord import menus, reading, threads
from bot.discord.desk import Desk, Where
from bot.discord.places import delete_key, edit_key, message_key, time_of
from bot.discord.reading import Said
from bot.discord.render import coach_in
from bot.discord.threads import NoPlaceError, PrivateRefusedError, Start
from bot.engine import menu
from bot.inbound import Command, Delete, Edit, Message, Opened
from bot.platforms import wording
from bot.platforms.stopping import says_stop
from storage.queries import Row

_log = logging.getLogger(__name__)
# What is said of a session may stand in its thread, also where others read along.
_ABOUT_THE_SESSION = frozenset({"switch", "end", "panel", "help", "pick", "recommend", "continue"})
_HINT_S = 20.0
_KEPT = 20_000
Payload = Mapping[str, Any]


class Messages:
    """Takes what is written, changed and deleted where the app can read along.

    Args:
        hint_s: seconds after which a hint to others goes away.
    """

    def __init__(self, desk: Desk, *, hint_s: float = _HINT_S) -> None:
        self._desk = desk
        self._hint_s = hint_s
        # Threads whose name says what they are about.
        self._named: set[str] = set()
        # Who wrote in their own thread before: their next message is answered, too.
        self._owners: OrderedDict[str, str] = OrderedDict()
        # What one person writes is taken in the order in which it came.
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, told: Payload, *, fresh: bool = False) -> None:
        """Take a message as the gateway or the history brings it.

        Args:
            fresh: somebody wrote it just now and waits for a sign.

        Raises:
            StorageError: it is not kept.
        """
        me = str((await self._desk.rest.me())["id"])
        one = reading.said(told, me)
        if one is None:
            return
        if fresh and self._expected(one):
            await self._desk.adapter.live.sign(one.channel)
        async with self._lines.setdefault(one.user, asyncio.Lock()):
            await self._said(one)

    def _expected(self, one: Said) -> bool:
        """Whether it is surely answered, as far as is known without looking anything up."""
        awaited = not one.guild or self._owners.get(one.channel) == one.user
        return awaited and self._desk.lets_in(one.user)

    async def _said(self, one: Said) -> None:
        desk = self._desk
        try:
            where = await desk.where(one.guild, one.channel)
        except discord.HTTPException as error:
            if error.status not in {403, 404}:
                raise
            _log.info("a channel is out of sight: %s", error.code)
            return
        if where.place.direct:
            desk.rest.note_direct(one.user, one.channel)
        if not desk.lets_in(one.user):
            await self._not_let_in(one, where)
            return
        if where.place.direct:
            await self._directly(one, where)
            return
        row = await desk.thread(where.place) if where.place.threaded else None
        if row is None:
            if one.calls:
                await self._offer(one, where)
            return
        _, person = await desk.known_as(where.place, one.user)
        if row["person_id"] != person:
            await self._not_yours(one, where, row)
        elif one.hidden:
            if await desk.once("hidden", where.place.channel):
                await desk.say(where.place, wording.NOT_READABLE)
        else:
            self._owners[one.channel] = one.user
            while len(self._owners) > _KEPT:
                self._owners.popitem(last=False)
            await self._in_thread(one, where, row)

    async def _in_thread(self, one: Said, where: Where, row: Row) -> None:
        desk, place = self._desk, where.place
        if await self._stops(one, where):
            return
        command = commands.parse(one.text)
        if command is not None and command.name == "switch" and await self._switch(one, where, row):
            return
        if command is not None and where.public and _private(command):
            await self._answer_directly(one, where, command)
            return
        key = message_key(place, one.id)
        if row["session"] is None and row["coach"] is not None and command is None:
            sender = await desk.sender(place, one.user)
            opened = Opened(
                place.conversation, one.id, sender, time_of(one.id), row["coach"], quiet=True
            )
            await desk.accept(f"{key}:open", opened)
        await self._turn(one, where)
        if row["session"] is not None and place.channel not in self._named:
            desk.later(self._name(where, row))

    async def _name(self, where: Where, row: Row) -> None:
        if await threads.name_by_goal(self._desk, where.place, row["session"], row["person_id"]):
            self._named.add(where.place.channel)

    async def _directly(self, one: Said, where: Where) -> None:
        if await self._stops(one, where):
            return
        coach = coach_in(one.answers[1], self._desk.catalogue.coaches) if one.answers else None
        if coach is not None and one.text and not await self._speaks(one, where, coach):
            sender = await self._desk.sender(where.place, one.user)
            opened = Opened(
                where.place.conversation, one.id, sender, time_of(one.id), coach, text=one.text
            )
            await self._desk.accept(message_key(where.place, one.id), opened)
            return
        await self._turn(one, where)

    async def _speaks(self, one: Said, where: Where, coach: str) -> bool:
        """Whether the conversation is with this coach anyway."""
        row = await self._desk.thread(where.place)
        return row is not None and row["session"] is not None and row["coach"] == coach

    async def _turn(self, one: Said, where: Where) -> None:
        """Hand it to the inbox, with the words of its text files; say what can't be read."""
        desk, place = self._desk, where.place
        text, told = await reading.with_files(desk.rest.session, one)
        if told and await desk.once("files", one.id):
            desk.later(desk.say(place, "\n".join(told)))
        if not text:
            return
        sender = await desk.sender(place, one.user)
        event = Message(place.conversation, one.id, sender, text, time_of(one.id))
        await desk.accept(message_key(place, one.id), event)

    # Other ways -----------------------------------------------------------------------------------

    async def _stops(self, one: Said, where: Where) -> bool:
        return says_stop(one.text) and await self._desk.stop_in(where.place)

    async def _offer(self, one: Said, where: Where) -> None:
        if await self._desk.once("seen", one.id):
            body = menus.offer(wording.MENTIONED_DISCORD, one.id)
            await self._desk.rest.post(where.place.channel, body)

    async def _not_let_in(self, one: Said, where: Where) -> None:
        """Say so to somebody who means the app; where others read along, not for long."""
        desk, place = self._desk, where.place
        row = await desk.thread(place)
        _, person = await desk.known_as(place, one.user)
        own = place.direct or (row is not None and row["person_id"] == person)
        if not (own or one.calls) or not await desk.once("closed", place.channel, one.user):
            return
        if own:
            await desk.say(place, wording.NOT_FOR_YOU)
        else:
            desk.later(desk.say_for_a_while(place, wording.NOT_FOR_YOU, self._hint_s))

    async def _not_yours(self, one: Said, where: Where, row: Row) -> None:
        desk = self._desk
        if not await desk.once("not_yours", where.place.channel, one.user):
            return
        owner = await desk.owner(row)
        text = wording.NOT_YOURS.format(
            owner=f"<@{owner}>" if owner else "somebody", command="`/coach start`"
        )
        desk.later(desk.say_for_a_while(where.place, text, self._hint_s))

    async def _switch(self, one: Said, where: Where, row: Row) -> bool:
        desk = self._desk
        command = commands.parse(one.text)
        key = menu.resolve(desk.catalogue, command.argument) if command is not None else None
        if key is None or key == row["coach"]:
            # The engine names the nearest coach, or says that this is the one.
            return False
        kind = threads.kind_for(desk, where.place)
        kind = "public" if where.public and kind == "private" else kind
        before = desk.coach(row["coach"])
        coach = desk.catalogue.coach(key)
        what = Start(one.id, where.place, one.user, coach, kind, before=before)
        try:
            await threads.switch(desk, what)
        except (PrivateRefusedError, NoPlaceError):
            return False
        return True

    async def _answer_directly(self, one: Said, where: Where, command: Parsed) -> None:
        desk, key = self._desk, message_key(where.place, one.id)
        if await desk.was_done(key):
            return
        try:
            direct = await desk.direct(one.user)
        except discord.HTTPException:
            await desk.say(where.place, wording.NO_DIRECT)
            return
        sender = await desk.sender(direct, one.user)
        event = Command(
            direct.conversation, one.id, sender, command.name, command.argument, time_of(one.id)
        )
        if await desk.accept(key, event):
            link = f"[direct messages]({direct.url})"
            desk.later(desk.say(where.place, wording.IN_DIRECT.format(link=link)))

    # Changes --------------------------------------------------------------------------------------

    async def edited(self, told: Payload) -> None:
        """Take a change of a message; previews of links are none."""
        stamp = str(told.get("edited_timestamp") or "")
        me = str((await self._desk.rest.me())["id"])
        one = reading.said({"type": 0, **told}, me) if told.get("author") else None
        if one is None or not stamp or one.hidden:
            return
        async with self._lines.setdefault(one.user, asyncio.Lock()):
            where = await self._known(one.guild, one.channel)
            if where is None:
                return
            text, _ = await reading.with_files(self._desk.rest.session, one)
            sender = await self._desk.sender(where.place, one.user)
            event = Edit(where.place.conversation, one.id, sender, text, time_of(one.id))
            await self._desk.accept(edit_key(where.place, one.id, stamp), event)

    async def deleted(self, guild: str, channel: str, message: str) -> None:
        """Take the deletion of a message; Discord does not tell whose it was."""
        desk = self._desk
        where = await self._known(guild, channel)
        if where is None:
            return
        place = where.place
        row = await desk.thread(place)
        if place.direct:
            owner = await desk.partner(channel)
        else:
            owner = await desk.owner(row) if row is not None else None
        if owner is None:
            return
        sender = await desk.sender(place, owner)
        event = Delete(place.conversation, message, sender, time_of(message))
        await desk.accept(delete_key(place, message), event)

    async def _known(self, guild: str, channel: str) -> Where | None:
        """The place of a session; None for any other."""
        try:
            where = await self._desk.where(guild, channel)
        except discord.HTTPException:
            return None
        if where.place.direct or await self._desk.thread(where.place) is not None:
            return where
        return None


def _private(command: Parsed) -> bool:
    """Whether what a command shows is about the person, so that only they may see it."""
    found = BY_NAME.get(command.name)
    return found is not None and not found.in_session and command.name not in _ABOUT_THE_SESSION
