"""The local Slack under faults: each person has direct messages, and a thread there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.app import App
from bot.settings import Settings
from bot.slack import catchup
from bot.slack.app import Slack
from bot.slack.history import EVENT_TYPE
from bot.slack.places import message_key
from tests.chaos.enduring import Enduring
from tests.chaos.entries import Entry
from tests.slackserver.driver import Workspace
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.server import APP_TOKEN, Server
from tests.slackserver.streams import end
from tests.slackserver.world import Channel, Message, Team

TEAM, TOKEN = "T1", "xoxb-T1-1"
# Slack's hour of retries, in seconds that a run takes.
_RETRIES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_ACK_S, _AGAIN_S = 2.0, 1.5
# Shares of all calls that a storm turns away, and of growing messages that it cuts at each look.
_STORM, _CUT, _CUT_EVERY_S = 0.8, 0.2, 0.1


class SlackScene:
    """Slack, in the process of the run; workers reach it over sockets."""

    def __init__(self) -> None:
        self._server = Server("socket", speed=1.0)
        self._roots: dict[str, Message] = {}
        self._log: list[Entry] = []
        self._more = asyncio.Condition()
        self._known: set[str] = set()
        self._last: dict[str, Outgoing] = {}
        self._repeat = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> str:
        await self._server.start()
        self._team = Workspace(self._server, TEAM, token=TOKEN)
        carrier, world = self._server.carrier, self._server.world
        carrier.retries_s, carrier.ack_s = _RETRIES_S, _ACK_S
        self._send, carrier.send = carrier.send, self._in_order
        self._tell, world._tell = world._tell, self._seen
        return self._server.api_url

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.close()

    async def join(self, person: str) -> None:
        self._team.user(_user(person))

    async def say(self, person: str, text: str) -> str:
        who = self._team.user(_user(person))
        # The first line begins the thread.
        said = who.dm(text, self._roots.get(person, ""))
        self._roots.setdefault(person, said)
        return said.ts

    async def log(self, start: int, wait: float) -> list[Entry]:
        if len(self._log) <= start and wait:
            try:
                async with asyncio.timeout(wait), self._more:
                    await self._more.wait()
            except TimeoutError:
                pass
        return self._log[start:]

    async def misbehave(self, *, rate: float, repeat: int) -> None:
        faults, self._repeat = self._server.faults, repeat
        faults.busy = faults.fail = faults.cut = faults.hang = rate / 4

    async def storm(self, seconds: float) -> None:
        faults, ends = self._server.faults, time.monotonic() + seconds
        before, faults.busy = faults.busy, _STORM
        try:
            while time.monotonic() < ends:
                await asyncio.sleep(_CUT_EVERY_S)
                for message in self._shown():
                    if message.streaming and faults.chance.random() < _CUT:
                        end(message, "errored")
        finally:
            faults.busy = before

    async def look_over(self) -> None:
        """A message without a mark is a reply that was begun and left: it shows beside another."""
        for message in self._shown():
            mark = message.metadata or {}
            ours = message.body.get("bot_id") and not message.only
            if ours and mark.get("event_type") is None:
                person = message.channel[1:].lower()
                keys = [one.key for one in self._log if one.person == person and one.key]
                key = keys[-1] if keys else message.ts
                self._put(Entry("posted", person, message.ts, message.text, key, 0, key))

    def _shown(self) -> list[Message]:
        team = self._server.world.teams[TEAM]
        return [one for channel in team.channels.values() for one in channel.messages.values()]

    async def brought(self) -> bool:
        return not self._server.carrier.pending and not self._tasks

    def event_key(self, person: str, message: str) -> str:
        return message_key(TEAM, f"D{_user(person)[1:]}", message)

    def person_of(self, conversation: str) -> str:
        return conversation.split(":")[2][1:].lower()

    # ----------------------------------------------------------------------------------------------

    def _in_order(self, outgoing: Outgoing) -> None:
        """One socket brings what one person writes in order; every event comes again later."""
        channel = str(outgoing.event.get("channel", ""))
        before = self._last.get(channel)
        self._last[channel] = outgoing
        self._do(self._after(before, outgoing))

    async def _after(self, before: Outgoing | None, outgoing: Outgoing) -> None:
        if before is not None:
            await before.done.wait()
        self._send(outgoing)
        await outgoing.done.wait()
        for _ in range(self._repeat if not outgoing.retry else 0):
            await asyncio.sleep(_AGAIN_S)
            again = Outgoing("events_api", outgoing.payload, outgoing.team, retry=1)
            self._send(again)
            await again.done.wait()

    def _do(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _seen(self, team: Team, channel: Channel, body: dict[str, Any]) -> None:
        """Note what is written; the app is told after that."""
        message = body.get("message") or body
        shown = channel.messages.get(str(message.get("ts", "")))
        if shown is not None:
            self._note(channel, shown)
        self._tell(team, channel, body)

    def _note(self, channel: Channel, message: Message) -> None:
        person = channel.id[1:].lower()
        if not message.body.get("bot_id"):
            if message.ts not in self._known:
                self._known.add(message.ts)
                self._put(Entry("said", person, message.ts, message.text, "", 0, ""))
            return
        mark = message.metadata or {}
        if mark.get("event_type") != EVENT_TYPE:
            return
        key, part = mark["event_payload"]["key"], mark["event_payload"]["part"]
        what = "edited" if message.ts in self._known else "posted"
        self._known.add(message.ts)
        self._put(Entry(what, person, message.ts, _text(message), key, part, key))

    def _put(self, entry: Entry) -> None:
        self._log.append(entry)
        self._do(self._wake())

    async def _wake(self) -> None:
        async with self._more:
            self._more.notify_all()


def _user(person: str) -> str:
    return f"U{person.upper()}"


def _text(message: Message) -> str:
    blocks = [one["text"] for one in message.blocks if one["type"] == "markdown"]
    return "\n".join(blocks) or message.text


@asynccontextmanager
async def attach(address: str, composed: App) -> AsyncIterator[Enduring]:
    """The real adapter in a worker."""
    settings = Settings(
        _env_file=None,
        slack_api_url=address,
        slack_bot_token=TOKEN,
        slack_app_token=APP_TOKEN,
    )
    # The local Slack sets no limits on reading history.
    catchup.BETWEEN_S = 0.05
    slack = Slack(composed, settings)
    try:
        yield Enduring(slack)
    finally:
        await slack.close()
