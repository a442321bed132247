"""What can be read of a person's coaching: sessions, transcript, plan, profile, summary, export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from bot.engine import checking_in, profiling, summarising
from bot.engine.errors import NotFoundError
from bot.engine.insights import combined_confidence
from bot.engine.sessions import state_of
from bot.engine.synthesis import Plan, make_plan, plan_json, plan_text
from bot.replies import Source
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine

_INSIGHTS_SHOWN = 12
_EXPORTED = ("messages", "persona_insights", "goals", "commitments", "outcomes", "accounts")


async def sessions(engine: Engine, person: str) -> list[dict[str, Any]]:
    """The rows of ``rocket sessions``."""
    rows = await engine.look(person, lambda scope: scope.sessions())
    return [
        {
            "session": row["id"],
            "coach": row["coach"],
            "phase": row["phase"],
            "progress": row["progress"],
            "started": row["started_at"].isoformat(),
            "last": row["last_at"].isoformat(),
            "done": row["completed_at"] is not None,
        }
        for row in rows
    ]


async def _row(engine: Engine, person: str, session: str) -> Row:
    row = await engine.look(person, lambda scope: scope.session(session))
    if row is None:
        raise NotFoundError(f"You have no session “{session[:40]}”. `rocket sessions` lists yours.")
    return row


async def transcript(engine: Engine, person: str, session: str) -> list[dict[str, Any]]:
    """The rows of ``rocket transcript``, oldest first."""
    row = await _row(engine, person, session)
    messages = await engine.look(person, lambda scope: scope.rows("messages", session_id=session))
    return [
        {
            "message": one["id"],
            "role": one["role"],
            "coach": row["coach"],
            "at": one["at"].isoformat(),
            "text": one["text"],
            "phase": one["phase"],
            "sources": one["sources"],
        }
        for one in messages
    ]


async def _plan(engine: Engine, person: str, session: str) -> Plan:
    row = await _row(engine, person, session)
    coach = engine.catalogue.coach(row["coach"])
    return make_plan(coach, state_of(row), engine.catalogue, engine.meaning, engine.clock().date())


async def plan(engine: Engine, person: str, session: str) -> dict[str, Any]:
    """The object of ``rocket plan``."""
    return plan_json(await _plan(engine, person, session))


async def session_plan_text(
    engine: Engine, person: str, session: str
) -> tuple[str, tuple[Source, ...]]:
    """The plan as it stands, for the chat."""
    return plan_text(await _plan(engine, person, session))


async def profile(engine: Engine, person: str) -> dict[str, Any]:
    """The object of ``rocket profile``."""
    rows = await engine.look(person, lambda scope: scope.sessions())
    return profiling.as_object(profiling.profile_of(rows, engine.catalogue))


async def profile_text(engine: Engine, person: str) -> tuple[str, tuple[Source, ...]]:
    """The career profile, for the chat."""
    rows = await engine.look(person, lambda scope: scope.sessions())
    return profiling.as_text(profiling.profile_of(rows, engine.catalogue))


async def summary(engine: Engine, person: str) -> dict[str, Any]:
    """The object of ``rocket summary``. Raises NotYetError."""
    return summarising.as_object(await summarising.summarise(engine, person))


async def summary_text(
    engine: Engine, person: str, tenant: str | None = None
) -> tuple[str, tuple[Source, ...]]:
    """The cross-persona analysis, for the chat. Raises NotYetError.

    Args:
        tenant: where it was asked for; without it no analyst is asked.
    """
    made = await summarising.summarise(engine, person, tenant)
    return summarising.as_text(made, engine.catalogue)


async def export(engine: Engine, person: str) -> dict[str, Any]:
    """Everything kept of a person, as JSON types."""
    found = await engine.look(person, lambda scope: scope.everything())
    return {"exported": engine.clock().isoformat(), "data": _plain(found)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


async def export_markdown(engine: Engine, person: str) -> str:
    """Everything a person said and was told, readable."""
    rows = list(reversed(await engine.look(person, lambda scope: scope.sessions())))
    messages, findings, goals, steps, outcomes, accounts = await engine.look(
        person, lambda scope: [scope.rows(name) for name in _EXPORTED]
    )
    lines = ["# Everything rocket-coach keeps of you", ""]
    if len(accounts) > 1:
        lines += ["## Accounts", "", *(f"- {_account(one)}" for one in accounts), ""]
    for row in rows:
        coach = engine.catalogue.coach(row["coach"])
        lines += [f"## {coach.name}, {row['started_at']:%Y-%m-%d}", ""]
        for one in messages:
            if one["session_id"] == row["id"]:
                who = coach.first_name if one["role"] == "coach" else "You"
                lines += [f"**{who}:** {one['text']}", ""]
        mine = [one for one in findings if one["session_id"] == row["id"]]
        if mine:
            lines += [
                "### Findings",
                "",
                *(f"- {one['title']}: {one['description']}" for one in mine),
                "",
            ]
        text, _ = plan_text(
            make_plan(coach, state_of(row), engine.catalogue, engine.meaning, engine.clock().date())
        )
        lines += [text.replace("**Your plan**", "### The plan as it stands"), ""]
    for title, entries, shown in (
        ("Goals", goals, "text"),
        ("Commitments", steps, "text"),
        ("Outcomes", outcomes, "kind"),
    ):
        if entries:
            lines += [
                f"## {title}",
                "",
                *(f"- {one[shown]} {one.get('note') or ''}".rstrip() for one in entries),
                "",
            ]
    return "\n".join(lines)


def _account(row: Row) -> str:
    """An account, and whether it was linked to the others."""
    linked = ", linked" if row["lane"] else ""
    return f"{row['platform'].capitalize()}: {row['tenant']}, {row['external_id']}{linked}"


async def forget(engine: Engine, person: str) -> int:
    """Delete a person and all that came of them; returns how many messages went."""
    gone = await engine.change(person, lambda scope: scope.forget(), long=True)
    await engine.after_commit(engine.database.wipe_log)
    return gone


async def me_text(
    engine: Engine,
    person: str,
    confidence: Callable[[float, int, bool | None], float] = combined_confidence,
) -> str:
    """What is remembered of a person, with how to correct and delete it."""

    def look(scope: PersonScope) -> tuple[Row, list[Row], list[Row], int, str, list[Row]]:
        findings, messages = scope.rows("persona_insights"), scope.count("messages")
        linked = scope.rows("accounts") if scope.count("links") else []
        told = checking_in.told_of(scope)
        return scope.me(), scope.sessions(), findings, messages, told, linked

    me, rows, findings, messages, reminders, linked = await engine.look(person, look)
    lines = [
        "**What I keep of you**",
        "",
        f"- Sessions: {len(rows)}, messages: {messages}",
        f"- Memory across coaches: {'on' if me['share_memory'] else 'off'} "
        "(`/coach me on`, `/coach me off`)",
        f"- Time zone: {me['time_zone'] or 'not known'} (`/coach me zone Lisbon`)",
        f"- Reminders: {reminders}",
    ]
    if linked:
        names = dict.fromkeys(one["platform"].capitalize() for one in linked)
        lines.append(f"- Linked accounts: {', '.join(names)} (`/coach link undo` parts them)")
    for row in rows[:7]:
        state = state_of(row)
        told = [
            f"{slot.value}: “{item.quote}”"
            for slot in state.slots
            if (item := state.evidence(slot))
        ]
        if told:
            lines.append(f"- {engine.catalogue.coach(row['coach']).name}: " + "; ".join(told[:8]))
    if findings:
        lines += ["", "**Findings**, the newest last", ""]
        for one in findings[-_INSIGHTS_SHOWN:]:
            sure = round(confidence(one["certainty"], len(one["quotes"]), one["confirmed"]) * 100)
            quotes = ", ".join(f"“{quote['text']}”" for quote in one["quotes"][:2])
            lines.append(f"- {one['id']}. {one['title']} ({sure} % sure): {quotes}")
        lines.append("")
        lines.append(
            "`/coach confirm` or `/coach correct` with a number settles one. "
            "`/coach forget` deletes everything."
        )
    return "\n".join(lines)
