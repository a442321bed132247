"""A mailbox of a linked person waits also for a claim of another that is not yet committed."""

from __future__ import annotations

import pytest

from storage import inbox
from storage.clock import now
from storage.database import Database
from tests.inbox.desk import Desk
from tests.inbox.test_linked import PAST, claim, linked


async def test_one_is_not_claimed_while_another_is_locked(desk: Desk) -> None:
    if desk.database.dialect == "sqlite":
        pytest.skip("on SQLite one writes at a time")
    ada, bob = await linked(desk)
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    other = Database(desk.database.address.target)
    await other.open()
    try:
        async with desk.database.transaction() as transaction:
            assert await transaction.run(lambda c: inbox.take_idle(c, [bob], "", now(c)))
            assert await claim(other, ada, "two") == []
        assert len(await claim(other, ada, "two")) == 1
    finally:
        await other.close()
