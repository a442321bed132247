"""What the local platforms and providers share: a clock that tests move, and running alone."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from typing import Protocol, TypeVar


class MovedClock:
    """Seconds since 1970.

    Args:
        speed: how fast it goes by itself: 0 stands still until it is moved, 1 is real time.
    """

    def __init__(self, speed: float = 0.0) -> None:
        self._speed = speed
        self._start = time.time()
        self._from = time.monotonic()
        self._moved = 0.0
        self._last = 0

    def now(self) -> float:
        return self._start + self._moved + (time.monotonic() - self._from) * self._speed

    def advance(self, seconds: float) -> None:
        self._moved += seconds


class Local(Protocol):
    """A server of ours on this machine."""

    async def start(self, port: int = 0) -> None: ...

    async def close(self) -> None: ...


_Local = TypeVar("_Local", bound=Local)


def run_alone(server: Callable[[], _Local], address: Callable[[_Local], str]) -> None:
    """Run a server at the port of the command line, or a free one, until it is told to end."""

    async def main(port: int) -> None:
        made = server()
        await made.start(port)
        print(address(made), flush=True)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, ended.set)
        await ended.wait()
        await made.close()

    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
