"""Changing what is remembered: edits, deletions, taking back, wording again, feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine import coaching, heeding, reminding, saying, staging, turning
from bot.engine.evidence import find, read
from bot.engine.experiences import experience_in
from bot.engine.quality import assess
from bot.engine.scrubbing import scrub
from bot.engine.sessions import asked_of, coach_message, columns_of, state_of
from bot.engine.state import SessionState
from bot.engine.text import clean
from bot.engine.turned import Turned
from bot.inbound import Delete, Edit, Feedback, TenantGone
from bot.replies import Draft
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine


async def edit(engine: Engine, person: str, event: Edit) -> Turned:
    """A message of the user was changed: its old words leave all evidence, the new ones come in."""

    def work(scope: PersonScope) -> tuple[Row, SessionState] | None:
        message = scope.message_by_external(event.message_id)
        if message is None or message["role"] != "user":
            return None
        return _rewrite(engine, scope, message, *_edited(message, event.message_id, event.text))

    changed = await engine.change(person, work)
    if changed is None:
        return saying.silent(engine)
    row, state = changed
    draft = Draft()
    draft.say("I have changed that in what I keep, and what came from the old wording is gone.")
    return saying.outcome(
        row["id"], row["coach"], state, saying.reply_of(draft, row["coach"]), engine.voice.name
    )


_Parts = list[list[str]]


def _edited(message: Row, part: str, text: str) -> tuple[str, _Parts | None]:
    """Text and parts of a message of which one part, or all, has another text now."""
    kept: _Parts | None = message["parts"]
    if kept is None:
        return clean(text), None
    parts = [[key, clean(text) if key == part else said] for key, said in kept]
    return _joined(parts), parts


def _joined(parts: _Parts) -> str:
    return clean("\n".join(said for _, said in parts if said))


def _rewrite(
    engine: Engine, scope: PersonScope, message: Row, text: str, parts: _Parts | None
) -> tuple[Row, SessionState]:
    """Give a message another text; what came from the old one goes, the new one is read."""
    row = scope.session(message["session_id"])
    assert row is not None
    filled = [
        slot
        for slot, kept in state_of(row).slots.items()
        if any(item.message == message["id"] for item in kept)
    ]
    scrub(scope, message["id"], keep_message=True)
    fresh = scope.session(row["id"])
    assert fresh is not None
    state = state_of(fresh)
    _hear_again(engine, state, message["id"], text, filled)
    quality = saying.quality_json(assess("", text, engine.meaning)) if text else None
    now = engine.clock()
    scope.change("messages", message["id"], text=text, parts=parts, quality=quality, edited_at=now)
    scope.change("persona_sessions", row["id"], **columns_of(state))
    return row, state


def _hear_again(
    engine: Engine, state: SessionState, message: int, text: str, filled: list[Any]
) -> None:
    clauses = read(text)
    for slot in [*filled, None]:
        for found in find(message, text, clauses, slot, planning=slot is not None):
            if slot is None or found.slot is slot:
                state.add(found.slot, found.evidence)
    told = coaching.told_in(message, experience_in(text))
    if told.shown:
        state.experiences.append(told)
    state.remember(message, text)


async def delete(engine: Engine, person: str, event: Delete) -> Turned:
    """A message of the user was deleted: it leaves the transcript and all that came from it."""

    def work(scope: PersonScope) -> None:
        message = scope.message_by_external(event.message_id)
        if message is None or message["role"] != "user":
            return
        kept: _Parts = message["parts"] or []
        left = [one for one in kept if one[0] != event.message_id]
        if left:
            _rewrite(engine, scope, message, _joined(left), left)
        else:
            scrub(scope, message["id"])

    await engine.change(person, work)
    return saying.silent(engine)


async def feedback(engine: Engine, person: str, event: Feedback) -> Turned:
    """Keep what the person thinks of a reply; ``message_id`` is the reply's id; last one counts."""

    def work(scope: PersonScope) -> None:
        rows = (
            scope.rows("messages", id=int(event.message_id)) if event.message_id.isdigit() else []
        )
        if not rows or rows[0]["role"] != "coach":
            return
        scope.remove("feedback", message_id=rows[0]["id"])
        value = 1 if event.value > 0 else -1
        row = {"message_id": rows[0]["id"], "value": value, "note": event.note, "at": event.sent_at}
        scope.add("feedback", [row])

    await engine.change(person, work)
    return saying.silent(engine)


