"""Run it: ``python -m tests.slackserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"team": "T1", "user": "U1", "act": "dm", "args": {"text": "hi"}}``.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.slackserver.control import controlled


async def _main(port: int) -> None:
    server = controlled()
    await server.start(port)
    print(server.address, flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ended.set)
    await ended.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
