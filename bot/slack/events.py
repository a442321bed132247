"""Messages: read, routed (bot/slack/routing.py) and handed to the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from bot import commands
from bot.commands import Parsed
from bot.engine import menu
from bot.inbound import Command, Delete, Edit, Message, Sender
from bot.platforms import wording
from bot.platforms.stopping import says_stop
from bot.slack import blocks as kit
from bot.slack import files, menus, reading, threads
from bot.slack.catchup import Missed
from bot.slack.desk import Desk, Visit
from bot.slack.markdown import mrkdwn
from bot.slack.places import Place, event_key, message_key, time_of
from bot.slack.reading import Payload
from bot.slack.routing import Route, Situation, route
from bot.slack.workspaces import Workspace
from storage.queries import Row

_NAME_WORDS = 3


class Messages:
    """Takes what is written, changed and deleted where the app can read along.

    Attributes:
        missed: what was written while nobody listened.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.missed = Missed(desk, self._take)
        # What one person writes is taken in the order in which it came.
        self._lines: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def take(self, workspace: Workspace, event: Payload) -> None:
        """Take a ``message`` or ``app_mention`` event.

        Raises:
            StorageError: it is not kept: Slack must send it again.
        """
        before = reading.inner(event, "previous_message")
        user = str(event.get("user") or before.get("user") or "")
        line = self._lines.setdefault((workspace.tenant, user), asyncio.Lock())
        async with line:
            channel = Place(workspace.tenant, str(event.get("channel") or ""))
            thread = replace(channel, thread=str(event.get("thread_ts") or ""))
            await self.missed.before(workspace, channel, thread)
            await self._take(workspace, event)

    async def _take(self, workspace: Workspace, event: Payload) -> None:
        if reading.changed(event):
            await self._changed(workspace, event)
        elif reading.spoken(event, workspace.credentials.bot_user):
            home = await self._home(workspace, event)
            if home is not None:
                await self._spoken(home, event)

    async def _home(self, workspace: Workspace, event: Payload) -> Workspace | None:
        """The sender's own workspace, which alone answers; None where it has no app."""
        team, known = reading.senders_team(event), workspace.credentials
        if team is None or team in {known.team, known.tenant}:
            return workspace
        if known.team is None:
            who = await self._desk.people.known(workspace, str(event["user"]))
            if who.enterprise in {None, known.enterprise}:
                return workspace
        return await self._desk.workspaces.of(team)

    async def _spoken(self, workspace: Workspace, event: Payload) -> None:
        desk, bot_user = self._desk, workspace.credentials.bot_user
        channel, ts = str(event["channel"]), str(event["ts"])
        direct = reading.is_direct(event)
        below = str(event.get("thread_ts") or "")
        threaded = bool(below) and below != ts
        key = message_key(workspace.tenant, channel, ts)
        thread = below if threaded else ts if direct else ""
        visit = Visit(workspace, str(event["user"]), channel, key, thread)
        called = reading.mentions(event, bot_user)
        if not direct and not called and not threaded:
            return
        if direct:
            desk.people.note_direct(workspace.tenant, visit.user, channel)
        if desk.settings.slack_people and visit.user not in desk.settings.slack_people:
            if (direct or called) and await desk.once("closed", workspace.tenant, visit.user):
                await desk.whisper(visit, wording.NOT_FOR_YOU)
            return
        text = reading.plain(str(event.get("text") or ""), bot_user)
        here = Situation(direct, threaded, called)
        here, visit = await self._situation(visit, text, here)
        where = route(here)
        if where in {"turn", "take_up", "go_on", "ask"}:
            text = await self._with_files(visit, event, text)
            if text is None:
                return
        await self._go(visit, here, where, text)

    async def _situation(self, visit: Visit, text: str, here: Situation) -> tuple[Situation, Visit]:
        desk, place = self._desk, visit.place
        stops = says_stop(text)
        here = replace(
            here,
            command=commands.parse(self._as_table(text)),
            says_stop=stops,
            writing=stops and await desk.is_writing(place),
        )
        if not (here.direct or here.threaded):
            return here, visit
        now = await desk.standing(visit)
        visit = replace(visit, known=now.person is not None)
        row = now.thread
        if here.threaded and row is not None:
            mine = row["person_id"] == now.person
            here = replace(
                here,
                owner="self" if mine else "other",
                session=mine and row["session"] is not None,
                coach=row["coach"],
            )
        if here.direct and not here.session:
            few = len(text.split()) <= _NAME_WORDS
            named = few and menu.resolve(desk.catalogue, text, exact=True) is not None
            here = replace(here, names_coach=named, last_open=now.open)
        return here, visit

    def _as_table(self, text: str) -> str:
        """The operator may have renamed the command; in a message it may be typed either way."""
        renamed = self._desk.command
        if renamed != "/coach" and text.casefold().startswith(renamed):
            return "/coach" + text[len(renamed) :]
        return text

    async def _go(self, visit: Visit, here: Situation, where: Route, text: str) -> None:
        ways: dict[Route, Callable[[], Awaitable[object]]] = {
            "turn": lambda: self._say(visit, text),
            "ask": lambda: self._ask(visit, text),
            "take_up": lambda: self._take_up(visit, here, text),
            "go_on": lambda: self._go_on(visit, text),
            "switch": lambda: self._switch(visit, here, text),
            "stop": lambda: self._desk.stop(visit.place),
        }
        if where in ways:
            await ways[where]()
            return
        if where == "ignore" or not await self._desk.once("seen", visit.id):
            return
        if where == "not_yours":
            await self._not_yours(visit)
        elif where == "offer":
            await self.offer(visit, text)
        elif where == "whisper":
            await self._whisper(visit, here.command)
        elif where == "private" and here.command is not None:
            await private(self._desk, visit, here.command)

    # Ways -----------------------------------------------------------------------------------------

    async def _say(self, visit: Visit, text: str) -> None:
        sender = await self._sender(visit)
        ts = visit.id.rpartition(":")[2]
        said = Message(visit.place.conversation, ts, sender, self._as_table(text), time_of(ts))
        await self._desk.accept(visit.id, said)

    async def _sender(self, visit: Visit) -> Sender:
        """Who wrote; about people we know Slack is asked beside the work, not before it."""
        people, tenant = self._desk.people, visit.workspace.tenant
        if not visit.known:
            return await self._desk.newcomer(visit)
        if people.due(tenant, visit.user):
            self._desk.later(people.ask_again(visit.workspace, visit.user))
        return people.sender_known(tenant, visit.user)

    async def _ask(self, visit: Visit, text: str) -> None:
        """What is asked outside a session is answered below the question."""
        await self._say(visit, text)
        self._desk.later(self._desk.note_question(visit))

    async def _take_up(self, visit: Visit, here: Situation, text: str) -> None:
        """Somebody writes in a thread whose session went on elsewhere, or ended."""
        person, _ = await self._desk.person(visit)
        rows = [row for row in await self._desk.sessions(person) if row["coach"] == here.coach]
        mine = [row for row in rows if row["conversation"] == visit.place.conversation]
        found = next((row for row in rows if row["status"] != "ended"), None)
        session: Row | None = found or next(iter(mine), None)
        if session is None or self._desk.coach(session["coach"]) is None:
            await self._ask(visit, text)
            return
        await threads.go_on(self._desk, visit, visit.id, session)
        await self._say(visit, text)

    async def _go_on(self, visit: Visit, text: str) -> None:
        person, _ = await self._desk.person(visit)
        session = threads.last_open(await self._desk.sessions(person))
        if session is not None:
            await threads.go_on(self._desk, visit, visit.id, session)
        await self._say(visit, text)

    async def _switch(self, visit: Visit, here: Situation, text: str) -> None:
        wanted = here.command.argument if here.command is not None else ""
        key = menu.resolve(self._desk.catalogue, wanted)
        if key is None or key == here.coach:
            # The engine names the nearest coach, or says that this is the one.
            await self._say(visit, text)
            return
        await threads.switch(self._desk, visit, key, here.coach)

    async def _not_yours(self, visit: Visit) -> None:
        desk, place = self._desk, visit.place
        if not await desk.once("not_yours", place.conversation, visit.user):
            return
        row = await desk.thread(place)
        owner = await self._owner(visit, row)
        text = wording.NOT_YOURS.format(owner=owner, command=f"`{desk.command}`")
        await desk.whisper(visit, text, [kit.section(text)])

    async def _owner(self, visit: Visit, row: Row | None) -> str:
        account = await self._desk.account(visit.workspace.tenant, row)
        return f"<@{account}>" if account else "somebody"

    async def offer(self, visit: Visit, text: str) -> None:
        """The menu, or coaches that fit what was written, for one person's eyes."""
        desk = self._desk
        lead = kit.section(wording.MENTIONED)
        found = desk.engine.recommender.recommend(text) if len(text.split()) > 1 else None
        if found is not None and not found.unclear:
            rows = menus.recommended(desk.catalogue, found.ranking, text)
        else:
            rows = menus.coaches(desk.catalogue, command=desk.command)
        await desk.whisper(visit, wording.MENTIONED, [lead, *rows])

    async def _whisper(self, visit: Visit, command: Parsed | None) -> None:
        desk = self._desk
        if command is not None and command.name == "help":
            text = commands.help_text(desk.command)
            await desk.whisper(visit, mrkdwn(text), [kit.section(mrkdwn(text))])
            return
        await self.offer(visit, command.argument if command is not None else "")

    # Files, changes -------------------------------------------------------------------------------

    async def _with_files(self, visit: Visit, event: Payload, text: str) -> str | None:
        """The words with those of text files; None when nothing is left to be read."""
        found: list[dict[str, Any]] = event.get("files") or []
        if not found:
            shows_only = not text and (event.get("attachments") or event.get("blocks"))
            if shows_only and not reading.mentions(event, visit.workspace.credentials.bot_user):
                await self._note(visit, (wording.PICTURE,))
                return None
            return text
        read = await files.read(
            self._desk.workspaces.session, visit.workspace.credentials.token, found
        )
        await self._note(visit, read.notes)
        whole = "\n\n".join(part for part in (text, read.text) if part)
        return whole or None

    async def _note(self, visit: Visit, notes: tuple[str, ...]) -> None:
        if notes and await self._desk.once("files", visit.id):
            said = "\n".join(notes)
            self._desk.later(self._desk.say(visit.workspace, visit.place, said))

    async def _changed(self, workspace: Workspace, event: Payload) -> None:
        now, gone = reading.edited(event), reading.deleted(event)
        is_edit = event.get("subtype") == "message_changed"
        message = now if is_edit else gone
        if message is None:
            return
        channel, ts = str(event["channel"]), str(message["ts"])
        thread = str(message.get("thread_ts") or ts)
        place = Place(workspace.tenant, channel, thread)
        if not reading.is_direct(event) and await self._desk.thread(place) is None:
            return
        sender = await self._desk.people.sender(workspace, str(message["user"]))
        key = message_key(workspace.tenant, channel, ts)
        at = time_of(str(event.get("event_ts") or event.get("ts") or ts))
        if is_edit:
            stamp = str(reading.inner(message, "edited").get("ts") or event.get("event_ts"))
            text = reading.plain(str(message.get("text") or ""), workspace.credentials.bot_user)
            change = Edit(place.conversation, ts, sender, text, at)
            await self._desk.accept(f"{key}:edit:{stamp}", change)
        else:
            await self._desk.accept(f"{key}:deleted", Delete(place.conversation, ts, sender, at))


async def private(desk: Desk, visit: Visit, command: Parsed) -> None:
    """Run a command whose answer is for its person alone: it lies in direct messages."""
    sender = await desk.people.sender(visit.workspace, visit.user)
    channel = await desk.people.direct(visit.workspace, visit.user)
    place = Place(visit.workspace.tenant, channel)
    asked = Command(
        place.conversation, visit.id, sender, command.name, command.argument, time_of("")
    )
    await desk.accept(event_key(place.tenant, "command", visit.id), asked)
    if visit.channel != channel:
        text = wording.IN_DIRECT.format(link=direct_link(visit.workspace.tenant, channel))
        rows = [kit.section(text)]
        if command.name == "summary":
            rows.append(kit.actions([kit.button("Show it here, to me alone", menus.SUMMARY)]))
        await desk.whisper(visit, text, rows)


def direct_link(tenant: str, channel: str) -> str:
    """Where Slack's clients show the direct messages with the app."""
    return f"<https://slack.com/app_redirect?team={tenant}&channel={channel}|direct messages>"