async def leave_tenant(engine: Engine, person: str, event: TenantGone) -> Turned:
    """The app was removed from a tenant: its sessions and what came from them alone are deleted."""
    platform, tenant = event.sender.platform, event.sender.tenant
    await engine.change(person, lambda scope: scope.leave_tenant(platform, tenant))
    await engine.after_commit(engine.database.wipe_log)
    return saying.silent(engine)


async def undo(engine: Engine, person: str, row: Row) -> Turned:
    """Take the last answer back: the session is as it was before it, and the answer is gone."""
    before = row["before"]
    if not before:
        draft = Draft()
        draft.say(engine.catalogue.phrases.lines["nothing_to_take_back"][0])
        return await saying.say(engine, person, row, draft, state_of(row))
    state = SessionState.load(before["slots"], before["memory"])
    promised = state_of(row).done and not state.done

    def work(scope: PersonScope) -> Row | None:
        if promised:
            reminding.replaced(scope, row["id"], engine.clock())
        scrub(scope, before["user"])
        scope.remove("messages", id=before["reply"])
        scope.change("persona_sessions", row["id"], **columns_of(state), before=None, status="open")
        return scope.session(row["id"])

    fresh = await engine.change(person, work)
    assert fresh is not None
    draft = Draft()
    draft.say(engine.catalogue.phrases.lines["taken_back"][0])
    if state.pending is not None:
        draft.ask(state.pending.text)
    return await saying.say(engine, person, fresh, draft, state)


async def again(engine: Engine, person: str, row: Row) -> Turned:
    """Word the last reply differently: the turn is decided anew from where it started."""
    before = row["before"]
    current = state_of(row)

    def look(scope: PersonScope) -> tuple[list[Row], frozenset[str]]:
        rows = scope.rows("messages", id=before["user"]) if before else []
        text = rows[0]["text"] if rows else ""
        return rows, asked_of(scope, engine.catalogue.coach(row["coach"]), text)

    rows, asked = await engine.look(person, look)
    if not before or not rows:
        draft = Draft()
        draft.say("There is no reply of mine here that I could word again.")
        return await saying.say(engine, person, row, draft, current)
    state = SessionState.load(before["slots"], before["memory"])
    state.variation = current.variation + 1
    message = rows[0]
    heard = turning.hear(engine, state, message["id"], message["text"], message["at"])
    turn = turning.turn_of(engine, row, heard, state, asked)
    state.language = current.language
    brief = await staging.staged(engine, person, row, turn, coaching.decide(turn))
    draft = await engine.word(brief)
    heeding.heed(turn, draft)
    reply_id = new_message_id()
    saying.settle(state, draft, reply_id)
    now = engine.clock()

    def work(scope: PersonScope) -> None:
        scope.remove("messages", id=before["reply"])
        scope.add("messages", [coach_message(row["id"], reply_id, state.phase.value, draft, now)])
        scope.note_asked([key for key in turn.asking if key not in turn.asked], row["id"], now)
        kept = {**before, "reply": reply_id}
        scope.change("persona_sessions", row["id"], **columns_of(state), before=kept, last_at=now)
        heeding.book(scope, brief.scene, draft, reply_id, now)

    await engine.change(person, work)
    return saying.outcome(
        row["id"],
        row["coach"],
        state,
        saying.reply_of(draft, row["coach"], reply_id),
        saying.voice_of(engine, draft),
    )
