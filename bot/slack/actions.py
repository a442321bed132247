"""Clicks: on replies, menus and the home tab."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from slack_sdk.errors import SlackApiError

from bot import commands
from bot.commands import Parsed
from bot.engine import menu
from bot.inbound import Choice, Command, Feedback
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import home, limits, menus, reading, render, summary, threads
from bot.slack.blocks import Block
from bot.slack.commands import allowed, may_start, started, try_open
from bot.slack.desk import Desk, Visit
from bot.slack.events import private
from bot.slack.markdown import escape
from bot.slack.places import Place, event_key
from bot.slack.reading import Payload
from bot.slack.threads import Start
from storage import platforms

_Way = Callable[[Visit, Payload, Payload], Awaitable[None]]


class Clicks:
    """Answers clicks: what changes a session goes to the inbox, the rest is shown at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ways: dict[str, _Way] = {
            render.PICK: self._pick,
            render.PICK_ONE: self._pick,
            render.FEEDBACK: self._feedback,
            render.AGAIN: self._again,
            render.MORE: self._more,
            menus.START: self._start,
            menus.START_HERE: self._start_here,
            menus.ASK_HERE: self._ask_here,
            menus.RECOMMEND: self._recommend,
            menus.RESUME: self._resume,
            menus.SUMMARY: self._summary,
            summary.SHARE: self._share,
            home.PICK: self._menu,
            home.EXPORT: self._export,
            home.PROFILE: self._profile,
            home.FORGET: self._forget,
        }

    async def take(self, visit: Visit, body: Payload) -> None:
        """Answer a ``block_actions`` payload.

        Raises:
            StorageError: it is not kept.
        """
        for action in reading.several(body, "actions"):
            name = str(action.get("action_id") or "").partition(":")[0]
            way = self._ways.get(name)
            if way is None:
                continue
            if not allowed(self._desk, visit):
                await self._desk.whisper(visit, wording.NOT_FOR_YOU)
                return
            one = replace(visit, id=f"{visit.id}:{action.get('action_ts', '')}")
            await way(one, action, body)

    # Replies --------------------------------------------------------------------------------------

    async def _pick(self, visit: Visit, action: Payload, body: Payload) -> None:
        choice = value_of(action)
        if not await self._mine(visit):
            return
        key = render.key_in(str(action.get("block_id") or ""))
        parsed = commands.parse(choice) if choice.startswith("/") else None
        if parsed is not None and parsed.name == "switch" and visit.thread:
            await self._switch(visit, parsed.argument)
        elif parsed is not None and parsed.name == "continue":
            await self._continue(visit, parsed.argument)
        elif choice in self._desk.catalogue.keys and await self._outside(visit):
            await self._begin(visit, choice)
        elif parsed is None and key and not await self._is_last(visit.place, key):
            await self._desk.whisper(visit, wording.STALE)
            return
        else:
            _, sender = await self._desk.person(visit)
            picked = Choice(visit.place.conversation, visit.id, sender, choice, datetime.now(UTC))
            await self._desk.accept(event_key(visit.place.tenant, "pick", visit.id), picked)
        self._desk.later(self._mark(visit, action, body))

    async def _outside(self, visit: Visit) -> bool:
        """Whether no session is here, so that picking a coach begins one."""
        row = await self._desk.thread(visit.place)
        return row is None or row["session"] is None

    async def _begin(self, visit: Visit, key: str) -> None:
        """Begin with a coach: below the question in direct messages, else in a new thread."""
        if not (visit.place.direct and visit.thread):
            await self._started(visit, key, "")
            return
        person, sender = await self._desk.person(visit)
        await self._desk.keep_thread(visit.place, person, key)
        # A choice of a menu may be an old one: the key says it in any case.
        asked = Command(
            visit.place.conversation, visit.id, sender, "switch", key, datetime.now(UTC)
        )
        await self._desk.accept(event_key(visit.place.tenant, "pick", visit.id), asked)

    async def _switch(self, visit: Visit, wanted: str) -> None:
        key = menu.resolve(self._desk.catalogue, wanted)
        if key is None:
            return
        row = await self._desk.thread(visit.place)
        await threads.switch(self._desk, visit, key, row["coach"] if row else None)

    async def _continue(self, visit: Visit, session: str) -> None:
        person, _ = await self._desk.person(visit)
        row = next((one for one in await self._desk.sessions(person) if one["id"] == session), None)
        if row is None:
            await self._desk.whisper(visit, wording.STALE)
            return
        link = await threads.resume(self._desk, visit, row)
        coach = row["coach"]
        if link is not None and threads.thread_of(row, visit.place.tenant) != visit.place:
            await self._desk.whisper(visit, started(coach, link, self._desk))

    async def _feedback(self, visit: Visit, action: Payload, body: Payload) -> None:
        parts = str(action.get("block_id") or "").split(":")
        if len(parts) < 3 or not await self._mine(visit):
            return
        _, sender = await self._desk.person(visit)
        value = 1 if value_of(action) == "1" else -1
        given = Feedback(visit.place.conversation, parts[2], sender, value, datetime.now(UTC))
        key = event_key(visit.place.tenant, "feedback", visit.id)
        if await self._desk.accept(key, given):
            await self._desk.whisper(replace(visit, response_url=None), wording.THANKS)

    async def _again(self, visit: Visit, action: Payload, _: Payload) -> None:
        key = render.key_in(str(action.get("block_id") or ""))
        if not await self._mine(visit):
            return
        if key and not await self._is_last(visit.place, key):
            await self._desk.whisper(visit, wording.STALE_AGAIN)
            return
        await self._command(visit, "again")

    async def _more(self, visit: Visit, action: Payload, _: Payload) -> None:
        name = value_of(action)
        if name not in commands.BY_NAME or not await self._mine(visit):
            return
        if commands.BY_NAME[name].in_session or visit.place.direct:
            await self._command(visit, name)
        else:
            await private(self._desk, visit, Parsed(name, ""))

    async def _command(self, visit: Visit, name: str, argument: str = "") -> None:
        _, sender = await self._desk.person(visit)
        asked = Command(
            visit.place.conversation, visit.id, sender, name, argument, datetime.now(UTC)
        )
        await self._desk.accept(event_key(visit.place.tenant, "command", visit.id), asked)

    async def _mine(self, visit: Visit) -> bool:
        """Whether the thread is the visitor's, or nobody's; else tells them."""
        if visit.place.direct or not visit.thread:
            return True
        row = await self._desk.thread(visit.place)
        if row is None:
            return True
        person, _ = await self._desk.person(visit)
        if row["person_id"] == person:
            return True
        owner = await self._desk.account(visit.place.tenant, row)
        name = f"<@{owner}>" if owner else "somebody else"
        plain = replace(visit, response_url=None)
        await self._desk.whisper(plain, wording.BUTTONS_NOT_YOURS.format(owner=name))
        return False

    async def _is_last(self, place: Place, key: str) -> bool:
        last = await self._desk.database.read(
            lambda one: platforms.last_reply_key(one, place.conversation)
        )
        return last is None or last == key

    async def _mark(self, visit: Visit, action: Payload, body: Payload) -> None:
        """Put what was picked in the place of the buttons."""
        message = reading.inner(body, "message")
        if not message or reading.inner(body, "container").get("is_ephemeral"):
            return
        picked = reading.inner(action, "selected_option") or action
        label = str(reading.inner(picked, "text").get("text") or "")
        shown: list[Block] = [
            kit.context(f"You picked: *{escape(label)}*")
            if block.get("block_id") == action.get("block_id")
            else dict(block)
            for block in reading.several(message, "blocks")
        ]
        mark = message.get("metadata")
        await visit.workspace.web.call(
            "chat.update",
            channel=visit.channel,
            ts=message["ts"],
            text=str(message.get("text") or label)[: limits.PART],
            blocks=shown,
            metadata=mark or None,
        )

    # Menus ----------------------------------------------------------------------------------------

    async def _start(self, visit: Visit, action: Payload, body: Payload) -> None:
        key, text = menus.read_value(value_of(action))
        await self._started(visit, key, text, reading.inner(body, "view"))

    async def _started(
        self, visit: Visit, key: str, text: str, view: Payload | None = None
    ) -> None:
        coach = self._desk.coach(key)
        if coach is None:
            return
        link = await threads.start(self._desk, visit, Start(coach, text=text))
        if link is None:
            return
        told = started(key, link, self._desk)
        if view and view.get("type") == "modal":
            await visit.workspace.web.call(
                "views.update",
                view_id=view["id"],
                view=kit.modal("done", "Rocket Coach", [kit.section(told)]),
            )
        elif view:
            self._desk.later(home.publish_soon(self._desk, visit))
        else:
            await self._desk.whisper(visit, told)

    async def _ask_here(self, visit: Visit, action: Payload, _: Payload) -> None:
        coach = self._desk.coach(value_of(action))
        if coach is None or not visit.channel:
            return
        if not may_start(self._desk, visit):
            await self._desk.whisper(visit, wording.NOT_HERE)
            return
        place = Place(visit.workspace.tenant, visit.channel)
        root = threads.root_blocks(Start(coach), place, visit.user)
        rows = menus.here(coach, place, visit.user, root)
        await self._desk.whisper(visit, f"Start with {coach.name} in this channel?", rows)

    async def _start_here(self, visit: Visit, action: Payload, _: Payload) -> None:
        coach = self._desk.coach(value_of(action))
        if coach is None:
            return
        if not may_start(self._desk, visit):
            await self._desk.whisper(visit, wording.NOT_HERE)
            return
        try:
            start = Start(coach, channel=visit.channel)
            link = await threads.start(self._desk, visit, start)
        except SlackApiError:
            told = f"I am not in <#{visit.channel}>. Invite me there, or start in private."
            await self._desk.whisper(visit, told)
            return
        if link is not None:
            await self._desk.whisper(visit, started(coach.key, link, self._desk))

    async def _menu(self, visit: Visit, _: Payload, body: Payload) -> None:
        rows = menus.coaches(self._desk.catalogue, command=self._desk.command)
        if not await try_open(visit, kit.modal("menu", "Rocket Coach", rows)):
            await self._desk.whisper(visit, menus.PICK, rows)

    async def _recommend(self, visit: Visit, _: Payload, body: Payload) -> None:
        view = reading.inner(body, "view")
        modal = menus.recommend_modal()
        if view.get("type") == "modal":
            await visit.workspace.web.call("views.push", trigger_id=visit.trigger, view=modal)
        elif not await try_open(visit, modal):
            await self._desk.whisper(visit, menus.NOT_SURE)

    async def _resume(self, visit: Visit, action: Payload, _: Payload) -> None:
        await self._continue(visit, value_of(action))
        if not visit.channel:
            await self._go_there(visit, value_of(action))

    async def _go_there(self, visit: Visit, session: str) -> None:
        """From the home tab, a session is reached by a link."""
        person, _ = await self._desk.person(visit)
        rows = {row["id"]: row for row in await self._desk.sessions(person)}
        if session not in rows:
            return
        place = threads.thread_of(rows[session], visit.workspace.tenant)
        link = await self._desk.link(place) if place is not None else None
        told = started(rows[session]["coach"], link, self._desk)
        await try_open(visit, kit.modal("done", "Rocket Coach", [kit.section(told)]))

    # The person's own -----------------------------------------------------------------------------

    async def _summary(self, visit: Visit, _: Payload, body: Payload) -> None:
        text, rows = await summary.blocks(self._desk, visit)
        if reading.inner(body, "view").get("type") == "home":
            shown = kit.modal("summary", "Your summary", rows)
            if await try_open(visit, shown):
                await private(self._desk, replace(visit, channel=""), Parsed("summary", ""))
            return
        await self._desk.whisper(visit, text, rows)

    async def _share(self, visit: Visit, _: Payload, body: Payload) -> None:
        view = await summary.share_modal(self._desk, visit)
        if reading.inner(body, "view").get("type") == "modal":
            await visit.workspace.web.call("views.push", trigger_id=visit.trigger, view=view)
        else:
            await try_open(visit, view)

    async def _export(self, visit: Visit, *_: Payload) -> None:
        await private(self._desk, visit, Parsed("export", ""))

    async def _profile(self, visit: Visit, *_: Payload) -> None:
        await private(self._desk, visit, Parsed("profile", ""))

    async def _forget(self, visit: Visit, *_: Payload) -> None:
        await private(self._desk, visit, Parsed("forget", "everything"))
        self._desk.later(home.publish_soon(self._desk, visit))


def value_of(action: Payload) -> str:
    """The value that was clicked or picked."""
    picked = reading.inner(action, "selected_option")
    return str(picked.get("value") or action.get("value") or "")


def metadata_of(view: Payload) -> dict[str, str]:
    """What a view carries."""
    try:
        return dict(json.loads(str(view.get("private_metadata") or "{}")))
    except ValueError:
        return {}
