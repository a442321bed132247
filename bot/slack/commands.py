"""The slash command, and what the shortcuts open: answered at once, to their person alone."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.errors import SlackApiError

from bot import commands
from bot.engine import menu
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import menus, reading, threads
from bot.slack.blocks import Block
from bot.slack.desk import Desk, Visit
from bot.slack.events import private
from bot.slack.markdown import mrkdwn
from bot.slack.places import Place
from bot.slack.reading import Payload
from bot.slack.threads import Start

Answer = dict[str, Any]
_QUOTED = 600


def told(text: str, blocks: list[Block] | None = None) -> Answer:
    """An answer that goes back with the acknowledgement."""
    answer: Answer = {"response_type": "ephemeral", "text": kit.cut(text, 3000)}
    return answer | {"blocks": blocks} if blocks else answer


class Commands:
    """Answers ``/coach …``; an in-session command typed here asks which session is meant."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def take(self, visit: Visit, text: str) -> Answer | None:
        """Run a slash command; returns what to show at once."""
        desk = self._desk
        if not allowed(desk, visit):
            return told(wording.NOT_FOR_YOU)
        parsed = commands.parse(f"/coach {text}".strip())
        name, argument = (parsed.name, parsed.argument) if parsed else ("pick", "")
        match name:
            case "pick":
                return self._menu(visit)
            case "help":
                shown = mrkdwn(commands.help_text(desk.command))
                return told(shown, [kit.section(shown)])
            case "recommend" if not argument:
                await open_view(visit, menus.recommend_modal())
                return None
            case "recommend":
                return self._recommended(visit, argument)
            case "" | "switch" if argument:
                return await self._named(visit, argument, name)
            case _:
                asked = parsed or commands.Parsed("pick", "")
                await private(desk, visit, asked)
                return None

    def _menu(self, visit: Visit) -> Answer:
        desk = self._desk
        shared = visit.channel if not visit.place.direct and may_start(desk, visit) else None
        rows = menus.coaches(desk.catalogue, channel=shared, command=desk.command)
        return told(menus.PICK, rows)

    def _recommended(self, visit: Visit, text: str) -> Answer:
        found = self._desk.engine.recommender.recommend(text)
        if found.unclear:
            rows = [kit.section(found.ask or menus.NOT_SURE)]
            return told(menus.NOT_SURE, [*rows, *menus.coaches(self._desk.catalogue)])
        rows = menus.recommended(self._desk.catalogue, found.ranking, text)
        return told("From what you wrote, these fit.", rows)

    async def _named(self, visit: Visit, words: str, name: str) -> Answer | None:
        """A coach's name starts a session; a misspelt command is asked back; else it is a text."""
        desk = self._desk
        key = menu.resolve(desk.catalogue, words)
        if key is not None:
            coach = desk.catalogue.coach(key)
            link = await threads.start(desk, visit, Start(coach))
            return told(started(coach.key, link, desk))
        near = commands.nearest(words) if len(words.split()) == 1 else None
        if near is not None or name == "switch":
            hint = f" Did you mean `{desk.command} {near}`?" if near else ""
            return told(f"There is no coach and no command “{kit.cut(words, 60)}”.{hint}")
        return self._recommended(visit, words)


class Shortcuts:
    """The global shortcut, and the one on a message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def start(self, visit: Visit) -> None:
        """Talk to a coach: the menu as a modal."""
        desk = self._desk
        rows = menus.coaches(desk.catalogue, command=desk.command)
        if not allowed(desk, visit):
            rows = [kit.section(wording.NOT_FOR_YOU)]
        await open_view(visit, kit.modal("menu", "Rocket Coach", rows))

    async def on_message(self, visit: Visit, message: Payload) -> None:
        """Coach me on this; in a session of one's own: its commands."""
        desk = self._desk
        if not allowed(desk, visit):
            await open_view(
                visit, kit.modal("menu", "Rocket Coach", [kit.section(wording.NOT_FOR_YOU)])
            )
            return
        thread = str(message.get("thread_ts") or message.get("ts") or "")
        place = Place(visit.workspace.tenant, visit.channel, thread)
        row = await desk.thread(place)
        if row is not None:
            person, _ = await desk.person(visit)
            if row["person_id"] == person and row["session"] is not None:
                await open_view(visit, command_modal(place))
                return
        text = reading.plain(str(message.get("text") or ""), visit.workspace.credentials.bot_user)
        own = text if message.get("user") == visit.user else ""
        metadata = json.dumps({"channel": visit.channel, "ts": str(message.get("ts") or "")})
        view = menus.coach_modal(desk.catalogue, text[:_QUOTED], own[:1400], metadata)
        await open_view(visit, view)


def command_modal(place: Place) -> Block:
    """The commands of a session as a menu, for threads, which take no slash command."""
    rows = [one for one in commands.COMMANDS if one.name != "recommend"]
    options = [kit.option(f"{one.name}: {one.help}", one.name) for one in rows]
    pick = kit.select("command", "Pick one", options)
    blocks: list[Block] = [
        {
            "type": "input",
            "block_id": "command",
            "label": kit.plain("What would you like?", 150),
            "element": pick,
        },
        kit.text_input("argument", "What goes with it, if anything", optional=True),
    ]
    return kit.modal(
        "command",
        "This session",
        blocks,
        submit="Go",
        metadata=json.dumps({"channel": place.channel, "thread": place.thread}),
    )


async def open_view(visit: Visit, view: Block) -> None:
    """Open a modal; where the three seconds are over, say so. Raises SlackApiError otherwise."""
    if not visit.trigger:
        return
    await visit.workspace.web.call("views.open", trigger_id=visit.trigger, view=view)


def allowed(desk: Desk, visit: Visit) -> bool:
    """Whether the operator lets this person in."""
    people = desk.settings.slack_people
    return not people or visit.user in people


def may_start(desk: Desk, visit: Visit) -> bool:
    """Whether a session may be started where the person is."""
    channels = desk.settings.slack_channels
    return visit.place.direct or not channels or visit.channel in channels


def started(coach: str, link: str | None, desk: Desk) -> str:
    """The sentence that leads to a session that was just started."""
    name = wording.title(desk.catalogue.coach(coach))
    where = f"<{link}|go there>" if link else "look at our direct messages"
    return wording.STARTED.format(coach=name, link=where)


async def try_open(visit: Visit, view: Block) -> bool:
    """As :func:`open_view`; returns whether it opened."""
    try:
        await open_view(visit, view)
    except SlackApiError:
        return False
    return bool(visit.trigger)
