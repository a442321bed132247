"""How a conversation begins: the menu, a new session, or one taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine import menu, pausing, saying, turning
from bot.engine.errors import UnknownCoachError
from bot.engine.sessions import (
    Standing,
    asked_of,
    coach_message,
    lane_in,
    new_session,
    new_state,
    opening,
    remembered,
    rested,
)
from bot.engine.state import Evidence
from bot.engine.text import clean, content_words
from bot.engine.turned import Turned
from bot.inbound import Message, Opened, Sender
from bot.replies import Reply
from personas.models import Slot
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine
_Start = tuple[Row, str | None, dict[Slot, Evidence], frozenset[str], dict[str, int]]

_TELLING = 2


async def opened(engine: Engine, standing: Standing, event: Opened) -> Turned:
    """The opening: the coach's, the greeting of an open session, or the menu.

    Raises:
        UnknownCoachError: the event names a coach that is not there.
    """
    coach = event.coach
    if event.resume:
        if standing.row is None:
            return saying.silent(engine)
        return await saying.welcome_back(engine, standing.person, standing.row)
    if coach is None:
        return await menu.show(engine, standing.person)
    key = menu.resolve(engine.catalogue, coach, exact=True)
    if key is None:
        raise UnknownCoachError(coach, menu.nearest_name(engine.catalogue, coach))
    return await _come_in(engine, standing, event, key)


async def _come_in(engine: Engine, standing: Standing, event: Opened, key: str) -> Turned:
    """Start or take up a session, with what the person brings along."""
    me, text = standing.me, clean(event.text)
    row = await _to_take_up(engine, standing, event, key)
    if text:
        said = Message(event.conversation, "", event.sender, event.text, event.sent_at)
        safe = await pausing.safety_first(engine, standing.person, me, row, said)
        if safe is not None:
            return safe
    if row is None or not (event.quiet or text):
        return await open_session(engine, me, event.sender, event.conversation, key, text)
    moved = {"conversation": event.conversation, "status": "open", "tenant": event.sender.tenant}
    if text:
        # Read before anything is written: a turn writes all it changes at its end.
        asked = await engine.look(
            me["id"], lambda scope: asked_of(scope, engine.catalogue.coach(key), text)
        )

        def move(scope: PersonScope) -> None:
            scope.change("persona_sessions", row["id"], **moved)

        return await turning.take(engine, Standing(me, row, asked), text, None, beside=move)
    await engine.change(
        me["id"], lambda scope: scope.change("persona_sessions", row["id"], **moved)
    )
    return Turned(Reply(text=""), session=row["id"], coach=key, voice=engine.voice.name)


async def _to_take_up(engine: Engine, standing: Standing, event: Opened, key: str) -> Row | None:
    """The open session with a coach, or the ended one of this very conversation."""

    def look(scope: PersonScope) -> Row | None:
        row = scope.with_coach(key)
        if row is None and event.quiet:
            rows = scope.rows("persona_sessions", coach=key, conversation=event.conversation)
            row = max(rows, key=lambda one: one["last_at"], default=None)
        return row

    return await engine.look(standing.person, look)


async def open_session(
    engine: Engine, me: Row, sender: Sender, conversation: str, key: str, text: str = ""
) -> Turned:
    """Take up the open session with a coach, or start one, with what was said before."""
    row = await engine.look(me["id"], lambda scope: scope.with_coach(key))
    if row is not None:
        return await saying.welcome_back(engine, me["id"], row, conversation=conversation)
    return await _start_session(engine, me, sender, conversation, key, text)


async def _start_session(
    engine: Engine, me: Row, sender: Sender, conversation: str, key: str, text: str
) -> Turned:
    coach, person, now = engine.catalogue.coach(key), me["id"], engine.clock()

    def look(scope: PersonScope) -> _Start:
        fresh = scope.me()
        earlier, known = remembered(scope) if fresh["share_memory"] else (None, {})
        asked = asked_of(scope, coach, fresh["menu_text"] or "")
        return fresh, earlier, known, asked, rested(scope)

    fresh, earlier, known, asked, frames = await engine.look(person, look)
    kept = fresh["menu_text"]
    # Of a word or two nothing can be gone on from: the coach asks.
    first = text or (kept if kept and len(content_words(kept)) >= _TELLING else None)
    state = new_state(known, earlier, frames)
    brief, question = opening(coach, engine.catalogue, state, asked)
    draft = await engine.word(brief)
    reply_id = state.last_reply = new_message_id()
    row = new_session(coach, state, (sender.tenant, conversation), lane_in(me), now)

    def write(scope: PersonScope) -> None:
        scope.add("persona_sessions", [row])
        message = coach_message(row["id"], reply_id, state.phase.value, draft, now)
        scope.add("messages", [message])
        if question:
            scope.note_asked([question], row["id"], now)
        if kept:
            scope.change_me(menu_text=None)

    if first:
        # What was typed in the menu is the first answer: nobody tells it twice.
        standing = Standing(me, row, asked | {question})
        return await turning.take(
            engine, standing, clean(first), None, hello=brief.opening, beside=write
        )
    return await engine.conclude(
        person,
        write,
        lambda _: saying.outcome(
            row["id"],
            coach.key,
            state,
            saying.reply_of(draft, coach.key, reply_id),
            engine.voice.name,
        ),
    )
