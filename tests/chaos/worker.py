"""A worker: the real engine and inbox on a platform, as a process that can be killed.

``python -m tests.chaos.worker PLATFORM ADDRESS DATABASE LEASE_S MERGE SLOW``; says "ready" on
stdout. With SLOW, replies are worded slowly and shown while they grow.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from dataclasses import replace

from bot import app
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.settings import read_settings
from tests.chaos.scene import ATTACH
from tests.chaos.slow import SlowVoice

_START_AGAIN_S = 0.3


async def main(
    platform: str, address: str, database: str, lease_s: float, *, merge: bool, slow: bool
) -> None:
    """Work until SIGTERM; then end in order."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    options = Options(
        lease_s=lease_s, turns_a_minute=0, tenant_turns_a_minute=0, merge=merge, lanes=16
    )
    composed = await _compose(database)
    if slow:
        options = replace(options, stream_after_s=0.0)
        composed.engine.voice = SlowVoice()
    # Loading takes longer than a lease where many programs share few processors.
    composed.engine.recommender.recommend("I want to lead a team")
    try:
        async with ATTACH[platform](address, composed) as attached:
            inbox = Inbox(composed.database, composed.engine, [attached.adapter], options)
            inbox.start()
            taking = asyncio.create_task(attached.run(inbox))
            print("ready", flush=True)
            await ended.wait()
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            await inbox.stop()
    finally:
        await composed.close()


async def _compose(database: str) -> app.App:
    """Start; a database that is away just now is waited for, as a supervisor would."""
    from storage.errors import StorageError

    while True:
        try:
            return await app.start(read_settings(database))
        except StorageError as error:
            logging.warning("no database yet: %s", type(error).__name__)
            await asyncio.sleep(_START_AGAIN_S)


if __name__ == "__main__":
    logging.basicConfig(
        level="INFO", stream=sys.stderr, format="%(asctime)s %(process)d %(levelname)s %(message)s"
    )
    logging.getLogger("alembic").setLevel("WARNING")
    given = sys.argv[1:]
    asyncio.run(
        main(
            given[0],
            given[1],
            given[2],
            float(given[3]),
            merge=given[4] == "1",
            slow=given[5] == "1",
        )
    )
