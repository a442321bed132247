"""Sessions of the gateway: what each asked for, what it was sent, and the socket it has now."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

from aiohttp import web

from tests.discordserver.errors import Json

# So many events of a session are kept for a RESUME.
_KEPT = 5000


class Intent(IntFlag):
    """What a session asks to be told."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    WEBHOOKS = 1 << 5
    PRESENCES = 1 << 8
    MESSAGES = 1 << 9
    TYPING = 1 << 11
    DIRECT = 1 << 12
    DIRECT_TYPING = 1 << 14
    CONTENT = 1 << 15


PRIVILEGED = Intent.MEMBERS | Intent.PRESENCES | Intent.CONTENT
# The highest bit that there is.
_LAST = 1 << 26

_NEEDS = {
    "MESSAGE_CREATE": (Intent.MESSAGES, Intent.DIRECT),
    "MESSAGE_UPDATE": (Intent.MESSAGES, Intent.DIRECT),
    "MESSAGE_DELETE": (Intent.MESSAGES, Intent.DIRECT),
    "TYPING_START": (Intent.TYPING, Intent.DIRECT_TYPING),
    "GUILD_MEMBER_ADD": (Intent.MEMBERS, 0),
    "GUILD_MEMBER_REMOVE": (Intent.MEMBERS, 0),
    "GUILD_MEMBER_UPDATE": (Intent.MEMBERS, 0),
    "WEBHOOKS_UPDATE": (Intent.WEBHOOKS, 0),
    "INTERACTION_CREATE": (0, 0),
    "GUILD_MEMBERS_CHUNK": (0, 0),
}


def wanted(event: str, intents: int, guild: int) -> bool:
    """Whether a session with these intents hears of such an event."""
    in_guild, direct = _NEEDS.get(event, (Intent.GUILDS, 0))
    need = in_guild if guild else direct
    return not need or bool(intents & need)


def valid(intents: Any) -> bool:
    return isinstance(intents, int) and 0 <= intents < _LAST << 1


class Socket:
    """One connection. What is sent goes out in order, by a task of its own."""

    def __init__(self, raw: web.WebSocketResponse, packed: bool) -> None:
        self._raw = raw
        self._pack = zlib.compressobj() if packed else None
        self._queue: asyncio.Queue[str | int] = asyncio.Queue()
        self._sending = False
        self._writer = asyncio.create_task(self._write())
        self.closed = False

    @property
    def busy(self) -> bool:
        return not self.closed and (self._sending or not self._queue.empty())

    def send(self, op: int, data: Any, seq: int | None = None, event: str | None = None) -> None:
        frame = {"op": op, "d": data, "s": seq, "t": event}
        self._queue.put_nowait(json.dumps(frame))

    def close(self, code: int) -> None:
        """Close after what was sent before."""
        self._queue.put_nowait(code)

    async def _write(self) -> None:
        while not self.closed:
            one = await self._queue.get()
            self._sending = True
            try:
                await self._put(one)
            except ConnectionError:
                self.closed = True
            finally:
                self._sending = False

    async def _put(self, one: str | int) -> None:
        if isinstance(one, int):
            self.closed = True
            await self._raw.close(code=one)
        elif self._pack is None:
            await self._raw.send_str(one)
        else:
            packed = self._pack.compress(one.encode()) + self._pack.flush(zlib.Z_SYNC_FLUSH)
            await self._raw.send_bytes(packed)

    async def stop(self) -> None:
        self.closed = True
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)


@dataclass(slots=True)
class Session:
    """What an IDENTIFY began. Without a socket, since ``left``, its events are kept."""

    id: str
    shard: int
    shards: int
    intents: int
    seq: int = 0
    sent: deque[tuple[int, str, Json]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    socket: Socket | None = None
    left: float = 0.0

    def covers(self, guild: int) -> bool:
        """Whether events of a guild are this shard's; those of no guild are the first one's."""
        return (guild >> 22) % self.shards == self.shard

    def dispatch(self, event: str, data: Json) -> None:
        self.seq += 1
        self.sent.append((self.seq, event, data))
        if self.socket is not None:
            self.socket.send(0, data, self.seq, event)

    def replay(self, after: int) -> int:
        """Send once more what came after a number; returns how many."""
        again = [one for one in self.sent if one[0] > after]
        for seq, event, data in again:
            assert self.socket is not None
            self.socket.send(0, data, seq, event)
        return len(again)
