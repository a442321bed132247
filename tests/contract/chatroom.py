"""The chatroom under the contract."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

from bot.inbound import Sender
from tests.chatroom.adapter import PLATFORM, Chatroom
from tests.chatroom.people import People
from tests.chatroom.room import MAX_TEXT
from tests.chatroom.server import Server
from tests.contract.harness import Able, Accept, Place, Shown


class ChatroomHarness:
    able: frozenset[Able] = frozenset(
        {"retry", "edit", "delete", "shared", "busy", "cut", "gone", "blind"}
    )
    long = MAX_TEXT

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._server = Server()
        self._listening: asyncio.Task[None] | None = None

    async def start(self, accept: Accept) -> Chatroom:
        await self._server.start()
        self._people = await self._stack.enter_async_context(People(self._server.address))
        adapter = await self._stack.enter_async_context(Chatroom(self._server.address))
        self._listening = asyncio.create_task(adapter.listen(accept))
        return adapter

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._stack.aclose()
        await self._server.close()

    async def place(self, person: str, *, shared: bool = False) -> Place:
        channel = "c-all" if shared else f"c-{person}"
        await self._people.join(person, channel, "t1")
        return Place(f"{PLATFORM}:t1:{channel}:main", Sender(PLATFORM, "t1", person))

    async def say(self, place: Place, text: str) -> str:
        return await self._people.say(_person(place), _channel(place), text)

    async def edit(self, place: Place, message: str, text: str) -> None:
        await self._people.change(_person(place), _channel(place), message, text)

    async def delete(self, place: Place, message: str) -> None:
        await self._people.remove(_person(place), _channel(place), message)

    async def pick(self, place: Place, label: str) -> None:
        for line in reversed(await self._people.seen(_person(place), _channel(place))):
            for choice in line["choices"]:
                if choice["label"] == label:
                    await self._people.pick(
                        _person(place), _channel(place), line["id"], choice["id"]
                    )
                    return
        raise AssertionError(f"nothing to pick says {label}")

    async def again(self, place: Place, message: str) -> None:
        await self._people.again(message)

    async def shown(self, place: Place) -> list[Shown]:
        return [
            Shown(
                line["text"],
                tuple(one["label"] for one in line["choices"]),
                tuple(one["name"] for one in line["files"]),
            )
            for line in await self._people.seen(_person(place), _channel(place))
            if line["author"] == "bot"
        ]

    async def next_call(self, fault: Literal["busy", "cut"]) -> None:
        await self._people.faults(next=[fault])

    async def blind(self) -> None:
        await self._people.faults(blind=True)

    async def close(self, place: Place) -> None:
        await self._people.close_channel(_channel(place))


def _person(place: Place) -> str:
    return place.sender.external_id


def _channel(place: Place) -> str:
    return place.conversation.split(":")[2]
