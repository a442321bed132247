"""What everything that comes in from Slack works with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection

from bot.engine.engine import Engine
from bot.engine.zones import zone_named
from bot.inbound import Inbound, Sender
from bot.inbox.grouping import GroupCommit
from bot.inbox.service import Inbox
from bot.platforms.later import Later
from bot.platforms.together import Together
from bot.settings import Settings
from bot.slack import limits
from bot.slack.blocks import Block, cut
from bot.slack.faces import face
from bot.slack.history import note_metadata
from bot.slack.people import People
from bot.slack.places import PLATFORM, Place
from bot.slack.post import SlackAdapter
from bot.slack.web import code_of
from bot.slack.workspaces import Workspace, Workspaces
from personas.catalogue import Catalogue
from personas.models import Coach
from storage import platforms
from storage.database import Database
from storage.queries import PersonScope, Row
from storage.standing import Asked, Standing, standings

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
# Slack waits for us; where Slack itself lets us wait, we don't.
_TOLD_S = 0.15


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who does something in Slack.

    Attributes:
        channel: where they are; empty on the home tab and for global shortcuts.
        thread: the thread they are in; empty outside one.
        id: what tells this doing from any other, the same when it is sent again.
        trigger: opens a modal, for three seconds; empty where Slack gave none.
        response_url: takes up to five answers that only they see; None where there is none.
        known: whether they are known to have written before.
    """

    workspace: Workspace
    user: str
    channel: str
    id: str
    thread: str = ""
    trigger: str = ""
    response_url: str | None = None
    known: bool = False

    @property
    def place(self) -> Place:
        """Where they are."""
        return Place(self.workspace.tenant, self.channel, self.thread)


