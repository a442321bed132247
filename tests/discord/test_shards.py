"""Shards are held by leases: one connection of each among all workers, whoever dies."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

from sqlalchemy import text as sql

from bot.discord.shards import Leases, Pace, Plan
from storage.database import Database
from tests.discord.conftest import Running
from tests.discord.test_story import begun

QUICK = Pace(lease_s=0.6, identify_s=0.2)


def workers(database: Database, many: int, shards: int) -> list[Leases]:
    return [Leases(database, Plan(shards), QUICK) for _ in range(many)]


async def test_each_shard_is_held_once_and_shared_out(database: Database) -> None:
    first, *others = workers(database, 3, 4)
    assert await first.hold() == {0, 1, 2, 3}
    assert first.complete
    for one in others:
        assert await one.hold() == frozenset()
        assert one.complete
    # Others are there now, so the first keeps its share and gives the rest away.
    kept = await first.hold()
    assert len(kept) == 2
    assert await others[0].hold() == frozenset()
    await first.give_back(*({0, 1, 2, 3} - kept))
    assert len(await others[0].hold()) == 2
    assert await others[1].hold() == frozenset()
    assert (await first.hold()).isdisjoint(await others[0].hold())


async def test_what_a_dead_worker_held_is_taken_when_its_lease_is_over(database: Database) -> None:
    dead, other = workers(database, 2, 2)
    await dead.hold()
    assert await other.hold() == frozenset()
    async with asyncio.timeout(20):
        while await other.hold() != {0, 1}:
            await asyncio.sleep(0.02)
    # Who was frozen meanwhile learns of it.
    assert await dead.hold() == frozenset()


async def test_what_is_given_back_is_free_at_once(database: Database) -> None:
    one, other = workers(database, 2, 1)
    assert await one.hold() == {0}
    await one.give_back()
    assert await other.hold() == {0}


async def test_without_the_database_nothing_is_held_once_the_lease_is_over(
    database: Database,
) -> None:
    (one,) = workers(database, 1, 1)
    await one.hold()
    await database.write(lambda connection: connection.execute(sql("DROP TABLE leases")))
    assert await one.hold() == {0}
    async with asyncio.timeout(20):
        while await one.hold():
            await asyncio.sleep(0.05)
    assert not one.complete


async def test_shards_take_turns_to_identify_among_all_workers(database: Database) -> None:
    one, other = workers(database, 2, 2)
    loop = asyncio.get_running_loop()
    moments: list[float] = []

    async def turn(leases: Leases, shard: int) -> None:
        await leases.turn(shard)
        moments.append(loop.time())

    await asyncio.gather(turn(one, 0), turn(other, 1), turn(one, 1))
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert len(moments) == 3
    # A commit may come later than its moment, never so much earlier.
    assert min(gaps) > QUICK.identify_s / 2


async def test_two_workers_hold_one_connection_and_the_second_takes_over(
    running: Running,
) -> None:
    _, _, ada, thread, _opening = await begun(running)
    gateway = running.server.gateway
    second = replace(running, platform=None, inbox=None, task=None)
    await second.start()
    assert gateway.connected == 1
    said = ada.say(thread, "I want to earn more because my rent went up")
    await running.seen(ada, thread, lambda one: one.id > said.id)
    await running.stop()
    running.task = None
    try:
        await second.until(lambda: gateway.connected == 1)
        again = ada.say(thread, "My boss said no last year")
        reply = await second.seen(ada, thread, lambda one: one.id > again.id)
        await running.server.settled(0.3)
        after = [one for one in ada.sees(thread) if one.id > again.id and one.body["type"] == 0]
        assert [one.id for one in after] == [reply.id]
    finally:
        await second.stop()


async def test_several_shards_of_one_worker_hear_everything(running: Running) -> None:
    running.server.shards = 3
    guilds = [running.driver.guild(f"g{number}") for number in range(6)]
    ada = running.driver.user("ada", *guilds)
    await running.start()
    await running.until(lambda: running.platform is not None and running.platform.connected)
    assert running.server.gateway.connected == 3
    for guild in guilds:
        general = running.driver.general(guild)
        asked = ada.slash("coach help", general)
        await running.until(lambda one=asked: one.answered)
    # Direct messages come by the first.
    ada.dm("hello")
    await running.seen(ada, ada.direct)
