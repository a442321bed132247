"""The engine: takes inbound events, runs turns, keeps sessions.

A turn reads, decides and words before it writes, and writes in one transaction, so that a failure
anywhere leaves the session as it was. No platform, SDK or model library is known here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot import commands
from bot.engine import commanding, memory, menu, pausing, scripts, turning
from bot.engine.brief import Voice
from bot.engine.errors import UnknownCoachError
from bot.engine.meaning import Meaning, best_available
from bot.engine.recommendation import Recommender
from bot.engine.sessions import coach_message, insert_session, new_state, opening, remembered, state_of
from bot.engine.text import clean
from bot.inbound import Command, Delete, Edit, Feedback, Inbound, Message, Sender
from bot.replies import Draft, Reply
from personas.catalogue import Catalogue
from storage.database import Database
from storage.ids import new_message_id
from storage.queries import PersonScope, Row, add_person, coach_versions, person_of, project_coaches


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Turned:
    """The outcome of one inbound event."""

    reply: Reply
    session: str | None = None
    coach: str | None = None
    phase: str | None = None
    progress: float = 0.0
    quality: dict[str, Any] | None = None
    insights: tuple[dict[str, Any], ...] = ()
    safety: str | None = None
    paused: bool = False
    done: bool = False
    voice: str = "offline"

    def line(self) -> dict[str, Any]:
        """The object of ``rocket chat --json``, all keys."""
        reply = self.reply
        return {
            "session": self.session,
            "coach": self.coach,
            "phase": self.phase,
            "progress": self.progress,
            "text": reply.text,
            "question": reply.question,
            "quality": self.quality,
            "insights": list(self.insights),
            "choices": [{"id": choice.id, "label": choice.label} for choice in reply.choices],
            "safety": self.safety,
            "paused": self.paused,
            "done": self.done,
            "voice": self.voice,
            "sources": [{"kind": one.kind, "ref": one.ref, "text": one.text} for one in reply.sources],
            "notice": reply.notice,
            "error": reply.error,
        }


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
    ) -> None:
        self.database = database
        self.catalogue = catalogue
        self.voice = voice
        self._meaning = meaning
        self.clock = clock
        self._recommender: Recommender | None = None
        self._lanes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

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
            self._recommender = Recommender(self.catalogue, self.meaning)
        return self._recommender

    async def start(self) -> None:
        """Project the coaches into the database, so that sessions can refer to them."""
        wanted = {key: self.catalogue.version(key) for key in self.catalogue.keys}
        async with self.database.read() as connection:
            known = await coach_versions(connection)
        if all(known.get(key) == version for key, version in wanted.items()):
            return
        rows = [
            {"key": coach.key, "name": coach.name, "title": coach.title, "version": wanted[coach.key]}
            for coach in self.catalogue.coaches
        ]
        async with self.database.write() as connection:
            await project_coaches(connection, rows)

    async def person(self, sender: Sender) -> str:
        """The id of the person who sent, created at first contact."""
        async with self.database.read() as connection:
            found = await person_of(connection, sender.platform, sender.tenant, sender.external_id)
        if found is not None:
            return found
        async with self.database.write() as connection:
            found = await person_of(connection, sender.platform, sender.tenant, sender.external_id)
            return found or await add_person(
                connection, sender.platform, sender.tenant, sender.external_id, self.clock(), sender.locale
            )

    async def greet(self, sender: Sender, conversation: str, coach: str | None = None) -> Turned:
        """The opening: the coach's, the greeting of an open session with that coach, or the menu.

        Raises:
            UnknownCoachError: there is no such coach; names the nearest.
        """
        if coach is None:
            return await self._noticed(sender, await menu.show(self, sender))
        key = menu.resolve(self.catalogue, coach)
        if key is None:
            raise UnknownCoachError(coach, menu.nearest_name(self.catalogue, coach))
        person = await self.person(sender)
        async with self._lanes[person]:
            turned = await self.open_session(person, sender, conversation, key)
        return await self._noticed(sender, turned)

    async def resume(self, sender: Sender, conversation: str) -> Turned | None:
        """Greet again in the last open session of this conversation; None when there is none."""
        person = await self.person(sender)
        async with self.database.read() as connection:
            row = await PersonScope(connection, person).active(conversation)
        return await turning.welcome_back(self, person, row) if row is not None else None

    async def open_session(
        self, person: str, sender: Sender, conversation: str, key: str
    ) -> Turned:
        """Take up the open session with a coach, or start one."""
        async with self.database.read() as connection:
            scope = PersonScope(connection, person)
            row = await scope.with_coach(key)
            me = await scope.me()
        if row is not None:
            return await turning.welcome_back(self, person, row, conversation=conversation)
        return await self._start_session(person, sender, conversation, key, me)

    async def _start_session(
        self, person: str, sender: Sender, conversation: str, key: str, me: Row
    ) -> Turned:
        coach = self.catalogue.coach(key)
        now = self.clock()
        async with self.database.read() as connection:
            scope = PersonScope(connection, person)
            earlier, known = await remembered(scope) if me["share_memory"] else (None, {})
            asked = await scope.asked(f"{key}:")
        state = new_state(known, earlier)
        brief, question = opening(coach, self.catalogue, state, asked)
        draft = await self.word(brief)
        state.last_reply = new_message_id()
        first = me["menu_text"]
        async with self.database.write() as connection:
            scope = PersonScope(connection, person)
            session = await insert_session(scope, coach, state, sender.tenant, conversation, now)
            row = coach_message(session, state.last_reply, state.phase.value, draft, now)
            await scope.add("messages", [row])
            if question:
                await scope.note_asked([question], session, now)
            if first:
                await scope.change_me(menu_text=None)
        if first:
            # What was typed in the menu is the first answer: nobody tells it twice.
            async with self.database.read() as connection:
                fresh = await PersonScope(connection, person).session(session)
            assert fresh is not None
            turned = await turning.take(self, person, fresh, clean(first), None, hello=brief.opening)
            return turned
        return turning.outcome(session, coach.key, state, turning.reply_of(draft, coach.key), self.voice.name)

    async def handle(self, event: Inbound) -> Turned:
        """Take one inbound event. Safe to call side by side; one person's events go one by one."""
        person = await self.person(event.sender)
        async with self._lanes[person]:
            turned = await self._dispatch(person, event)
        return await self._noticed(event.sender, turned)

    async def _dispatch(self, person: str, event: Inbound) -> Turned:
        match event:
            case Message():
                return await self._message(person, event)
            case Command():
                return await commanding.run(self, person, event, event.name, event.argument)
            case Edit():
                return await memory.edit(self, person, event)
            case Delete():
                return await memory.delete(self, person, event)
            case Feedback():
                return await memory.feedback(self, person, event)

    async def _message(self, person: str, event: Message) -> Turned:
        text = clean(event.text)
        async with self.database.read() as connection:
            scope = PersonScope(connection, person)
            me = await scope.me()
            row = await scope.active(event.conversation)
        safe = await pausing.safety_first(self, person, me, row, text, event)
        if safe is not None:
            return safe
        offered = state_of(row).offered if row is not None else [tuple(o) for o in me["offered"]]
        picked = menu.pick(offered, text)
        if picked is not None and picked[0].startswith("/"):
            text = picked[0]
        parsed = commands.parse(text)
        if parsed is not None:
            return await commanding.run(self, person, event, parsed.name, parsed.argument)
        if row is None:
            return await menu.typed(self, person, event, text, picked)
        if not text:
            return await turning.empty(self, row)
        label = picked[1] if picked is not None else None
        return await turning.take(self, person, row, text, event, chosen=label)

    async def word(self, brief: Any) -> Draft:
        """Have the voice word a brief."""
        draft = Draft()
        async for draft in self.voice.word(brief):
            pass
        return draft

    async def _noticed(self, sender: Sender, turned: Turned) -> Turned:
        """Add the notice of first contact, once in a person's life."""
        person = await self.person(sender)
        async with self.database.read() as connection:
            me = await PersonScope(connection, person).me()
        if not me or me.get("notice_at") is not None:
            return turned
        async with self.database.write() as connection:
            await PersonScope(connection, person).change_me(notice_at=self.clock())
        return turning.with_notice(turned, self.catalogue)

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
