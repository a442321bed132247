"""The worker processes of a run, and what is done to them."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from tests.postgres import ROOT

_READY_S = 60.0
_END_S = 60.0


class Crew:
    """Workers that run the same words; each writes to a log of its own in ``folder``."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._words = [sys.executable, "-m", "tests.chaos.worker", *words]
        self._folder = folder
        self._started = 0
        self._ready: dict[Process, asyncio.Task[bytes]] = {}
        self.workers: list[Process] = []

    async def add(self, *, wait: bool = False) -> Process:
        """Start one more.

        Args:
            wait: until it says that it is ready.
        """
        self._started += 1
        with (self._folder / f"worker{self._started:03}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *self._words, cwd=ROOT, stdin=DEVNULL, stdout=PIPE, stderr=log
            )
        self.workers.append(process)
        assert process.stdout is not None
        self._ready[process] = asyncio.create_task(process.stdout.readline())
        if wait:
            await self.ready(process)
        return process

    async def ready(self, process: Process) -> None:
        """Wait until it says so."""
        said = await asyncio.wait_for(asyncio.shield(self._ready[process]), _READY_S)
        assert said == b"ready\n", "a worker did not start"

    async def kill(self, process: Process) -> None:
        """SIGKILL: no last word."""
        process.kill()
        await process.wait()
        self.workers.remove(process)

    async def freeze(self, process: Process, seconds: float) -> None:
        """SIGSTOP, and on again after a while, as if nothing had been."""
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    async def terminate(self, process: Process) -> None:
        """SIGTERM: it ends in order."""
        self.workers.remove(process)
        process.terminate()
        code = await asyncio.wait_for(process.wait(), _END_S)
        assert code == 0, f"a worker ended with {code}"

    async def end(self) -> None:
        """End all."""
        for process in list(self.workers):
            await self.terminate(process)

    async def clear(self) -> None:
        """Leave none behind, whatever happened."""
        for process in list(self.workers):
            await self.kill(process)

    def said(self) -> str:
        """What the logs hold of warnings and worse."""
        lines = [
            f"{log.name}: {line}"
            for log in sorted(self._folder.glob("worker*.log"))
            for line in log.read_text("utf-8", "replace").splitlines()
            if " INFO " not in line
        ]
        return "\n".join(lines)
