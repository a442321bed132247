"""The platform as its people, and whoever arranges its faults, see it."""

from __future__ import annotations

from typing import Any, Self

import aiohttp


class People:
    """A client for everybody who writes in the chatroom. Use as an async context manager."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def join(self, person: str, channel: str, tenant: str = "t1") -> None:
        await self._post(f"/people/{person}/join", channel=channel, tenant=tenant)

    async def say(self, person: str, channel: str, text: str) -> str:
        """Returns the id of the message."""
        return (await self._post(f"/people/{person}/say", channel=channel, text=text))["id"]

    async def command(self, person: str, channel: str, name: str, argument: str = "") -> None:
        given = {"channel": channel, "name": name, "argument": argument}
        await self._post(f"/people/{person}/command", **given)

    async def change(self, person: str, channel: str, message: str, text: str) -> None:
        given = {"channel": channel, "message": message, "text": text}
        await self._post(f"/people/{person}/change", **given)

    async def remove(self, person: str, channel: str, message: str) -> None:
        await self._post(f"/people/{person}/remove", channel=channel, message=message)

    async def pick(self, person: str, channel: str, message: str, choice: str) -> None:
        given = {"channel": channel, "message": message, "choice": choice}
        await self._post(f"/people/{person}/pick", **given)

    async def seen(self, person: str, channel: str) -> list[dict[str, Any]]:
        """What the person sees there, in order."""
        return await self._get(f"/people/{person}/seen/{channel}")

    async def again(self, event: str) -> None:
        """Have an event, named by itself or its message, brought once more."""
        await self._post(f"/events/{event}/again")

    async def close_channel(self, channel: str) -> None:
        await self._post(f"/channels/{channel}/close")

    async def faults(self, **values: Any) -> None:
        await self._post("/faults", **values)

    async def log(self, start: int, wait: float = 0.0) -> list[dict[str, Any]]:
        """The platform's log from an entry on; waits for more where there is nothing yet."""
        return await self._get(f"/log?from={start}&wait={wait}")

    async def state(self) -> dict[str, Any]:
        return await self._get("/state")

    async def _post(self, path: str, **given: Any) -> Any:
        assert self._http is not None
        async with self._http.post(self._address + path, json=given) as answer:
            body = await answer.json()
            assert answer.status == 200, (path, body)
            return body

    async def _get(self, path: str) -> Any:
        assert self._http is not None
        async with self._http.get(self._address + path) as answer:
            assert answer.status == 200, path
            return await answer.json()
