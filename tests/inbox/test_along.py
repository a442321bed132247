"""On SQLite an event that finds a free lane is claimed in the commit that stores it."""

from __future__ import annotations

import asyncio

import pytest

from bot.inbox.worker import Worker
from storage.errors import StorageError
from tests.inbox.desk import Desk, until


async def holders(desk: Desk) -> list[str | None]:
    return [row["owner"] for row in await desk.rows("mailbox")]


async def held_up(desk: Desk) -> asyncio.Event:
    """A worker of two lanes, both busy until the event is set."""
    go_on = asyncio.Event()
    desk.engine.moods = {"wait": go_on.wait}
    for person in ("ada", "bo"):
        await desk.say("wait", person)
    await until(lambda: _all_held(desk, 2))
    return go_on


async def _all_held(desk: Desk, number: int) -> bool:
    return sum(owner is not None for owner in await holders(desk)) == number


@pytest.fixture
def in_one_commit(desk: Desk) -> None:
    if desk.database.dialect != "sqlite":
        pytest.skip("on Postgres the acknowledgement comes first")


@pytest.mark.usefixtures("in_one_commit")
async def test_an_event_is_claimed_with_its_commit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.open()

    async def never(*_: object) -> int:
        return 0

    # Whoever claims in a second transaction finds nothing.
    monkeypatch.setattr(Worker, "_claim", never)
    await desk.say("/coach help")
    assert await holders(desk) == [inbox.worker.owner]
    assert len(await desk.answered(1)) == 1


async def test_with_no_lane_free_it_waits_for_one(desk: Desk) -> None:
    desk.open(lanes=2)
    go_on = await held_up(desk)
    await desk.say("/coach help", "cy")
    assert len(await holders(desk)) == 3
    assert await _all_held(desk, 2)
    go_on.set()
    assert len(await desk.answered(1, "cy")) == 1
    assert len(await desk.answered(3)) == 3


async def test_events_at_once_take_no_more_lanes_than_there_are(desk: Desk) -> None:
    inbox = desk.open(lanes=3)
    go_on = asyncio.Event()
    most = 0

    async def count() -> None:
        nonlocal most
        most = max(most, inbox.worker.lanes)
        await go_on.wait()

    desk.engine.moods = {"wait": count}
    people = [f"p{number}" for number in range(9)]
    await asyncio.gather(*(desk.say("wait", person) for person in people))
    await until(lambda: _all_held(desk, 3))
    assert inbox.worker.lanes == 3
    go_on.set()
    assert len(await desk.answered(9)) == 9
    assert most == 3


@pytest.mark.usefixtures("in_one_commit")
async def test_a_store_that_fails_claims_nothing_and_gives_its_lanes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(lanes=1)
    with monkeypatch.context() as breaking:

        def broken(*_: object) -> None:
            raise StorageError("the disk is full")

        breaking.setattr("bot.inbox.worker.first_step", broken)
        with pytest.raises(StorageError, match="disk is full"):
            await desk.say("/coach help")
    assert await desk.rows("inbox") == []
    await desk.say("/coach help")
    assert len(await desk.answered(1)) == 1


async def test_a_worker_that_ends_claims_no_more(desk: Desk) -> None:
    inbox = desk.open()
    await inbox.stop()
    await desk.say("/coach help")
    assert await holders(desk) == [None]
    desk.open()
    assert len(await desk.answered(1)) == 1
