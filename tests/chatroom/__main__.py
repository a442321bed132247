"""Run the platform: ``python -m tests.chatroom [PORT]``; the first line printed is its address."""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.chatroom.server import Server


async def _main(port: int) -> None:
    server = Server()
    await server.start(port)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ended.set)
    print(server.address, flush=True)
    await ended.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
