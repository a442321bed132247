"""Run it: ``python -m tests.discordserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"act": "say", "user": "ada", "args": {"text": "hi"}}``; see ``Control``.
Set ``DISCORD_API_URL`` to the address with ``/api/v10`` and ``DISCORD_GATEWAY_URL`` to
``ws://…/gateway``; the token is ``tests.discordserver.core.DEFAULT_TOKEN``.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.discordserver.control import controlled


async def _main(port: int) -> None:
    server = controlled()
    await server.start(port)
    print(server.core.address, flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ended.set)
    await ended.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
