"""Replies outside the usual turn: greetings on return, notices, other languages, empty lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.engine.brief import Brief, Worded
from bot.engine.evidence import short_quote
from bot.engine.language import language
from bot.engine.phases import progress
from bot.engine.quality import Quality
from bot.engine.sessions import coach_message, columns_of, state_of, user_message
from bot.engine.state import SessionState
from bot.engine.text import clean
from bot.engine.turned import Turned
from bot.inbound import Message
from bot.records import record
from bot.replies import Choice, Draft, Reply
from personas.catalogue import Catalogue
from personas.models import Coach, Phase, Slot
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine
# The id of the choice to go on in English.
IN_ENGLISH = "english"
# Who comes back after so long is told where it was left.
_AWAY = timedelta(days=3)
_REACHED = {
    Phase.INTRODUCTION: "We had just begun.",
    Phase.DEEP_DIVE: "We had come to the deep dive.",
    Phase.ASSESSMENT: "We had come to the assessment.",
    Phase.SYNTHESIS: "We had come to the plan.",
}


def settle(state: SessionState, draft: Draft, reply_id: int) -> None:
    """Note in the memory what the reply said and offered."""
    for frame in draft.frames:
        state.use_frame(frame)
    state.last_reply = reply_id
    state.aside = draft.question is None
    state.offered = [(choice.id, choice.label) for choice in draft.choices]


def reply_of(draft: Draft, coach: str, reply_id: int | None = None) -> Reply:
    """The reply made of a draft; ``reply_id`` is its line in the transcript, if it has one."""
    return Reply(
        text=draft.text,
        question=draft.question,
        choices=tuple(draft.choices),
        sources=tuple(draft.sources),
        coach=coach,
        notice=draft.notice,
        reply_id=str(reply_id) if reply_id is not None else None,
    )


def outcome(
    session: str, coach: str, state: SessionState, reply: Reply, voice: str, **more: Any
) -> Turned:
    """The outcome of a turn from the session's memory after it."""
    done = progress(state.phase, state.filled, done=state.done)
    return Turned(
        reply=reply,
        session=session,
        coach=coach,
        phase=state.phase.value,
        progress=done,
        done=state.done,
        voice=voice,
        **more,
    )


def voice_of(engine: Engine, draft: Draft) -> str:
    """Which voice worded a draft in the end."""
    return draft.voice if isinstance(draft, Worded) else engine.voice.name


def quality_json(quality: Quality | None) -> dict[str, Any] | None:
    """The quality object of the command line contract."""
    return record(quality) if quality is not None else None


async def say(
    engine: Engine,
    person: str,
    row: Row,
    brief_or_draft: Brief | Draft,
    state: SessionState,
    said: Message | None = None,
    **more: Any,
) -> Turned:
    """Send a reply outside the usual turn, written to the transcript.

    Args:
        said: the message that it answers, if that belongs into the transcript.
    """
    draft = (
        brief_or_draft if isinstance(brief_or_draft, Draft) else await engine.word(brief_or_draft)
    )
    now, rows = engine.clock(), list[dict[str, Any]]()
    if said is not None and (text := clean(said.text)):
        rows.append(user_message(row, new_message_id(), text, now, said))
    reply_id = new_message_id()
    settle(state, draft, reply_id)
    rows.append(coach_message(row["id"], reply_id, state.phase.value, draft, now))

    def work(scope: PersonScope) -> None:
        scope.add("messages", rows)
        scope.change("persona_sessions", row["id"], **columns_of(state), last_at=now)

    return await engine.conclude(
        person,
        work,
        lambda _: outcome(
            row["id"],
            row["coach"],
            state,
            reply_of(draft, row["coach"], reply_id),
            engine.voice.name,
            **more,
        ),
    )


async def welcome_back(
    engine: Engine, person: str, row: Row, *, conversation: str | None = None
) -> Turned:
    """Greet in an open session and put the waiting question once more."""
    state = state_of(row)
    coach = engine.catalogue.coach(row["coach"])
    draft = Draft()
    draft.say(_left_at(coach, state) or coach.openings[0].hello)
    if state.pending is not None:
        draft.ask(state.pending.text)
        draft.choices = (
            [Choice(str(n), o) for n, o in enumerate(state.pending.options, 1)]
            if state.short
            else []
        )
    else:
        draft.say(coach.lines.invitations[state.turn % len(coach.lines.invitations)])
    if conversation is not None and conversation != row["conversation"]:
        await engine.change(
            person,
            lambda scope: scope.change("persona_sessions", row["id"], conversation=conversation),
        )
    return await say(engine, person, row, draft, state)


def recap(engine: Engine, row: Row) -> str | None:
    """Two lines on where a session was left, for who writes again after days; else None."""
    state = state_of(row)
    line = _left_at(engine.catalogue.coach(row["coach"]), state)
    away = engine.clock() - row["last_at"] >= _AWAY
    if not away or line is None or state.language is not None:
        return None
    return f"{line} {_REACHED[state.phase]}"


def _left_at(coach: Coach, state: SessionState) -> str | None:
    """What the coach says to somebody who is back, with their goal; None without one."""
    goal = state.evidence(Slot.GOAL)
    if goal is None:
        return None
    line = coach.lines.returns[state.turn % len(coach.lines.returns)]
    return line.replace("{quote}", f"“{short_quote(goal.quote, 18)}”")


async def other_language(
    engine: Engine, person: str, row: Row, code: str, event: Message
) -> Turned | None:
    """Say once, in the user's language, that coaching is in English; None when that was said."""
    state = state_of(row)
    told = f"language:{code}"
    if told in state.told_once:
        return None
    state.told_once.append(told)
    spoken = language(code)
    draft = Draft()
    draft.say(spoken.notice)
    draft.choices = [Choice(IN_ENGLISH, spoken.go_on)]
    return await say(engine, person, row, draft, state, said=event)


async def in_english(engine: Engine, person: str, row: Row) -> Turned:
    """The user goes on in English: the waiting question once more."""
    state = state_of(row)
    draft = Draft()
    if state.pending is not None:
        draft.say("Good, then in English, simple words are fine.")
        draft.ask(state.pending.text)
    else:
        draft.say("Good, then in English: simple words are fine, and I am listening.")
    return await say(engine, person, row, draft, state)


def silent(engine: Engine) -> Turned:
    """An event that is taken without a word."""
    return Turned(reply=Reply(text=""), voice=engine.voice.name)


async def empty(engine: Engine, row: Row) -> Turned:
    """An empty line: a clear sentence, nothing is written."""
    state = state_of(row)
    reply = Reply(
        text="That line was empty. Type your answer in a few words, "
        "or `/coach help` for what else you can do.",
        coach=row["coach"],
        error="The message was empty.",
    )
    return outcome(row["id"], row["coach"], state, reply, engine.voice.name)


def with_notice(turned: Turned, catalogue: Catalogue) -> Turned:
    """The outcome with the notice of first contact beside it."""
    notice = " ".join(catalogue.phrases.lines["notice"])
    if turned.coach is not None:
        note = catalogue.coach(turned.coach).licence_note
        notice = f"{notice} {note}" if note else notice
    if turned.reply.notice:
        notice = f"{notice} {turned.reply.notice}"
    return replace(turned, reply=replace(turned.reply, notice=notice))
