"""Plays an answer to the client, piece by piece, with what is to go wrong in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from aiohttp import web

from tests.modelserver.faults import Fault
from tests.modelserver.log import Asked
from tests.modelserver.speech import Json, Said
from tests.modelserver.wires import Script

_PACKET_S = 0.004
_BAD_JSON = b'data: {"id": "chatcmpl-1", "choices": [{"delta": {"content": \n\n'


class Player:
    """One answer.

    Attributes:
        response: what was sent; there once something was played.
    """

    response: web.StreamResponse

    def __init__(
        self, http: web.Request, asked: Asked, fault: Fault | None, first_s: float, whole_s: float
    ) -> None:
        self._http = http
        self._asked = asked
        self._fault = fault
        self._first_s = first_s
        self._whole_s = max(whole_s, first_s)

    async def whole(self, body: Json) -> None:
        """An answer in one piece."""
        data = json.dumps(body, ensure_ascii=False).encode()
        await asyncio.sleep(self._whole_s)
        self._asked.first = asyncio.get_running_loop().time()
        fault = self._fault
        self.response = web.StreamResponse()
        self.response.content_type = "application/json"
        self.response.content_length = len(data)
        await self.response.prepare(self._http)
        if fault is None or fault.kind == "trickle":
            await self._finish(data)
            return
        await self.response.write(data[: len(data) // 2])
        fault.reached.set()
        if fault.kind == "hold":
            await fault.released.wait()
            await self._finish(data[len(data) // 2 :])
            return
        if fault.kind in {"stall", "stall_first"}:
            await fault.released.wait()
        self._drop()

    async def _finish(self, data: bytes) -> None:
        await self.response.write(data)
        await self.response.write_eof()
        self._asked.outcome = "whole"

    async def stream(self, content_type: str, script: Script, said: Said, broken: bytes) -> None:
        """An answer as it is made."""
        self.response = web.StreamResponse()
        self.response.headers["Content-Type"] = content_type
        self.response.headers["Cache-Control"] = "no-cache"
        self.response.enable_chunked_encoding()
        await self.response.prepare(self._http)
        await self._send(script.head)
        if self._fault is not None and self._fault.kind == "stall_first":
            await self._stall()
        before, after = self._parted(script)
        await self._pieces(before, 0, len(script.middle))
        if self._fault is not None and not await self._go_wrong(script, broken):
            return
        await self._pieces(after, len(before), len(script.middle))
        await self._send(script.tail(said.finish))
        await self.response.write_eof()
        self._asked.outcome = "whole"

    def _parted(self, script: Script) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """What comes before the fault sets in, and what would come after."""
        pieces, fault = [data for data, _ in script.middle], self._fault
        if fault is None:
            return pieces, ()
        if fault.after:
            told = ""
            for number, (_, text) in enumerate(script.middle, start=1):
                told += text
                if fault.after in told:
                    return pieces[:number], pieces[number:]
        return pieces[: len(pieces) // 2], pieces[len(pieces) // 2 :]

    async def _pieces(self, pieces: Sequence[bytes], before: int, of: int) -> None:
        """Some of the pieces, each when it is due; ``before`` have gone, ``of`` there are."""
        clock, fault = asyncio.get_running_loop().time, self._fault
        spread = self._whole_s - self._first_s
        for number, piece in enumerate(pieces, start=before):
            due = self._asked.began + self._first_s + spread * number / max(of - 1, 1)
            if fault and fault.kind == "trickle":
                due = clock() + fault.seconds
            # As over a real network, several tokens may come in one packet.
            if due - clock() > _PACKET_S:
                await asyncio.sleep(due - clock())
            await self.response.write(piece)
            if self._asked.first is None:
                self._asked.first = clock()
            self._asked.stamps.append(clock())

    async def _send(self, pieces: Sequence[bytes]) -> None:
        for piece in pieces:
            await self.response.write(piece)

    async def _go_wrong(self, script: Script, broken: bytes) -> bool:
        """Does what the fault says; whether the answer goes on."""
        fault = self._fault
        assert fault is not None
        fault.reached.set()
        match fault.kind:
            case "trickle":
                return True
            case "hold":
                await fault.released.wait()
                return True
            case "stall":
                await self._stall()
            case "drop":
                self._drop()
            case "length":
                await self._end(script.tail("length"))
            case "filtered":
                await self._end(script.tail("content_filter"))
            case "error":
                await self._end([broken])
            case "garbled":
                await self._end([_BAD_JSON, *script.tail("stop")])
            case "half_utf8":
                await self._end([_halved(script), *script.tail("stop")])
            case _:
                await self._end([])
        return False

    async def _end(self, pieces: Sequence[bytes]) -> None:
        await self._send(pieces)
        await self.response.write_eof()
        self._asked.outcome = "faulty"

    async def _stall(self) -> None:
        assert self._fault is not None
        self._fault.reached.set()
        await self._fault.released.wait()
        self._drop()

    def _drop(self) -> None:
        if self._http.transport is not None:
            self._http.transport.abort()
        raise ConnectionResetError("told to break the connection")


def _halved(script: Script) -> bytes:
    """A piece whose text is the first byte of a character."""
    data, text = next(((data, text) for data, text in script.middle if text.strip()), (b"", ""))
    told = json.dumps(text, ensure_ascii=False).encode()
    return data.replace(told, b'"' + "é".encode()[:1] + b'"', 1)
