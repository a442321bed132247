"""Run it: ``python -m tests.modelserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"act": "next", "kind": "busy", "times": 2, "seconds": 1}``; see `Control`.
Set ``OPENAI_BASE_URL`` to the address with ``/v1``, ``OPENAI_API_KEY`` to `server.KEY` and
``MODEL`` to ``openai:coach-1``.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.modelserver.control import controlled


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
