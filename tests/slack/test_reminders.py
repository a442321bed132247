"""A step that was promised is asked about once, in the thread it was promised in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from storage.queries import Row, table
from tests.slack.house import House, replies, words
from tests.slack.test_threads import begun
from tests.slackserver.driver import Workspace

GOAL = "Run the stall alone"


async def _reminders(house: House) -> list[Row]:
    rows = table("inbox")
    return await house.app.database.read(
        lambda one: [
            dict(row) for row in one.execute(select(rows).where(rows.c.kind == "due")).mappings()
        ]
    )


async def _comes(house: House, reminder: Row) -> None:
    """It is the hour of a reminder: for the engine by its clock, for the inbox by its row."""
    due: datetime = reminder["due_at"]
    house.app.engine.clock = lambda: due + timedelta(seconds=1)
    rows, boxes = table("inbox"), table("mailbox")
    now = datetime.now(UTC)
    await house.app.database.write(
        lambda one: (
            one.execute(update(rows).where(rows.c.id == reminder["id"]).values(due_at=now)),
            one.execute(update(boxes).values(ready_at=now)),
        )
    )
    house.inbox.worker.wake()


async def test_it_is_asked_once_in_the_thread_and_answered_by_a_button(
    house: House, acme: Workspace
):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(f"/coach goal {GOAL} by Saturday", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    await house.rest()
    (reminder,) = await _reminders(house)
    assert reminder["due_at"] > datetime.now(UTC)
    await _comes(house, reminder)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    asked = replies(ann.sees(thread=root))[-1]
    assert GOAL in words(asked)
    assert "stop reminding me" in words(asked)
    ann.click(asked, "Done")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 4)
    await house.rest()
    # Whatever becomes of the row, there is no second nudge.
    assert [row for row in await _reminders(house) if row["settled_at"] is None] == []
    await _comes(house, reminder)
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 4
