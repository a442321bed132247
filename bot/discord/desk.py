"""What everything that comes in from Discord works with."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import discord
from sqlalchemy import Connection

from bot.discord.calls import NO_PREVIEWS
from bot.discord.components import Payload
from bot.discord.faces import Faces
from bot.discord.places import DIRECT, PLATFORM, Place, direct_place
from bot.discord.post import DiscordAdapter
from bot.discord.rest import Rest
from bot.engine.engine import Engine
from bot.inbound import Inbound, Sender
from bot.inbox.service import Inbox
from bot.platforms.later import Later
from bot.settings import Settings
from personas.catalogue import Catalogue
from personas.models import Coach
from storage import platforms
from storage.queries import Row

_log = logging.getLogger(__name__)
_KEPT = 20_000
_THREADS = frozenset({10, 11, 12})
_PRIVATE_THREAD = 12


@dataclass(frozen=True, slots=True)
class Where:
    """A place, and whether it is a thread that everybody in its channel can read."""

    place: Place
    public: bool = False


class Desk:
    """The services of the front: hands events to the inbox, says small things, looks things up."""

    def __init__(
        self, engine: Engine, settings: Settings, rest: Rest, faces: Faces, adapter: DiscordAdapter
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.rest = rest
        self.faces = faces
        self.adapter = adapter
        self.inbox: Inbox | None = None
        # What the gateway connection knows of a channel: (guild, channel) → kind and parent.
        self.known: Callable[[str, str], tuple[int, str] | None] = lambda guild, channel: None
        self._places: OrderedDict[str, Where] = OrderedDict()
        self._locales: OrderedDict[str, str] = OrderedDict()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._later = Later(_log, _refused)

    @property
    def catalogue(self) -> Catalogue:
        """The coaches."""
        return self.engine.catalogue

    def coach(self, key: str | None) -> Coach | None:
        """A coach, or None."""
        try:
            return self.catalogue.coach(key) if key else None
        except KeyError:
            return None

    # People and places ----------------------------------------------------------------------------

    async def sender(self, place: Place, user: str, locale: str | None = None) -> Sender:
        """Somebody as the engine knows them; one account is one person in every server."""
        return (await self.known_as(place, user, locale))[0]

    async def known_as(
        self, place: Place, user: str, locale: str | None = None
    ) -> tuple[Sender, str | None]:
        """As :meth:`sender`, and the person's id; None for somebody new."""
        if locale is not None:
            _keep(self._locales, user, locale)
        database, who = self.engine.database, (PLATFORM, place.tenant, user)
        person, elsewhere = await database.glance(lambda one: platforms.who_calls(one, *who))
        if elsewhere:
            async with self._lines.setdefault(user, asyncio.Lock()):
                await database.write(lambda one: platforms.adopt_account(one, *who))
            person, _ = await database.glance(lambda one: platforms.who_calls(one, *who))
        return Sender(PLATFORM, place.tenant, user, self._locales.get(user)), person

    async def person(self, sender: Sender) -> str:
        """The person's id, made at first contact."""
        return await self.engine.person(sender)

    async def direct(self, user: str) -> Place:
        """Direct messages with somebody. Raises discord.HTTPException where they are closed."""
        return direct_place(await self.rest.direct(user))

    async def partner(self, channel: str) -> str | None:
        """Who writes in a channel of direct messages."""
        told: Payload = await self.rest.call("GET", "/channels/{channel_id}", channel_id=channel)
        people: list[Payload] = told.get("recipients") or []
        return str(people[0]["id"]) if people else None

    async def where(self, guild: str, channel: str) -> Where:
        """The place of a channel or thread. Raises discord.HTTPException for one out of sight."""
        if not guild:
            return Where(direct_place(channel))
        known = self.known(guild, channel)
        if known is not None:
            return self.learn(guild, channel, *known)
        if channel not in self._places:
            told = await self.rest.call("GET", "/channels/{channel_id}", channel_id=channel)
            self.learn(guild, channel, int(told["type"]), str(told.get("parent_id") or ""))
        return self._places[channel]

    def learn(self, guild: str, channel: str, kind: int, parent: str) -> Where:
        """Note what a channel is."""
        threaded = kind in _THREADS
        place = Place(guild, parent if threaded and parent else channel, channel)
        _keep(self._places, channel, Where(place, threaded and kind != _PRIVATE_THREAD))
        return self._places[channel]

    def may_start_in(self, place: Place) -> bool:
        """Whether the operator lets sessions begin in the threads of this channel."""
        wanted = self.settings.discord_channels
        return place.tenant != DIRECT and (not wanted or place.parent in wanted)

    def lets_in(self, user: str) -> bool:
        """Whether the operator lets this person use it."""
        wanted = self.settings.discord_people
        return not wanted or user in wanted

    # The database ---------------------------------------------------------------------------------

    async def accept(self, key: str, event: Inbound) -> bool:
        """Hand an event to the inbox; returns whether it is new.

        Raises:
            StorageError: it is not kept.
            RuntimeError: the program is not running.
        """
        if self.inbox is None:
            raise RuntimeError("there is no inbox yet")
        return await self.inbox.accept(key, event)

    async def once(self, *key: str) -> bool:
        """Whether this is the first time; from now on it was done."""
        now, name = datetime.now(UTC), ":".join((PLATFORM, *key))
        return await self.engine.database.write(lambda one: platforms.once(one, name, now))

    async def was_done(self, key: str) -> bool:
        """Whether this event came in already."""
        return bool(await self.engine.database.glance(lambda one: platforms.was_done(one, [key])))

    async def stop(self, place: Place, key: str) -> None:
        """Stop a reply, whichever worker writes it."""
        if not self.adapter.stop(key=key) and self.inbox is not None:
            await self.inbox.halting.tell(place.conversation, key)

    async def stop_in(self, place: Place) -> bool:
        """Stop the reply that grows in a place, whichever worker writes it; False with none."""
        if self.adapter.stop(conversation=place.conversation):
            return True
        halting = self.inbox.halting if self.inbox is not None else None
        if halting is None or not await halting.could(place.conversation, shown=True):
            return False
        await halting.tell(place.conversation)
        return True

    async def thread(self, place: Place) -> Row | None:
        """Whose thread it is."""
        return await self.engine.database.glance(
            lambda one: platforms.thread(one, place.conversation)
        )

    async def owner(self, row: Row) -> str | None:
        """The Discord id of a thread's owner."""
        person: str = row["person_id"]
        return await self.engine.database.glance(
            lambda one: platforms.any_account_of(one, person, PLATFORM)
        )

    async def keep_thread(self, place: Place, person: str, coach: str | None) -> None:
        """Note whose thread it is."""
        now = datetime.now(UTC)

        def work(connection: Connection) -> None:
            platforms.keep_thread(connection, place.conversation, person, coach, now)

        await self.engine.database.write(work)

    async def sessions(self, person: str | None) -> list[Row]:
        """A person's sessions, the last one first; none of somebody new."""
        if person is None:
            return []
        return await self.engine.look(person, lambda scope: scope.sessions(limit=50))

    async def last_key(self, conversation: str) -> str | None:
        """The key of the last reply in a conversation."""
        return await self.engine.database.glance(
            lambda one: platforms.last_reply_key(one, conversation)
        )

    # Saying small things --------------------------------------------------------------------------

    async def say(self, place: Place, text: str, nonce: str = "", **more: Any) -> Payload:
        """Post something that is no reply; returns the message. Raises as :meth:`Rest.call`."""
        body: Payload = {
            "content": text,
            "allowed_mentions": {"parse": []},
            "flags": NO_PREVIEWS,
            **more,
        }
        return await self.rest.post(place.channel, body, nonce)

    async def say_for_a_while(self, place: Place, text: str, seconds: float) -> None:
        """Say something that goes away again."""
        told = await self.say(place, text)
        await asyncio.sleep(seconds)
        await self.rest.delete(place.channel, str(told["id"]))

    # Doing things later ---------------------------------------------------------------------------

    def later(self, work: Awaitable[object]) -> None:
        """Have something done that nobody waits for; what fails is logged."""
        self._later.do(work)

    async def close(self) -> None:
        """Wait a moment for what is done later."""
        await self._later.close()


def _refused(error: Exception) -> str | None:
    return f"{error.status} {error.code}" if isinstance(error, discord.HTTPException) else None


def _keep(shelf: OrderedDict[Any, Any], key: object, value: object) -> None:
    shelf[key] = value
    shelf.move_to_end(key)
    while len(shelf) > _KEPT:
        shelf.popitem(last=False)
