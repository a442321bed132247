"""What each command of the table does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot import commands
from bot.engine import (
    memory,
    menu,
    saying,
    turning,
)
from bot.engine.call import Call, Event
from bot.engine.errors import EngineError, UnknownCoachError
from bot.engine.evidence import short_quote
from bot.engine.knowledge import FITS, find_cards
from bot.engine.sessions import Standing
from bot.engine.turned import Turned
from bot.lazily import lazy
from bot.replies import Choice, Reply, Source
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine import analysing, checking_in, linking, personal, progressing, scripts
else:
    analysing = lazy("bot.engine.analysing")
    checking_in = lazy("bot.engine.checking_in")
    linking = lazy("bot.engine.linking")
    personal = lazy("bot.engine.personal")
    progressing = lazy("bot.engine.progressing")
    scripts = lazy("bot.engine.scripts")

if TYPE_CHECKING:
    from bot.engine.engine import Engine
Handler = Callable[[Call], Awaitable["Turned"]]


async def run(engine: Engine, standing: Standing, event: Event, name: str, argument: str) -> Turned:
    """Run a command; an unknown one is answered with the nearest."""
    call = Call(engine, standing, event, argument)
    if name == "":
        return await _words(call)
    handler = _HANDLERS.get(name)
    if handler is None:
        return call.refused(_unknown(argument or name))
    if commands.BY_NAME[name].in_session and call.row is None:
        return await _which(call, name)
    try:
        return await handler(call)
    except EngineError as error:
        return call.refused(str(error))


def _unknown(typed: str) -> str:
    word = typed.split()[0][:40] if typed.split() else ""
    near = commands.nearest(word)
    hint = f" Did you mean `/coach {near}`?" if near else ""
    return f"There is no command `{word}`.{hint} `/coach help` lists them all."


async def _words(call: Call) -> Turned:
    """``/coach words``: a coach's name, a misspelt command, else text to recommend from."""
    key = menu.resolve(call.engine.catalogue, call.argument)
    if key is not None:
        return await call.engine.open_session(
            call.standing.me, call.event.sender, call.event.conversation, key
        )
    if len(call.argument.split()) == 1 and (near := commands.nearest(call.argument)):
        return call.refused(
            f"There is no command `{call.argument[:40]}`. Did you mean `/coach {near}`?"
        )
    return await menu.suggest(
        call.engine, call.person, call.argument, analysing.tenant_of(call.event.conversation)
    )


async def _which(call: Call, name: str) -> Turned:
    rows = await _sessions(call)
    if not rows:
        return call.refused("You have no session yet. Type /coach to pick a coach.")
    choices = [
        Choice(f"/coach continue {row['id']}", _session_label(call, row)) for row in rows[:7]
    ]
    return await call.reply(f"`/coach {name}` needs a session. Which one do you mean?", *choices)


async def _sessions(call: Call) -> list[Row]:
    return await call.look(lambda scope: scope.sessions(limit=20))


def _session_label(call: Call, row: Row) -> str:
    coach = call.engine.catalogue.coach(row["coach"])
    phase = row["phase"].replace("_", " ")
    return f"{coach.emoji} {coach.name}, {phase}, {row['started_at']:%d %b %H:%M}"


def _far(row: Row) -> str:
    return f"{progressing.text_bar(row['progress'])} {progressing.percent(row['progress'])}"


async def _pick(call: Call) -> Turned:
    if call.argument:
        return await _words(call)
    offered = menu.choices(call.engine.catalogue)
    rows = await _sessions(call)
    resume = [
        Choice(f"/coach continue {row['id']}", f"Go on: {_session_label(call, row)}")
        for row in rows[:2]
        if row["status"] == "open"
    ]
    switching = [
        Choice(f"/coach switch {one.id}" if call.row else one.id, one.label) for one in offered
    ]
    return await call.reply(menu.menu_text(call.engine.catalogue), *switching, *resume)


async def _recommend(call: Call) -> Turned:
    if not call.argument:
        return call.refused(
            "Say in a line what it is about, for example: /coach recommend I was passed over twice"
        )
    return await menu.suggest(
        call.engine, call.person, call.argument, analysing.tenant_of(call.event.conversation)
    )


async def _summary(call: Call) -> Turned:
    text, sources = await scripts.summary_text(
        call.engine, call.person, analysing.tenant_of(call.event.conversation)
    )
    return await call.reply(text, sources=sources)


async def _list_sessions(call: Call) -> Turned:
    rows = await _sessions(call)
    if not rows:
        return await call.reply("No sessions yet. `/coach` shows the coaches.")
    lines = [f"- {_session_label(call, row)} {_far(row)} `{row['id']}`" for row in rows]
    choices = [
        Choice(f"/coach continue {row['id']}", _session_label(call, row)) for row in rows[:7]
    ]
    return await call.reply("**Your sessions**\n\n" + "\n".join(lines), *choices)


