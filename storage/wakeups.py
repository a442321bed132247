"""Wake-ups between workers: Postgres tells the others at once that there is work.

A wake-up may be lost (while the connection is down, or through a pooler that drops LISTEN), so they
only spare waiting; whoever listens looks for work from time to time on its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

from sqlalchemy import Connection, func, select

from storage.address import Address

CHANNEL = "rocket_inbox"
# Postgres refuses payloads of 8,000 bytes and more.
MAX_PAYLOAD = 7999
_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 5.0
# How often a silent connection is tried: one whose server vanished without a word looks idle.
_TRY_S = 30.0
_ANSWER_S = 10.0
_log = logging.getLogger(__name__)


def notify(connection: Connection, payload: str = "") -> None:
    """Wake the listeners when the transaction commits; on SQLite, do nothing.

    Equal payloads of one transaction arrive once.

    Raises:
        ValueError: the payload has more than 7,999 bytes.
    """
    if connection.dialect.name != "postgresql":
        return
    if len(payload.encode()) > MAX_PAYLOAD:
        raise ValueError("a wake-up carries an id, not a text")
    connection.execute(select(func.pg_notify(CHANNEL, payload)))


class Wakeups:
    """Listens on a connection of its own, for as long as the program runs.

    Args:
        address: of the database; see :attr:`storage.database.Database.address`.
    """

    def __init__(self, address: Address) -> None:
        self._address = address

    async def listen(self, on_wake: Callable[[str], None]) -> None:
        """Call ``on_wake(payload)`` for every wake-up, until cancelled; on SQLite, return at once.

        After each (re)connection ``on_wake("")`` is called, for something may have been missed. A
        database that is away is tried again for ever, first after 0.1 s and at last every 5 s.
        """
        if self._address.dialect != "postgresql":
            return
        from storage.postgres import DRIVER_ERRORS

        delay = _FIRST_DELAY_S
        while True:
            began = asyncio.Event()
            try:
                await self._hold(on_wake, began)
            except DRIVER_ERRORS as error:
                _log.warning("wake-ups of %s: %s", self._address.shown, type(error).__name__)
            if began.is_set():
                delay = _FIRST_DELAY_S
            # Workers must not all come back at the same moment.
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, _LONGEST_DELAY_S)

    async def _hold(self, on_wake: Callable[[str], None], began: asyncio.Event) -> None:
        """Listen on one connection until it is lost."""
        from storage.patience import to_the_end
        from storage.postgres import RawConnection, connect

        async def end(connection: RawConnection) -> None:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)

        def heard(_connection: object, _pid: int, _channel: str, payload: str) -> None:
            on_wake(payload)

        def ended(_connection: object) -> None:
            lost.set()

        lost = asyncio.Event()
        connection = await connect(self._address, wait_ms=0, patient=True)
        connection.add_termination_listener(ended)
        try:
            await connection.add_listener(CHANNEL, heard)
            began.set()
            on_wake("")
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _TRY_S)
                    return
                await connection.execute("SELECT 1", timeout=_ANSWER_S)
        finally:
            await to_the_end(end(connection))
