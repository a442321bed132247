"""One turn: read the message, decide, have it worded, write it all in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.engine import coaching, heeding, pausing, reminding, saying, staging, zones
from bot.engine.brief import Brief, Worded
from bot.engine.evidence import is_empty_answer, read
from bot.engine.experiences import experience_in
from bot.engine.insights import combined_confidence
from bot.engine.intents import Intent, Understood, acknowledges, drafted_to, understand
from bot.engine.language import is_english, language_of
from bot.engine.numbers import scale_numbers
from bot.engine.quality import assess
from bot.engine.reflecting import fingerprint
from bot.engine.scrubbing import scrub
from bot.engine.sessions import Standing, coach_message, columns_of, state_of, user_message
from bot.engine.state import SessionState
from bot.engine.text import READ_AT_MOST, words
from bot.engine.turn import Finding, Heard, Turn
from bot.engine.turned import Turned
from bot.inbound import Message
from bot.lazily import lazy
from personas.models import Slot
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine import analysing, clock
else:
    analysing = lazy("bot.engine.analysing")
    clock = lazy("bot.engine.clock")

if TYPE_CHECKING:
    from bot.engine.engine import Engine
_SHORT_SLOTS = {Slot.AIM, Slot.HELPER, Slot.RESOURCE, Slot.MEASURE}
_SHORT_KINDS = {"scale", "commit"}
# So many words without a sign of another language are English; fewer may be an "ok".
_ENGLISH_FROM = 6
_ALL_OF_US = {"there", "all", "coach", "again", "everyone", "bot", "you", "guys", "team"}
_SCORED = {Intent.ANSWER, Intent.SHORT, Intent.STUCK, Intent.GIBBERISH}


async def take(
    engine: Engine,
    standing: Standing,
    text: str,
    event: Message | None,
    *,
    chosen: str | None = None,
    hello: str | None = None,
    beside: Callable[[PersonScope], None] | None = None,
) -> Turned:
    """Run one turn of a session.

    Args:
        standing: the person and the session's row as read before.
        text: the cleaned message.
        event: where the message came from; None for what was typed in the menu before.
        chosen: the label of the choice the message picks; it stands for the message.
        hello: a greeting to open the reply with.
        beside: what is to be written before anything of this turn.
    """
    row = standing.row
    assert row is not None
    state = state_of(row)
    clock.let_go(state)
    message = new_message_id()
    now = engine.clock()
    heard = hear(engine, state, message, chosen or text, now, chosen=chosen is not None)
    turn = turn_of(engine, row, heard, state, standing.asked, standing.me["time_zone"])
    if engine.voice.free and not heard.chosen:
        state.language = spoken(state.language, heard.text)
    before = {"slots": row["slots"], "memory": row["memory"], "user": message, "reply": None}
    brief = coaching.decide(turn)
    if hello:
        brief = replace(brief, opening=hello)
    brief = await staging.staged(engine, standing.person, row, turn, brief)
    draft = await analysing.planned(engine, standing.person, turn, brief)
    draft = draft or await engine.word(brief)
    if isinstance(draft, Worded) and draft.risk != "none":
        return await _pause(engine, standing, brief, draft, text, event, beside)
    heeding.heed(turn, draft)
    if turn.committed:
        turn.asking += await clock.ask(engine, standing, draft, state, event)
    reply_id = new_message_id()
    before["reply"] = reply_id
    saying.settle(state, draft, reply_id)
    quality = saying.quality_json(heard.quality)
    user_row = user_message(row, message, heard.text, now, event, quality)
    reply_row = coach_message(row["id"], reply_id, state.phase.value, draft, now)

    def work(scope: PersonScope) -> list[dict[str, Any]]:
        if beside is not None:
            beside(scope)
        scope.add("messages", [user_row, reply_row])
        heeding.book(scope, brief.scene, draft, reply_id, now)
        scope.note_asked([key for key in turn.asking if key not in turn.asked], row["id"], now)
        found = _keep_findings(scope, row, turn.findings, now)
        if turn.retract is not None:
            scrub(scope, turn.retract, keep_message=True, besides=row["id"])
        scope.change(
            "persona_sessions",
            row["id"],
            **columns_of(state),
            before=before,
            last_at=now,
            status="completed" if state.done else "open",
            completed_at=now if state.done and row["completed_at"] is None else row["completed_at"],
        )
        if turn.committed:
            _keep_commitment(scope, row, turn, now)
        return found

    return await engine.conclude(
        standing.person,
        work,
        lambda insights: saying.outcome(
            row["id"],
            row["coach"],
            state,
            saying.reply_of(draft, row["coach"], reply_id),
            saying.voice_of(engine, draft),
            quality=quality,
            insights=tuple(insights),
        ),
    )


async def _pause(
    engine: Engine,
    standing: Standing,
    brief: Brief,
    draft: Worded,
    text: str,
    event: Message | None,
    beside: Callable[[PersonScope], None] | None,
) -> Turned:
    """The voice saw danger that the screen did not: coaching pauses instead of this turn."""
    row = standing.row
    assert row is not None
    now = engine.clock()
    if beside is not None:
        engine.along(standing.person, beside)
    engine.along(standing.person, lambda scope: heeding.book(scope, brief.scene, draft, None, now))
    return await pausing.seen(engine, standing, draft, event, text)


def spoken(before: str | None, text: str) -> str | None:
    """The language to go on in after a message; None for English."""
    code = language_of(text)
    if code is not None or before is None:
        return code
    return None if len(words(text)) >= _ENGLISH_FROM and is_english(text, before) else before


def hear(
    engine: Engine,
    state: SessionState,
    message: int,
    text: str,
    at: datetime,
    *,
    chosen: bool = False,
) -> Heard:
    """Read a message in the light of what was asked."""
    pending = state.pending
    # An "ok" is an answer where a yes is asked for; to "which role?" it is none.
    short_ok = pending is not None and (
        pending.kind in _SHORT_KINDS or (pending.slot in _SHORT_SLOTS and not acknowledges(text))
    )
    # "How did it end?" – "Nothing lost": a follow-up is answered in a word or two.
    short_ok = short_ok or (
        pending is not None
        and pending.kind == "probe"
        and not (is_empty_answer(text) or acknowledges(text))
    )
    understood = understand(text, expects_short=short_ok, language=state.language)
    if _to_somebody_else(engine, text):
        # What they would write to somebody is an answer, whatever it asks that person.
        understood = Understood(Intent.ANSWER)
    scale = pending is not None and pending.kind in _SHORT_KINDS
    given = scale and bool(scale_numbers(text, 0, 10))
    repeated = (
        not chosen
        and not given
        and len(words(text)) > 1
        and fingerprint(text) in state.seen
        and understood.intent in {Intent.ANSWER, Intent.SHORT, Intent.QUESTION}
    )
    scored = understood.intent in _SCORED and not chosen and not scale and not repeated
    question = pending.text if pending else ""
    told = text[:READ_AT_MOST]
    tells = understood.intent in {Intent.ANSWER, Intent.SHORT} and not chosen
    return Heard(
        message=message,
        text=text,
        at=at,
        understood=understood,
        clauses=read(told),
        quality=assess(question, told, engine.meaning) if scored else None,
        experience=experience_in(told) if tells else None,
        repeated=repeated,
        chosen=chosen,
    )


def _to_somebody_else(engine: Engine, text: str) -> bool:
    name = drafted_to(text)
    ours = {coach.first_name.casefold() for coach in engine.catalogue.coaches}
    return name is not None and name.casefold() not in {*ours, *_ALL_OF_US}


def turn_of(
    engine: Engine,
    row: Row,
    heard: Heard,
    state: SessionState,
    asked: frozenset[str],
    zone: str | None = None,
) -> Turn:
    """Everything the decision about one message needs; ``zone`` is that of the person's clock."""
    return Turn(
        coach=engine.catalogue.coach(row["coach"]),
        catalogue=engine.catalogue,
        meaning=engine.meaning,
        state=state,
        heard=heard,
        asked=asked,
        today=zones.today(engine.clock(), zones.zone_named(zone)),
        objectives=row["objectives"],
    )