async def _switch(call: Call) -> Turned:
    key = menu.resolve(call.engine.catalogue, call.argument) if call.argument else None
    if not call.argument:
        return await _pick(call)
    if key is None:
        raise UnknownCoachError(
            call.argument, menu.nearest_name(call.engine.catalogue, call.argument)
        )
    return await call.engine.open_session(
        call.standing.me, call.event.sender, call.event.conversation, key
    )


async def _next(call: Call) -> Turned:
    assert call.row is not None
    return await turning.take(call.engine, call.standing, "next", None)


async def _end(call: Call) -> Turned:
    assert call.row is not None
    coach = call.engine.catalogue.coach(call.row["coach"])
    closing = coach.lines.closings[0]
    key = call.row["id"]
    text = f"{closing}\n\nThe session is kept: `/coach continue {key}` takes it up again."
    reply = Reply(
        text=text, coach=coach.key, choices=(Choice(f"/coach continue {key}", "Take it up again"),)
    )

    def work(scope: PersonScope) -> None:
        scope.change("persona_sessions", key, status="ended")
        scope.change_me(offered=[[choice.id, choice.label] for choice in reply.choices])

    await call.change(work)
    return call.turned(reply)


async def _plan(call: Call) -> Turned:
    assert call.row is not None
    text, sources = await scripts.session_plan_text(call.engine, call.person, call.row["id"])
    return await call.reply(text, sources=sources)


async def _profile(call: Call) -> Turned:
    text, sources = await scripts.profile_text(call.engine, call.person)
    return await call.reply(text, sources=sources)


async def _progress(call: Call) -> Turned:
    rows = await _sessions(call)
    if not rows:
        return await call.reply("No sessions yet. `/coach` shows the coaches.")
    text, picture = await progressing.shown(rows, call.engine.catalogue)
    source = Source("score", "progress", text)
    return await call.reply(
        f"**How far you are**\n\n{text}", sources=(source,), attachments=(picture,)
    )


async def _continue(call: Call) -> Turned:
    rows = await _sessions(call)
    if not rows:
        return call.refused("You have no session yet. Type /coach to pick a coach.")
    wanted = call.argument.strip()
    key = menu.resolve(call.engine.catalogue, wanted) if wanted else None
    row = next(
        (one for one in rows if not wanted or one["id"] == wanted or one["coach"] == key), None
    )
    if row is None:
        return call.refused("There is no such session of yours. /coach sessions lists them.")
    await call.change(lambda scope: scope.change("persona_sessions", row["id"], status="open"))
    return await saying.welcome_back(
        call.engine, call.person, row, conversation=call.event.conversation
    )


async def _panel(call: Call) -> Turned:
    if not call.argument:
        return call.refused(
            "Add the question, for example: /coach panel should I tell my boss before I apply"
        )
    catalogue = call.engine.catalogue
    lines: list[str] = []
    sources: list[Source] = []
    for coach in catalogue.coaches:
        found = find_cards(call.argument, catalogue.cards(coach.key), call.engine.meaning, k=1)
        if found and found[0][1] >= FITS:
            card = found[0][0]
            said = short_quote(card.advice, 45)
            lines.append(
                f"- {coach.emoji} **{coach.first_name}** ({card.title}): {said.rstrip('.')}."
            )
            sources.append(Source("card", f"{card.coach}/{card.key}", card.advice))
    if not lines:
        return await call.reply(
            "None of us has a page on that. Put it another way, or ask one of us directly."
        )
    silent = len(catalogue.keys) - len(lines)
    note = "\n\nThe others have nothing written down that fits." if silent else ""
    return await call.reply("\n".join(lines) + note, sources=tuple(sources))


async def _again(call: Call) -> Turned:
    assert call.row is not None
    return await memory.again(call.engine, call.person, call.row)


async def _undo(call: Call) -> Turned:
    assert call.row is not None
    return await memory.undo(call.engine, call.person, call.row)


async def _advice(call: Call) -> Turned:
    assert call.row is not None
    return await turning.take(call.engine, call.standing, "Give me a straight answer.", None)


async def _help(call: Call) -> Turned:
    return await call.reply("**Commands**\n\n" + commands.help_text())


# What is loaded when it is first used is named within a function.
_HANDLERS: dict[str, Handler] = {
    "pick": _pick,
    "recommend": _recommend,
    "summary": _summary,
    "sessions": _list_sessions,
    "switch": _switch,
    "next": _next,
    "end": _end,
    "plan": _plan,
    "profile": _profile,
    "progress": _progress,
    "goal": lambda call: personal.goal(call),
    "checkin": lambda call: checking_in.checkin(call),
    "reminders": lambda call: checking_in.reminders(call),
    "log": lambda call: personal.log(call),
    "continue": _continue,
    "panel": _panel,
    "again": _again,
    "undo": _undo,
    "confirm": lambda call: personal.confirm(call),
    "correct": lambda call: personal.correct(call),
    "me": lambda call: personal.me(call),
    "link": lambda call: linking.link(call),
    "export": lambda call: personal.export(call),
    "advice": _advice,
    "forget": lambda call: personal.forget(call),
    "help": _help,
}
