"""A person stops a reply, and the event comes to another worker than the one that writes it.

The wake-ups that all workers of one Postgres listen to carry it there. One that is lost (see
:mod:`storage.wakeups`) leaves the reply going on, and the person may stop it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.inbox.contract import Adapter
from storage.clock import now
from storage.database import Database
from storage.inbox.answering import shown_elsewhere, worked_on_elsewhere
from storage.wakeups import notify

_HALT = "halt"
# Older than this, what is worked on has been announced: there is something to stop.
_ANNOUNCED = timedelta(seconds=1)


class Halting:
    """Passes on that a reply is to stop.

    Args:
        owner: this worker.
    """

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

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
        me = self._owner
        return await self._database.read(
            lambda one: (
                shown_elsewhere(one, conversation, me, now(one))
                if shown
                else worked_on_elsewhere(one, conversation, me, now(one), _ANNOUNCED)
            )
        )


def hear(payload: str, adapters: Mapping[str, Adapter], wake: Callable[[], None]) -> None:
    """Take what another worker told: to stop a reply, or that there may be something to do."""
    if not payload.startswith(f"{_HALT} "):
        wake()
        return
    _, key, conversation = payload.split(" ", 2)
    adapter = adapters.get(conversation.partition(":")[0])
    if adapter is not None:
        adapter.halt(key, conversation)