class Desk:
    """The services of the front: hands events to the inbox, says small things, looks things up."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        workspaces: Workspaces,
        people: People,
        adapter: SlackAdapter,
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.workspaces = workspaces
        self.people = people
        self.adapter = adapter
        self.inbox: Inbox | None = None
        self._writes = GroupCommit(engine.database)
        self._later = Later(_log)
        self._standings = Together(self._stand)

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        return self.engine.database

    @property
    def catalogue(self) -> Catalogue:
        """The coaches."""
        return self.engine.catalogue

    @property
    def command(self) -> str:
        """The slash command as people type it."""
        return self.settings.slack_command

    def warm(self) -> None:
        """Have everything at hand that is made when it is first used."""
        _ = self.catalogue.coaches
        self.engine.recommender.recommend("I want more pay")

    def coach(self, key: str | None) -> Coach | None:
        """A coach, or None."""
        try:
            return self.catalogue.coach(key) if key else None
        except KeyError:
            return None

    # Stopping -------------------------------------------------------------------------------------

    async def is_writing(self, place: Place) -> bool:
        """Whether a reply is being written in a place, here or by another worker."""
        if self.adapter.is_writing(place) or self.inbox is None:
            return self.adapter.is_writing(place)
        return await self.inbox.halting.could(place.conversation, shown=False)

    async def stop(self, place: Place) -> None:
        """Stop the reply that is being written in a place, whichever worker writes it."""
        if not await self.adapter.stop(place) and self.inbox is not None:
            await self.inbox.halting.tell(place.conversation)

    # The database ---------------------------------------------------------------------------------

    async def accept(self, key: str, event: Inbound) -> bool:
        """Hand an event to the inbox; returns whether it is new.

        Raises:
            StorageError: it is not kept: Slack must send it again.
            RuntimeError: the program is not running.
        """
        if self.inbox is None:
            raise RuntimeError("there is no inbox yet")
        return await self.inbox.accept(key, event)

    async def once(self, *key: str) -> bool:
        """Whether this is the first time; from now on it was done."""
        now = datetime.now(UTC)
        name = ":".join(("slack", *key))
        return await self._writes.run(name, lambda one: platforms.once(one, name, now))

    async def was_done(self, key: str) -> bool:
        """Whether this event came in already."""
        return bool(await self.database.read(lambda one: platforms.was_done(one, [key])))

    async def came_to(self, key: str) -> str | None:
        """The conversation an event came to; None for one that did not come in."""
        return await self.database.read(lambda one: platforms.came_to(one, key))

    async def thread(self, place: Place) -> Row | None:
        """Whose thread it is."""
        return await self.database.glance(lambda one: platforms.thread(one, place.conversation))

    async def account(self, tenant: str, row: Row | None) -> str | None:
        """The Slack id of a thread's owner."""
        if row is None:
            return None
        person: str = row["person_id"]
        return await self.database.read(
            lambda one: platforms.account_of(one, person, PLATFORM, tenant)
        )

    async def keep_thread(self, place: Place, person: str, coach: str | None) -> None:
        """Note whose thread it is."""
        now = datetime.now(UTC)

        def work(connection: Connection) -> None:
            platforms.keep_thread(connection, place.conversation, person, coach, now)

        await self._writes.run(place.conversation, work)

    async def note_question(self, visit: Visit) -> None:
        """Note who asked what a thread begins with, when nobody stands at the door."""
        if self.inbox is not None:
            await self.inbox.door.free()
        place, now = visit.place, datetime.now(UTC)
        account = (PLATFORM, place.tenant, visit.user)

        def work(connection: Connection) -> None:
            platforms.note_question(connection, place.conversation, account, now)

        await self._writes.run(place.conversation, work)

    async def person(self, visit: Visit) -> tuple[str, Sender]:
        """The id of who visits, made at first contact, and how the engine knows them."""
        sender = await self.people.sender(visit.workspace, visit.user)
        return await self.engine.person(sender), sender

    async def newcomer(self, visit: Visit) -> Sender:
        """Who writes for the first time; what Slack tells too late is noted when it comes."""
        workspace, user = visit.workspace, visit.user
        pressed = self.inbox is not None and self.inbox.door.crowded
        if not (pressed or self.people.crowded):
            asked = asyncio.ensure_future(self.people.sender(workspace, user))
            done, _ = await asyncio.wait({asked}, timeout=_TOLD_S)
            if done:
                return asked.result()
        self.later(self._learn(visit))
        return self.people.sender_known(workspace.tenant, user)

    async def _learn(self, visit: Visit) -> None:
        if self.inbox is not None:
            await self.inbox.door.free()
        sender = await self.people.sender(visit.workspace, visit.user)
        zone = zone_named(sender.zone)

        def work(scope: PersonScope) -> None:
            me = scope.me()
            new = {"locale": sender.locale, "time_zone": zone}
            missing = {name: value for name, value in new.items() if value and not me.get(name)}
            if missing:
                scope.change_me(**missing)

        await self.engine.change(await self.engine.person(sender), work)

    async def standing(self, visit: Visit) -> Standing:
        """How things stand where somebody is."""
        place = visit.place
        where = place.conversation if place.thread else ""
        return await self._standings.ask(Asked(place.tenant, visit.user, where))

    async def _stand(self, asked: Sequence[Asked]) -> Sequence[Standing]:
        return await self.database.glance(lambda one: standings(one, PLATFORM, asked))

    async def sessions(self, person: str) -> list[Row]:
        """A person's sessions, the last one first."""
        return await self.engine.look(person, lambda scope: scope.sessions(limit=50))

    # Saying small things --------------------------------------------------------------------------

    async def say(
        self,
        workspace: Workspace,
        place: Place,
        text: str,
        blocks: Sequence[Block] = (),
        coach: Coach | None = None,
        mark: dict[str, Any] | None = None,
    ) -> str:
        """Post something that is no reply; returns its ``ts``. Raises SlackApiError.

        Args:
            mark: the metadata it can be found by; None for something nobody looks for.
        """
        await self.adapter.pace.wait(place.channel)
        message: dict[str, Any] = {
            "channel": place.channel,
            "thread_ts": place.thread or None,
            "text": cut(text, limits.PART),
            "blocks": list(blocks) or None,
            "metadata": mark or note_metadata("note"),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        named = face(coach, workspace, self.settings.public_url)
        told = await workspace.poster.call("chat.postMessage", **message, **named)
        return str(told["ts"])

    async def whisper(self, visit: Visit, text: str, blocks: Sequence[Block] = ()) -> None:
        """Tell somebody something that only they see; where that fails, they don't see it."""
        try:
            if visit.response_url is not None:
                await self.respond(visit.response_url, text, blocks, thread=visit.thread)
                return
            if visit.place.direct:
                await self.say(visit.workspace, visit.place, text, blocks)
                return
            await visit.workspace.poster.call(
                "chat.postEphemeral",
                channel=visit.channel,
                user=visit.user,
                thread_ts=visit.thread or None,
                text=cut(text, limits.PART),
                blocks=list(blocks) or None,
            )
        except SlackApiError as error:
            _log.info("somebody could not be told: %s", code_of(error))

    async def respond(
        self, response_url: str, text: str, blocks: Sequence[Block] = (), *, thread: str = ""
    ) -> None:
        """Answer by the address that came with a command or a click."""
        body: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": cut(text, limits.PART),
        }
        if thread:
            body["thread_ts"] = thread
        if blocks:
            body["blocks"] = list(blocks)
        async with self.workspaces.session.post(response_url, json=body) as answer:
            if answer.status != 200:
                _log.info("an answer was refused: %s", answer.status)

    async def link(self, place: Place, ts: str | None = None) -> str | None:
        """An address that leads to a message; None where Slack gives none."""
        workspace = await self.workspaces.of(place.tenant)
        if workspace is None or not (ts or place.thread):
            return None
        try:
            told = await workspace.web.read(
                "chat.getPermalink", channel=place.channel, message_ts=ts or place.thread
            )
        except SlackApiError as error:
            _log.info("no permalink: %s", code_of(error))
            return None
        return str(told.get("permalink") or "") or None

    # Doing things later ---------------------------------------------------------------------------

    def later(self, work: Awaitable[object]) -> None:
        """Have something done that nobody waits for; what fails is logged."""
        self._later.do(work)

    async def close(self) -> None:
        """Wait a moment for what is done later."""
        await self._later.close()
