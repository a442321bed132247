"""The engine: takes inbound events, runs turns, keeps sessions.

A turn reads, decides and words before it writes, and writes in one transaction, so that a failure
anywhere leaves the session as it was. No platform, SDK or model library is known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from bot import commands
from bot.engine import (
    alongside,
    beginning,
    commanding,
    menu,
    pausing,
    reminding,
    saying,
    turning,
    unit,
    zones,
)
from bot.engine.analyst import Analyst
from bot.engine.brief import Brief, Voice, Worded
from bot.engine.language import language_of
from bot.engine.meaning import Meaning, best_available
from bot.engine.sessions import Standing, standing_of, state_of
from bot.engine.text import clean
from bot.engine.turned import Turned
from bot.engine.unit import Ledger, Listener, Unit
from bot.inbound import (
    UNASKED,
    Choice,
    Command,
    Delete,
    Due,
    Edit,
    Feedback,
    Inbound,
    Linking,
    Message,
    Opened,
    Sender,
    TenantGone,
)
from bot.lazily import lazy
from bot.replies import Draft
from personas.catalogue import Catalogue
from storage.database import Database
from storage.people import add_person, coach_versions, me_of, project_coaches
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine import checking_in, clock, linking, memory, scripts
    from bot.engine.recommendation import Recommender
else:
    checking_in = lazy("bot.engine.checking_in")
    clock = lazy("bot.engine.clock")
    linking = lazy("bot.engine.linking")
    memory = lazy("bot.engine.memory")
    scripts = lazy("bot.engine.scripts")

_Result = TypeVar("_Result")


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class Engine:
    """The conversation engine over one database."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        *,
        voice: Voice,
        meaning: Meaning | None = None,
        clock: Callable[[], datetime] = utc_now,
        human: str | None = None,
        analyst: Analyst | None = None,
        recommender: Recommender | None = None,
    ) -> None:
        self.database = database
        self.catalogue = catalogue
        self.voice = voice
        # A voice that words freely may bring one along.
        self.analyst: Analyst | None = analyst or getattr(voice, "analyst", None)
        self._meaning = meaning
        self.clock = clock
        # Somebody to turn to, named beside the help lines.
        self.human = human
        self._recommender: Recommender | None = recommender
        self._lanes: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    @property
    def meaning(self) -> Meaning:
        """Understanding by meaning, loaded when first needed."""
        if self._meaning is None:
            self._meaning = best_available(None)
        return self._meaning

    @property
    def recommender(self) -> Recommender:
        """The recommendation of coaches, learnt when first needed."""
        if self._recommender is None:
            from bot.engine.recommendation import Recommender

            self._recommender = Recommender(self.catalogue, self.meaning)
        return self._recommender

    async def start(self) -> None:
        """Project the coaches into the database, so that sessions can refer to them."""
        wanted = {key: self.catalogue.version(key) for key in self.catalogue.keys}
        known = await self.database.read(coach_versions)
        if all(known.get(key) == version for key, version in wanted.items()):
            return
        rows = [
            {
                "key": coach.key,
                "name": coach.name,
                "title": coach.title,
                "version": wanted[coach.key],
            }
            for coach in self.catalogue.coaches
        ]
        await self.database.write(lambda connection: project_coaches(connection, rows))

    async def person(self, sender: Sender) -> str:
        """The id of the person who sent, created at first contact."""
        return (await self._me(sender))["id"]

    async def lane(self, sender: Sender) -> str:
        """Where what comes in by this account waits: the id of its mailbox."""
        return (await self._me(sender))["lane"]

    async def _me(self, sender: Sender) -> Row:
        who = (sender.platform, sender.tenant, sender.external_id)
        me = await self.database.glance(lambda connection: me_of(connection, *who))
        if me is not None:
            return me

        def work(connection: Connection) -> Row:
            return me_of(connection, *who) or add_person(
                connection, *who, self.clock(), sender.locale, zones.zone_named(sender.zone)
            )

        return await self.database.write(work)

    async def _standing(self, event: Inbound) -> Standing | None:
        """Where the sender stands; None for what nobody sent, to somebody who is gone."""
        sender = event.sender
        text = clean(event.text) if isinstance(event, Message) else ""

        def work(connection: Connection) -> Standing | None:
            return standing_of(connection, self.catalogue, sender, event.conversation, text)

        standing = await self.database.glance(work)
        if standing is not None or isinstance(event, UNASKED):
            return standing
        return Standing(await self._me(sender))

    async def greet(self, sender: Sender, conversation: str, coach: str | None = None) -> Turned:
        """The opening: the coach's, the greeting of an open session with that coach, or the menu.

        Raises:
            UnknownCoachError: there is no such coach; names the nearest.
        """
        return await self.handle(Opened(conversation, "", sender, self.clock(), coach))

    async def resume(self, sender: Sender, conversation: str) -> Turned | None:
        """Greet again in the last open session of this conversation; None when there is none."""
        opened = Opened(conversation, "", sender, self.clock(), resume=True)
        turned = await self.handle(opened)
        return turned if turned.session else None

    async def active(self, sender: Sender, conversation: str) -> bool:
        """Whether a session of this conversation is open."""
        who = await self.person(sender)
        return await self.look(who, lambda scope: scope.active(conversation)) is not None

    async def open_session(self, me: Row, sender: Sender, conversation: str, key: str) -> Turned:
        """Take up the open session with a coach, or start one."""
        return await beginning.open_session(self, me, sender, conversation, key)

    async def handle(
        self,
        event: Inbound,
        ledger: Ledger | None = None,
        listener: Listener | None = None,
        unwanted: Callable[[], bool] | None = None,
    ) -> Turned:
        """Take one inbound event. Safe to call side by side; one person's events go one by one.

        Args:
            ledger: entries that belong into the transaction of this turn.
            listener, unwanted: of the wording of the reply; see :class:`Unit`.

        Raises:
            UnknownCoachError: an ``Opened`` names a coach that is not there.
            NotNowError: a ``Due`` comes at a bad time; it says when to try again.
            StorageError: the database can't be used; nothing of the turn is written.
        """
        sender = event.sender
        who = (sender.platform, sender.tenant, sender.external_id)
        lane = self._lanes.setdefault(who, asyncio.Lock())
        async with lane:
            standing = await self._standing(event)
            work = Unit(self.database, ledger, listener, unwanted)
            if standing is None:
                return await work.close(saying.silent(self))
            alongside.notice_first(self, work, standing.me)
            alongside.follow_clock(self, work, standing.me, sender.zone)
            token = unit.current.set(work)
            try:
                return await work.close(await self._dispatch(standing, event))
            except BaseException as error:
                await work.abandon(error)
                raise
            finally:
                unit.current.reset(token)

    async def _dispatch(self, standing: Standing, event: Inbound) -> Turned:
        match event:
            case Message():
                return await self._message(standing, event)
            case Opened():
                return await beginning.opened(self, standing, event)
            case Choice():
                return await self._message(standing, event.as_message())
            case Command():
                return await commanding.run(self, standing, event, event.name, event.argument)
            case Edit():
                return await memory.edit(self, standing.person, event)
            case Delete():
                return await memory.delete(self, standing.person, event)
            case Feedback():
                return await memory.feedback(self, standing.person, event)
            case TenantGone():
                return await memory.leave_tenant(self, standing.person, event)
            case Due():
                return await reminding.remind(self, standing, event)
            case Linking():
                return await linking.told(self, standing, event)

    async def _message(self, standing: Standing, event: Message) -> Turned:
        text = clean(event.text)
        me, row = standing.me, standing.row
        safe = await pausing.safety_first(self, standing.person, me, row, event)
        if safe is not None:
            return safe
        offered = state_of(row).offered if row is not None else [tuple(o) for o in me["offered"]]
        picked = menu.pick(offered, text)
        if picked is not None and picked[0].startswith("/"):
            text = picked[0]
        parsed = commands.parse(text)
        if parsed is None and row is not None:
            waits = state_of(row).pending
            parsed = checking_in.heard(waits, text) or clock.heard(waits, text)
        if parsed is not None:
            return await commanding.run(self, standing, event, parsed.name, parsed.argument)
        if row is None:
            return await menu.typed(self, me, event, text, picked)
        if not text:
            return await saying.empty(self, row)
        if picked is not None and picked[0] == saying.IN_ENGLISH:
            return await saying.in_english(self, standing.person, row)
        code = language_of(text)
        if code is not None and not self.voice.free:
            told = await saying.other_language(self, standing.person, row, code, event)
            if told is not None:
                return told
        label = picked[1] if picked is not None else None
        recap = saying.recap(self, row)
        return await turning.take(self, standing, text, event, chosen=label, hello=recap)

    async def look(self, person: str, work: Callable[[PersonScope], _Result]) -> _Result:
        """Read rows of a person."""
        return await self._unit().read(lambda connection: work(PersonScope(connection, person)))

    async def glance(self, person: str, work: Callable[[PersonScope], _Result]) -> _Result:
        """As :meth:`look`, for a few rows: cheaper where the database is a file."""
        return await self._unit().glance(lambda connection: work(PersonScope(connection, person)))

    async def change(
        self, person: str, work: Callable[[PersonScope], _Result], *, long: bool = False
    ) -> _Result:
        """Change rows of a person, in the transaction of the event under way or an own one.

        ``long`` is told to ``Database.write``.
        """

        def whole(connection: Connection) -> _Result:
            return work(PersonScope.held(connection, person))

        within = unit.current.get(None)
        if within is None:
            return await self.database.write(whole, long=long)
        return await within.change(whole)

    def along(self, person: str, work: Callable[[PersonScope], object]) -> None:
        """Change rows of a person with whatever else the event under way changes."""
        self._unit().along(lambda connection: work(PersonScope(connection, person)))

    async def conclude(
        self,
        person: str,
        work: Callable[[PersonScope], _Result],
        outcome: Callable[[_Result], Turned],
    ) -> Turned:
        """Change rows of a person as the last of an event, and commit."""
        return await self._unit().conclude(
            lambda connection: work(PersonScope.held(connection, person)), outcome
        )

    def _unit(self) -> Unit:
        return unit.current.get(None) or Unit(self.database)

    async def after_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have something done once the event under way is written; at once where none is."""
        within = unit.current.get(None)
        if within is None:
            await action()
        else:
            within.after(action)

    async def word(self, brief: Brief) -> Draft:
        """Have the voice word a brief; who listens hears of the drafts on the way.

        Raises:
            RuntimeError: the transaction of the event is open already, and a voice may take long.
        """
        within = unit.current.get(None)
        if within is not None and within.writing:
            raise RuntimeError("a reply must be worded before anything is written")
        draft = Draft()
        async for draft in self.voice.word(brief):
            # Where danger was seen nothing more of these words is to be read.
            calm = not isinstance(draft, Worded) or draft.risk == "none"
            if calm and within is not None and within.listener is not None:
                within.seen = await within.listener(draft, brief.coach.key)
        return draft

    # What scripts read; everything is scoped by the sender.
    async def sessions(self, sender: Sender) -> list[dict[str, Any]]:
        """The person's sessions, the last one first."""
        return await scripts.sessions(self, await self.person(sender))

    async def transcript(self, sender: Sender, session: str) -> list[dict[str, Any]]:
        """All messages of a session. Raises NotFoundError."""
        return await scripts.transcript(self, await self.person(sender), session)

    async def plan(self, sender: Sender, session: str) -> dict[str, Any]:
        """The plan of a session as it stands. Raises NotFoundError."""
        return await scripts.plan(self, await self.person(sender), session)

    async def profile(self, sender: Sender) -> dict[str, Any]:
        """The career profile over all sessions."""
        return await scripts.profile(self, await self.person(sender))

    async def summary(self, sender: Sender) -> dict[str, Any]:
        """The cross-persona analysis. Raises NotYetError with fewer than two coaches."""
        return await scripts.summary(self, await self.person(sender))

    async def export(self, sender: Sender) -> dict[str, Any]:
        """Everything that is kept of the person."""
        return await scripts.export(self, await self.person(sender))

    async def export_markdown(self, sender: Sender) -> str:
        """The same as text for people."""
        return await scripts.export_markdown(self, await self.person(sender))

    async def forget(self, sender: Sender) -> int:
        """Delete everything of the person; returns how many messages went."""
        return await scripts.forget(self, await self.person(sender))
