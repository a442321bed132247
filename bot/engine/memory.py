"""Changing what is remembered: edits, deletions, taking back, wording again, feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine import coaching, turning
from bot.engine.evidence import find, read
from bot.engine.experiences import experience_in
from bot.engine.quality import assess
from bot.engine.sessions import asked_of, coach_message, columns_of, state_of
from bot.engine.state import SessionState, Told
from bot.engine.text import clean
from bot.inbound import Delete, Edit, Feedback
from bot.replies import Draft, Reply
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine, Turned


async def edit(engine: Engine, person: str, event: Edit) -> Turned:
    """A message of the user was changed: its old words leave all evidence, the new ones come in."""
    text = clean(event.text)
    async with engine.database.write() as connection:
        scope = PersonScope(connection, person)
        message = await scope.message_by_external(event.message_id)
        if message is None or message["role"] != "user":
            return _silent(engine)
        row = await scope.session(message["session_id"])
        assert row is not None
        filled = [
            slot for slot, kept in state_of(row).slots.items()
            if any(item.message == message["id"] for item in kept)
        ]
        await turning.scrub(scope, message["id"], keep_message=True)
        fresh = await scope.session(row["id"])
        assert fresh is not None
        state = state_of(fresh)
        _hear_again(engine, state, message["id"], text, filled)
        quality = turning.quality_json(assess("", text, engine.meaning)) if text else None
        await scope.change(
            "messages", message["id"], text=text, quality=quality, edited_at=engine.clock()
        )
        await scope.change("persona_sessions", row["id"], **columns_of(state))
    draft = Draft()
    draft.say("I have changed that in what I keep, and what came from the old wording is gone.")
    return turning.outcome(
        row["id"], row["coach"], state, turning.reply_of(draft, row["coach"]), engine.voice.name
    )


def _hear_again(
    engine: Engine, state: SessionState, message: int, text: str, filled: list[Any]
) -> None:
    clauses = read(text)
    for slot in [*filled, None]:
        for found in find(message, text, clauses, slot, planning=slot is not None):
            if slot is None or found.slot is slot:
                state.add(found.slot, found.evidence)
    told = experience_in(text)
    if told is not None and (told.action or told.result):
        state.experiences.append(
            Told(message=message, context=told.context, action=told.action, result=told.result, rest=dict(told.rest))
        )
    state.remember(message, text)


async def delete(engine: Engine, person: str, event: Delete) -> Turned:
    """A message of the user was deleted: it leaves the transcript and all that came from it."""
    async with engine.database.write() as connection:
        scope = PersonScope(connection, person)
        message = await scope.message_by_external(event.message_id)
        if message is None or message["role"] != "user":
            return _silent(engine)
        await turning.scrub(scope, message["id"])
    return _silent(engine)


async def feedback(engine: Engine, person: str, event: Feedback) -> Turned:
    """Keep what the person thinks of a reply; ``message_id`` is the reply's id; last one counts."""
    async with engine.database.write() as connection:
        scope = PersonScope(connection, person)
        rows = await scope.rows("messages", id=int(event.message_id)) if event.message_id.isdigit() else []
        if not rows or rows[0]["role"] != "coach":
            return _silent(engine)
        await scope.remove("feedback", message_id=rows[0]["id"])
        await scope.add("feedback", [{
            "message_id": rows[0]["id"], "value": 1 if event.value > 0 else -1, "note": event.note,
            "at": event.sent_at,
        }])
    return _silent(engine)


def _silent(engine: Engine) -> Turned:
    from bot.engine.engine import Turned

    return Turned(reply=Reply(text=""), voice=engine.voice.name)


async def undo(engine: Engine, person: str, row: Row) -> Turned:
    """Take the last answer back: the session is as it was before it, and the answer is gone."""
    before = row["before"]
    if not before:
        draft = Draft()
        draft.say(engine.catalogue.phrases.lines["nothing_to_take_back"][0])
        return await turning.say(engine, person, row, draft, state_of(row))
    state = SessionState.load(before["slots"], before["memory"])
    async with engine.database.write() as connection:
        scope = PersonScope(connection, person)
        await turning.scrub(scope, before["user"])
        await scope.remove("messages", id=before["reply"])
        await scope.change("persona_sessions", row["id"], **columns_of(state), before=None, status="open")
        fresh = await scope.session(row["id"])
    assert fresh is not None
    draft = Draft()
    draft.say(engine.catalogue.phrases.lines["taken_back"][0])
    if state.pending is not None:
        draft.ask(state.pending.text)
    return await turning.say(engine, person, fresh, draft, state)


async def again(engine: Engine, person: str, row: Row) -> Turned:
    """Word the last reply differently: the turn is decided anew from where it started."""
    before = row["before"]
    current = state_of(row)
    async with engine.database.read() as connection:
        scope = PersonScope(connection, person)
        rows = await scope.rows("messages", id=before["user"]) if before else []
        text = rows[0]["text"] if rows else ""
        asked = await asked_of(scope, engine.catalogue.coach(row["coach"]), text)
    if not before or not rows:
        draft = Draft()
        draft.say("There is no reply of mine here that I could word again.")
        return await turning.say(engine, person, row, draft, current)
    state = SessionState.load(before["slots"], before["memory"])
    state.variation = current.variation + 1
    message = rows[0]
    heard = turning.hear(engine, state, message["id"], message["text"], message["at"])
    turn = turning.turn_of(engine, row, heard, state, asked)
    brief = coaching.decide(turn)
    draft = await engine.word(brief)
    reply_id = new_message_id()
    turning.settle(state, draft, reply_id)
    now = engine.clock()
    async with engine.database.write() as connection:
        scope = PersonScope(connection, person)
        await scope.remove("messages", id=before["reply"])
        await scope.add("messages", [coach_message(row["id"], reply_id, state.phase.value, draft, now)])
        await scope.note_asked([key for key in turn.asking if key not in turn.asked], row["id"], now)
        await scope.change(
            "persona_sessions", row["id"], **columns_of(state), before={**before, "reply": reply_id}, last_at=now
        )
    return turning.outcome(
        row["id"], row["coach"], state, turning.reply_of(draft, row["coach"]), engine.voice.name
    )
