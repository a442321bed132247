"""Slack under the contract: a thread of direct messages, and one of a channel."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Literal, cast

from bot import app
from bot.inbound import Inbound, Sender
from bot.inbox.door import Door
from bot.inbox.service import Inbox
from bot.settings import Settings
from bot.slack import limits
from bot.slack import places as slack
from bot.slack.app import Slack
from bot.slack.history import NOTE_TYPE
from bot.slack.post import SlackAdapter
from tests.contract.harness import Able, Accept, Place, Shown
from tests.slackserver.driver import Workspace
from tests.slackserver.server import APP_TOKEN, Server
from tests.slackserver.world import Message, elements_of

_OURS = {"again", "more", "feedback"}


class _Accepting:
    """Stands where the inbox stands."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self.door = Door()

    async def accept(self, key: str, event: Inbound) -> bool:
        return bool(await self._accept(key, event))


class SlackHarness:
    able: frozenset[Able] = frozenset(
        {"retry", "edit", "delete", "shared", "busy", "cut", "gone", "blind"}
    )
    long = limits.PART

    def __init__(self) -> None:
        self._server = Server("socket")
        self._folder = tempfile.TemporaryDirectory()
        self._said: dict[str, Message] = {}
        self._shared = ""

    async def start(self, accept: Accept) -> SlackAdapter:
        await self._server.start()
        self._team = Workspace(self._server, "T1")
        self._team.channel("C1", "U0ADA", "U0BOB")
        settings = Settings(
            _env_file=None,
            database_url=str(Path(self._folder.name) / "slack.db"),
            slack_api_url=self._server.api_url,
            slack_bot_token="xoxb-T1-1",
            slack_app_token=APP_TOKEN,
        )
        self._app = await app.start(settings)
        self._slack = Slack(self._app, settings)
        inbox = cast(Inbox, _Accepting(accept))
        self._running = asyncio.create_task(self._slack.run(inbox))
        async with asyncio.timeout(20):
            while not self._slack.connected:
                await asyncio.sleep(0.01)
        return self._slack.adapter

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._slack.close()
        await self._app.close()
        await self._server.close()
        self._folder.cleanup()
        self._server.check()

    async def place(self, person: str, *, shared: bool = False) -> Place:
        user, desk = f"U0{person.upper()}", self._slack.desk
        self._team.user(user)
        workspace = await desk.workspaces.of("T1")
        assert workspace is not None
        sender = await desk.people.sender(workspace, user)
        channel = "C1" if shared else self._team.user(user).im
        if not (shared and self._shared):
            root = await desk.say(workspace, slack.Place("T1", channel), "A session")
            made = slack.Place("T1", channel, root)
            await desk.keep_thread(made, await desk.engine.person(sender), None)
            if shared:
                self._shared = root
        else:
            made = slack.Place("T1", channel, self._shared)
        return Place(made.conversation, Sender(sender.platform, sender.tenant, user))

    async def say(self, place: Place, text: str) -> str:
        where = slack.place_of(place.conversation)
        said = self._person(place).say(where.channel, text, where.thread)
        self._said[said.ts] = said
        return said.ts

    async def rename(self, place: Place, name: str) -> None:
        """The person takes another name in their profile."""
        user = self._team.team.users[place.sender.external_id]
        user.name = user.real_name = name

    async def give(self, place: Place, name: str, content: str) -> None:
        """The person puts a text file into the place."""
        where = slack.place_of(place.conversation)
        self._person(place).upload(where.channel, name, content, where.thread)

    async def edit(self, place: Place, message: str, text: str) -> None:
        self._person(place).edit(self._said[message], text)

    async def delete(self, place: Place, message: str) -> None:
        self._person(place).delete(self._said[message])

    async def pick(self, place: Place, label: str) -> None:
        for message in reversed(self._replies(place)):
            for _, element in message.elements():
                if element.get("text", {}).get("text") == label:
                    self._person(place).click(message, label)
                    return
                for option in element.get("options", []):
                    if option["text"]["text"] == label and element["action_id"] not in _OURS:
                        self._person(place).choose(message, element["action_id"], label)
                        return
        raise AssertionError(f"nothing to pick says {label}")

    async def again(self, place: Place, message: str) -> None:
        self._team.again(self._said[message])

    async def shown(self, place: Place) -> list[Shown]:
        return [_shown(one) for one in self._replies(place)]

    async def next_call(self, fault: Literal["busy", "cut"]) -> None:
        if fault == "busy":
            self._server.faults.storm("chat.postMessage")
        else:
            self._server.faults.fails("chat.postMessage", done=True)

    async def blind(self) -> None:
        for method in ("conversations.replies", "conversations.history"):
            self._server.faults.refuses(method, "missing_scope", 99)

    async def close(self, place: Place) -> None:
        user = place.sender.external_id
        self._team.deactivate(user)
        for method in ("chat.postMessage", "chat.update", "conversations.replies"):
            self._server.faults.refuses(method, "channel_not_found", 99)
        self._server.faults.refuses("conversations.history", "channel_not_found", 99)

    def _person(self, place: Place):
        return self._team.user(place.sender.external_id)

    def _replies(self, place: Place) -> list[Message]:
        """What the app has shown the person there, or to them alone because of it."""
        where, person = slack.place_of(place.conversation), self._person(place)
        seen = person.sees(where.channel, where.thread)
        if not where.direct:
            seen = sorted([*seen, *person.sees()], key=lambda one: one.ts)
        ours = [one for one in seen if one.body.get("bot_id")]
        return [one for one in ours if (one.metadata or {}).get("event_type") != NOTE_TYPE]


def _shown(message: Message) -> Shown:
    texts: list[str] = []
    for block in message.blocks:
        told: Any = block.get("text")
        if block["type"] == "markdown":
            texts.append(block["text"].replace("**", ""))
        elif isinstance(told, dict):
            texts.append(told["text"])
        elif block["type"] == "context":
            texts += [one["text"] for one in block["elements"]]
    choices: list[str] = []
    for _, element in elements_of(message.blocks):
        if element["action_id"] in _OURS:
            continue
        if element["type"] == "button":
            choices.append(element["text"]["text"])
        choices += [one["text"]["text"] for one in element.get("options", [])]
    files = tuple(one["name"] for one in message.body.get("files", []))
    return Shown("\n".join(texts) or message.text, tuple(choices), files)
