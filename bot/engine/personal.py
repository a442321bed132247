"""Commands about the person: goals, outcomes, findings, what is remembered, export, forget."""

from __future__ import annotations

from bot.engine import clock, reminding, scripts, zones
from bot.engine.calendar import date_in
from bot.engine.call import Call
from bot.engine.insights import combined_confidence
from bot.engine.sessions import lane_in
from bot.engine.turned import Turned
from bot.replies import Choice, Reply, Source
from storage.queries import PersonScope, Row

OUTCOMES = ("applied", "screen", "interview", "offer", "accepted", "rejected")


async def goal(call: Call) -> Turned:
    """Goals: list them; with text, set a new one."""
    now = call.engine.clock()

    def work(scope: PersonScope) -> tuple[list[Row], bool]:
        first = False
        if call.argument:
            here = zones.today(now, zones.zone_named(call.standing.me["time_zone"]))
            key = scope.add_one(
                "goals",
                session_id=None,
                text=call.argument[:500],
                levels=[],
                target_date=date_in(call.argument, here),
                status="open",
                created_at=now,
                lane=lane_in(call.standing.me),
            )
            new = reminding.subject_of(scope, "goal", key)
            assert new is not None
            due = reminding.put_down(scope, new, now, call.event.conversation)
            first = clock.is_first(scope, due)
        return scope.rows("goals", status="open"), first

    goals, first = await call.change(work)
    if not goals:
        return await call.reply("No goals yet. `/coach goal` followed by a sentence sets one.")
    lines = [
        f"- “{goal['text']}”" + (f", by {goal['target_date']}" if goal["target_date"] else "")
        for goal in goals
    ]
    text = "**Your goals**\n\n" + "\n".join(lines)
    return await (clock.reply_and_ask(call, text) if first else call.reply(text))


async def log(call: Call) -> Turned:
    """Note what happened in the world."""
    kind, _, note = call.argument.partition(" ")
    if kind.casefold() not in OUTCOMES:
        return call.refused(
            f"Say which: {', '.join(OUTCOMES)}. For example: /coach log interview at the hospital"
        )
    now, lane = call.engine.clock(), lane_in(call.standing.me)

    def work(scope: PersonScope) -> list[Row]:
        scope.add_one("outcomes", kind=kind.casefold(), note=note[:500], at=now, lane=lane)
        return scope.rows("outcomes")

    rows = await call.change(work)
    counts = {name: sum(row["kind"] == name for row in rows) for name in OUTCOMES}
    told = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
    source = Source("score", "outcomes", told)
    return await call.reply(f"Noted. So far: {told}.", sources=(source,))


async def confirm(call: Call) -> Turned:
    """A finding is right."""
    return await _judge(call, right=True)


async def correct(call: Call) -> Turned:
    """A finding is wrong: delete it."""
    return await _judge(call, right=False)


async def _judge(call: Call, *, right: bool) -> Turned:
    if not call.argument.isdigit():
        return call.refused("Add the number of the finding; /coach me lists them.")
    key = int(call.argument)

    def work(scope: PersonScope) -> int:
        if right:
            return scope.change("persona_insights", key, confirmed=True)
        return scope.remove("persona_insights", id=key)

    done = await call.change(work)
    if not done:
        return call.refused("There is no finding of yours with that number; /coach me lists them.")
    return await call.reply("Noted as right." if right else "Deleted.")


async def me(call: Call) -> Turned:
    """What is remembered; switches for it."""
    word = call.argument.casefold()
    if word in {"on", "off"}:
        await call.change(lambda scope: scope.change_me(share_memory=word == "on"))
        told = (
            "Other coaches build on what you tell one."
            if word == "on"
            else "Each coach starts from nothing."
        )
        return await call.reply(f"Memory across coaches is {word}. {told}")
    if word.startswith("zone"):
        return await clock.zone(call, call.argument[4:].strip())
    known = await scripts.me_text(call.engine, call.person, combined_confidence)
    return await call.reply(known, Choice("/coach me zone", "Set my time zone"))


async def export(call: Call) -> Turned:
    """A copy of everything, as text."""
    text = await scripts.export_markdown(call.engine, call.person)
    return await call.reply(text)


async def forget(call: Call) -> Turned:
    """Delete everything, after asking once."""
    if call.argument.casefold() == "everything":
        gone = await scripts.forget(call.engine, call.person)
        text = (
            f"Done. {gone} messages and all that came of them are deleted. "
            "`/coach` starts anew whenever you like."
        )
        return Turned(reply=Reply(text=text, sources=(Source("score", "deleted", str(gone)),)))
    return await call.reply(
        "This deletes every session, finding, plan and message of yours, for good. "
        "`/coach export` gives you a copy first.",
        Choice("/coach forget everything", "Delete everything"),
        Choice("/coach export", "Export first"),
        Choice("/coach sessions", "Keep it"),
    )
