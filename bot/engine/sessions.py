"""Starting, reading and writing coaching sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.engine.asking import own_words_keys
from bot.engine.brief import Ask, Brief
from bot.engine.evidence import short_quote
from bot.engine.phases import progress
from bot.engine.reflecting import GIVEN_BACK
from bot.engine.state import Evidence, Pending, SessionState
from bot.engine.text import clean
from bot.inbound import Message, Sender
from bot.replies import Draft
from personas.catalogue import Catalogue
from personas.models import Coach, Phase, Slot
from storage.ids import new_id
from storage.people import me_in
from storage.queries import PersonScope, Row

# What a second coach takes over at once; the rest is asked from the new coach's own angle.
_TAKEN_OVER = (Slot.GOAL, Slot.WHY, Slot.AIM, Slot.VALUE, Slot.HELPER)
_REMEMBERED_SESSIONS = 8
_TRUST = 0.8


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands when an event comes in, from one reading.

    ``row`` is the conversation's session or None; ``asked`` the questions already put to the person
    from its coach's bank, and about these very words.
    """

    me: Row
    row: Row | None = None
    asked: frozenset[str] = frozenset()

    @property
    def person(self) -> str:
        """The person's id."""
        return self.me["id"]

    @property
    def lane(self) -> str:
        """Where what comes in by the account of this event waits."""
        return self.me["lane"]


def lane_in(me: Row) -> str | None:
    """What rows keep of the account they came by; see ``storage.columns.lane``."""
    return me["lane"] if me["lane"] != me["id"] else None


def standing_of(
    connection: Connection, catalogue: Catalogue, sender: Sender, conversation: str, text: str
) -> Standing | None:
    """Read where a person stands in a conversation, for a message with this text, if known."""
    who = (sender.platform, sender.tenant, sender.external_id)
    known = me_in(connection, *who, conversation)
    if known is None:
        return None
    me, row = known
    if row is None:
        return Standing(me)
    scope = PersonScope(connection, me["id"])
    return Standing(me, row, asked_of(scope, catalogue.coach(row["coach"]), text))


def asked_of(scope: PersonScope, coach: Coach, text: str) -> frozenset[str]:
    """The keys of what was asked that matter for a message with this text."""
    return scope.asked(f"{coach.key}:", own_words_keys(coach.key, len(coach.lines.own_words), text))


def state_of(row: Row) -> SessionState:
    """The working memory of a session row."""
    return SessionState.load(row["slots"], row["memory"])


def columns_of(state: SessionState) -> dict[str, Any]:
    """The columns of a session row that follow from its working memory."""
    slots, memory = state.dump()
    return {
        "slots": slots,
        "memory": memory,
        "phase": state.phase.value,
        "progress": progress(state.phase, state.filled, done=state.done),
    }


def rested(scope: PersonScope) -> dict[str, int]:
    """What any coach could say again and that still rests: shared phrases, the person's words.

    The turns count on from the end of the person's last session, so they are below one.
    """
    rows = scope.sessions(limit=1)
    if not rows:
        return {}
    last = state_of(rows[0])
    return {
        key: turn - last.turn
        for key, turn in last.frames.items()
        if key.startswith(("shared.", GIVEN_BACK)) and not last.may_use(key)
    }


def remembered(scope: PersonScope, besides: str = "") -> tuple[str | None, dict[Slot, Evidence]]:
    """What the person's other sessions know: the last coach's key and the best evidence by slot."""
    rows = [row for row in scope.sessions(limit=_REMEMBERED_SESSIONS) if row["id"] != besides]
    found: dict[Slot, Evidence] = {}
    coach: str | None = None
    for row in rows:
        state = state_of(row)
        if state.slots and coach is None:
            coach = row["coach"]
        for slot in state.slots:
            best = state.evidence(slot)
            if best is not None and slot not in found:
                found[slot] = best.model_copy(
                    update={"certainty": round(best.certainty * _TRUST, 3)}
                )
    return coach, found


def new_state(
    known: dict[Slot, Evidence], coach: str | None, frames: dict[str, int]
) -> SessionState:
    """The memory of a session that starts from what is known."""
    state = SessionState(known=known, known_from=coach if known else None, frames=frames)
    for slot in _TAKEN_OVER:
        if slot in known:
            state.add(slot, known[slot])
    return state


def opening(
    coach: Coach, catalogue: Catalogue, state: SessionState, asked: frozenset[str]
) -> tuple[Brief, str]:
    """The brief of the first reply of a session, and the key of its question."""
    goal = state.known.get(Slot.GOAL)
    earlier = state.known_from
    if goal is not None and earlier is not None and earlier != coach.key:
        entries, kind = coach.handovers, "handover"
    else:
        entries, kind = coach.openings, "opening"
    keys = [f"{coach.key}:{kind}:{number}" for number in range(len(entries))]
    number = next((n for n, key in enumerate(keys) if key not in asked), None)
    hello = entries[number if number is not None else 0].hello
    if kind == "handover" and earlier is not None and goal is not None:
        hello = hello.replace("{coach}", catalogue.coach(earlier).first_name)
        hello = hello.replace("{quote}", f"“{short_quote(goal.quote, 18)}”")
    if number is None:
        return Brief(coach=coach, phase=state.phase, opening=hello, invite=True), ""
    entry = entries[number]
    # The goal is known at a hand-over: its question asks for another side of it.
    slot = Slot.GOAL if kind == "opening" else None
    state.pending = Pending(key=keys[number], kind=kind, slot=slot, text=entry.ask)
    ask = Ask(key=keys[number], kind="opening", text=entry.ask)
    return Brief(coach=coach, phase=Phase.INTRODUCTION, opening=hello, ask=ask), keys[number]


def new_session(
    coach: Coach, state: SessionState, place: tuple[str, str], lane: str | None, at: datetime
) -> dict[str, Any]:
    """The row of a new session with the coach's default objectives.

    Args:
        place: tenant and conversation.
        lane: by which account it was begun; see :func:`lane_in`.
    """
    tenant, conversation = place
    return {
        "id": new_id(),
        "coach": coach.key,
        "tenant": tenant,
        "conversation": conversation,
        "objectives": [objective.text for objective in coach.objectives if objective.default],
        "status": "open",
        "before": None,
        "satisfaction": None,
        "started_at": at,
        "last_at": at,
        "completed_at": None,
        "lane": lane,
        **columns_of(state),
    }


def user_message(
    row: Row,
    message: int,
    text: str,
    now: datetime,
    event: Message | None,
    quality: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The transcript row of what a user said in a session.

    Args:
        event: where it came from, for edits and deletions to find it by; None where that is not
            known.
    """
    parts = [[part, clean(said)] for part, said in event.parts] if event is not None else []
    return {
        "id": message,
        "session_id": row["id"],
        "role": "user",
        "phase": row["phase"],
        "text": text,
        "quality": quality,
        "sources": [],
        "external_id": event.message_id if event is not None else None,
        "parts": parts or None,
        "at": event.sent_at if event is not None else now,
    }


def coach_message(
    session: str, message: int, phase: str, draft: Draft, at: datetime
) -> dict[str, Any]:
    """The transcript row of a coach's reply."""
    sources: Sequence[dict[str, str]] = [
        {"kind": one.kind, "ref": one.ref, "text": one.text} for one in draft.sources
    ]
    return {
        "id": message,
        "session_id": session,
        "role": "coach",
        "phase": phase,
        "text": draft.text,
        "quality": None,
        "sources": list(sources),
        "external_id": None,
        "parts": None,
        "at": at,
    }
