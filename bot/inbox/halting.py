"""A person stops a reply, and the event comes to another worker than the one that writes it.

The wake-ups that all workers of one Postgres listen to carry it there. One that is lost (see
:mod:`storage.wakeups`) leaves the reply going on, and the person may stop it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Connection

from bot.inbox.contract import Adapter
from storage.clock import now
from storage.database import Database
from storage.inbox.answering import shown_elsewhere, worked_on_elsewhere
from storage.wakeups import notify

_HALT = "halt"


class Halting:
    """Passes on that a reply is to stop.

    Args:
        owner: this worker.
        busy_after_s: what is worked on for longer has been announced: there is something to stop.
    """

    def __init__(self, database: Database, owner: str, busy_after_s: float) -> None:
        self._database = database
        self._owner = owner
        self._announced = timedelta(seconds=busy_after_s)

    async def tell(self, conversation: str, key: str = "") -> None:
        """Have whoever writes a reply stop it.

        Args:
            key: of the reply; empty for whichever is being written in the conversation.

        Raises:
            StorageError: the others can't be told.
        """
        if self._database.dialect == "postgresql":
            words = f"{_HALT} {key} {conversation}"
            await self._database.write(lambda connection: notify(connection, words))

    async def could(self, conversation: str, *, shown: bool) -> bool:
        """Whether another worker is writing a reply that could be stopped.

        Args:
            shown: whether only one counts that shows already.

        Raises:
            StorageError: it can't be found out.
        """
        if self._database.dialect != "postgresql":
            return False

        def look(one: Connection) -> bool:
            me, at = self._owner, now(one)
            if shown_elsewhere(one, conversation, me, at):
                return True
            return not shown and worked_on_elsewhere(one, conversation, me, at, self._announced)

        return await self._database.read(look)


def hear(
    payload: str,
    adapters: Mapping[str, Adapter],
    wake: Callable[[], None],
    works_in: Callable[[str], bool],
) -> None:
    """Take what another worker told: to stop a reply, or that there may be something to do.

    Args:
        works_in: whether this worker is at what was written in a conversation.
    """
    if not payload.startswith(f"{_HALT} "):
        wake()
        return
    _, key, conversation = payload.split(" ", 2)
    adapter = adapters.get(conversation.partition(":")[0])
    if adapter is not None and (key or works_in(conversation)):
        adapter.halt(key, conversation)
