"""Discord under the contract: the real discord.py at the local server, in direct messages."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Literal, cast

import discord

from bot.app import App
from bot.discord.components import handle_of
from bot.discord.places import direct_place
from bot.discord.running import DiscordPlatform
from bot.engine.engine import Engine
from bot.inbound import Inbound, Sender
from bot.inbox.service import Inbox
from bot.settings import Settings
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.contract.harness import Able, Accept, Place, Shown
from tests.discordserver.core import File
from tests.discordserver.driver import Driver
from tests.discordserver.person import Person
from tests.discordserver.server import Server
from tests.discordserver.world import Message

_POST = "POST /channels/.*/messages"
# What stands under a reply besides its choices.
_FOOT = frozenset({"part", "coaches", "up", "down", "again", "more", "stop"})


class _Ears:
    """Stands where the inbox does."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept

    async def accept(self, key: str, event: Inbound) -> bool:
        return bool(await self._accept(key, event))


class DiscordHarness:
    able: frozenset[Able] = frozenset({"retry", "edit", "delete", "busy", "cut"})
    long = 1700

    def __init__(self) -> None:
        self._server = Server()
        self._driver = Driver(self._server)
        self._people: dict[str, Person] = {}
        self._before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY

    async def start(self, accept: Accept) -> Any:
        await self._server.start()
        self._guild = self._driver.guild()
        self._folder = tempfile.TemporaryDirectory()
        self._database = Database(str(Path(self._folder.name) / "rocket.db"))
        await self._database.open()
        catalogue = Catalogue()
        engine = Engine(self._database, catalogue, voice=OfflineVoice())
        await engine.start()
        settings = Settings(
            discord_token=self._server.token,
            discord_api_url=self._server.api,
            discord_gateway_url=self._server.gateway.url,
        )
        app = App(catalogue, self._database, engine)
        self._platform = DiscordPlatform(app, settings, self._server.token)
        self._platform.desk.adapter.live._every_s = 0.0
        inbox = cast(Inbox, _Ears(accept))
        self._task = asyncio.create_task(self._platform.run(inbox))
        await self._server.until(lambda: self._platform.connected)
        return self._platform.adapter

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._platform.close()
        await self._database.close()
        await self._server.close()
        self._folder.cleanup()
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = self._before

    async def place(self, person: str, *, shared: bool = False) -> Place:
        if person not in self._people:
            self._people[person] = self._driver.user(person, self._guild)
        one = self._people[person]
        conversation = direct_place(str(one.direct.id)).conversation
        return Place(conversation, Sender("discord", "dm", str(one.id)))

    async def say(self, place: Place, text: str) -> str:
        return str(self._person(place).dm(text).id)

    async def rename(self, place: Place, name: str) -> None:
        """The person takes another name."""
        self._person(place).user.name = name

    async def give(self, place: Place, name: str, content: str) -> None:
        """The person puts a text file into the place."""
        self._person(place).dm("", files=(File(name, "text/plain", content.encode()),))

    async def edit(self, place: Place, message: str, text: str) -> None:
        self._server.advance(1.0)
        self._person(place).edit(self._message(place, message), text)
        await self._server.settled(0.02)

    async def delete(self, place: Place, message: str) -> None:
        self._person(place).delete(self._message(place, message))

    async def pick(self, place: Place, label: str) -> None:
        person = self._person(place)
        for one in reversed(self._sent(place)):
            for row in one.components:
                for made in row["components"]:
                    if made.get("label") == label:
                        person.click(one, label)
                        await self._server.settled(0.02)
                        return
                    if label in [entry["label"] for entry in made.get("options") or []]:
                        person.choose(one, made["custom_id"], label)
                        await self._server.settled(0.02)
                        return
        raise AssertionError(f"nothing to pick says {label}")

    async def again(self, place: Place, message: str) -> None:
        found = self._message(place, message)
        self._server.core.emit("MESSAGE_CREATE", dict(found.body))

    async def shown(self, place: Place) -> list[Shown]:
        return [
            Shown(
                one.content,
                tuple(_labels(one)),
                tuple(file["filename"] for file in one.body.get("attachments") or []),
            )
            for one in self._sent(place)
        ]

    async def next_call(self, fault: Literal["busy", "cut"]) -> None:
        if fault == "busy":
            self._server.faults.storm(_POST, wait=6.0)
        else:
            self._server.faults.fail(_POST, status=503, done=True)

    async def blind(self) -> None:
        raise NotImplementedError

    async def close(self, place: Place) -> None:
        raise NotImplementedError

    def _person(self, place: Place) -> Person:
        return next(one for one in self._people.values() if str(one.id) == place.sender.external_id)

    def _sent(self, place: Place) -> list[Message]:
        person = self._person(place)
        return [one for one in person.sees(person.direct) if one.author != person.id]

    def _message(self, place: Place, message: str) -> Message:
        return self._person(place).direct.messages[int(message)]


def _labels(message: Message) -> list[str]:
    found: list[str] = []
    for row in message.components:
        for one in row["components"]:
            handle = handle_of(str(one.get("custom_id")))
            if handle is not None and handle.what not in _FOOT:
                entries = one.get("options") or [one]
                found += [entry["label"] for entry in entries]
    return found