def _keep_findings(
    scope: PersonScope, row: Row, found: list[Finding], now: datetime
) -> list[dict[str, Any]]:
    """Write findings; a theme already found gains a quote instead of a second row."""
    shown: list[dict[str, Any]] = []
    for finding in found:
        quote = {"message": finding.message, "text": finding.quote}
        known = scope.rows("persona_insights", session_id=row["id"], theme=finding.theme)
        if known:
            quotes = [*known[0]["quotes"], quote][-5:]
            certainty = max(known[0]["certainty"], finding.certainty)
            scope.change("persona_insights", known[0]["id"], quotes=quotes, certainty=certainty)
            key, confirmed = known[0]["id"], known[0]["confirmed"]
        else:
            quotes, certainty, confirmed = [quote], finding.certainty, None
            key = scope.add_one(
                "persona_insights",
                session_id=row["id"],
                coach=row["coach"],
                category=finding.category,
                theme=finding.theme,
                title=finding.title,
                description=finding.description,
                certainty=finding.certainty,
                quotes=quotes,
                recommendations=list(finding.recommendations),
                priority=finding.priority,
                confirmed=None,
                created_at=now,
            )
        shown.append(
            {
                "id": key,
                "category": finding.category,
                "title": finding.title,
                "confidence": combined_confidence(certainty, len(quotes), confirmed),
                "quotes": [one["text"] for one in quotes],
            }
        )
    return shown


def _keep_commitment(scope: PersonScope, row: Row, turn: Turn, now: datetime) -> None:
    state = turn.state
    step, plan_b = state.evidence(Slot.STEP), state.evidence(Slot.PLAN_B)
    goal, measure = state.evidence(Slot.GOAL), state.evidence(Slot.MEASURE)
    reminding.replaced(scope, row["id"], now)
    kept: list[tuple[reminding.About, int]] = []
    key = scope.add_one(
        "commitments",
        session_id=row["id"],
        message_id=step.message if step else None,
        text=step.quote if step else "",
        if_then=plan_b.quote if plan_b else "",
        confidence=state.commitment if state.commitment is not None else -1,
        check_in=date.fromisoformat(state.check_in) if state.check_in else None,
        status="open",
        created_at=now,
    )
    kept.append(("commitment", key))
    if goal is not None:
        from bot.engine.synthesis import make_plan

        plan = make_plan(turn.coach, state, turn.catalogue, turn.meaning, turn.today)
        key = scope.add_one(
            "goals",
            session_id=row["id"],
            message_id=goal.message,
            text=measure.quote if measure else goal.quote,
            levels=plan.levels,
            target_date=plan.target_date,
            status="open",
            created_at=now,
        )
        kept.append(("goal", key))
    for about, key in kept:
        subject = reminding.subject_of(scope, about, key)
        assert subject is not None
        reminding.put_down(scope, subject, now, row["conversation"])
