"""The lane of one person: their events in order, a turn and its reply at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.engine.engine import Engine
from bot.engine.errors import NotNowError
from bot.engine.turned import Turned
from bot.faults import where
from bot.inbound import UNASKED, Overflow
from bot.inbox import doubt, policy
from bot.inbox.contract import Adapter, Post
from bot.inbox.courier import Courier, Outgoing, outgoing_from
from bot.inbox.door import Door
from bot.inbox.grouping import GroupCommit
from bot.inbox.holding import Held, TurnLedger, body_of, post_of, settle_with
from bot.inbox.limits import Minutes
from bot.inbox.live import Live
from bot.inbox.merging import Work, asks_to_repeat, next_work, reply_key
from bot.inbox.meter import Meter
from bot.inbox.options import Options
from bot.inbox.policy import judge_event
from bot.replies import Reply
from storage import inbox
from storage.clock import now
from storage.errors import StorageError
from storage.inbox import FencedError
from storage.queries import Row

_log = logging.getLogger(__name__)
_Write = Callable[[Connection, datetime], object]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all lanes of a worker share."""

    engine: Engine
    adapters: Mapping[str, Adapter]
    group: GroupCommit
    courier: Courier
    options: Options
    meter: Meter
    tenants: Minutes
    door: Door


@dataclass(frozen=True, slots=True)
class Step:
    """What a lane has before it: replies not yet shown come before events."""

    unsent: Sequence[Row]
    heads: Sequence[Row]


def first_step(connection: Connection, held: Held, at: datetime, backoff: Sequence[float]) -> Step:
    """What there is in a mailbox that was just claimed.

    Whoever held an inherited one died or froze, perhaps by its first event. That one is tried at
    once, and from the second time on later and later, lest it kill one worker after another.
    """
    if held.claim.inherited:
        unsent = inbox.unsent(connection, held.person)
        heads = inbox.waiting(connection, held.person, at).heads
        if heads and not any(row["body"] is not None for row in unsent):
            attempts = heads[0]["attempts"] + 1
            wait = timedelta(seconds=policy.after_a_loss(attempts, backoff))
            inbox.put_off(connection, heads[0]["id"], attempts, at + wait, "WorkerLost")
    step, _ = _ahead(connection, held.person, at)
    return step or Step((), ())


def _ahead(
    connection: Connection, person: str, at: datetime
) -> tuple[Step | None, datetime | None]:
    """What is to be done now; with nothing, when something may be."""
    unsent = inbox.unsent(connection, person)
    first = next((row for row in unsent if row["body"] is not None), None)
    if first is not None:
        if first["next_at"] is not None and first["next_at"] > at:
            return None, first["next_at"]
        return Step(unsent, ()), None
    waits = inbox.waiting(connection, person, at)
    return (Step(unsent, waits.heads), None) if waits.heads else (None, waits.next_at)


@dataclass(slots=True)
class Lane:
    """Works for one person until nothing is left, then gives the mailbox back.

    Attributes:
        later: whether something waits for its time, so that somebody must look again then.
        ending: set to have it begin nothing more; what is left is for others.
        at: the conversation of what is worked on; empty between two turns.
    """

    around: Surroundings
    held: Held
    later: bool = False
    ending: bool = False
    trouble: StorageError | None = None
    at: str = ""
    # Replies that began to show in an earlier try whose turn is still to be done, by key.
    _begun: dict[str, Row] = field(default_factory=dict[str, Row])

    async def run(self, step: Step | None) -> None:
        """Do all there is. Raises nothing: what fails is judged by the policy."""
        try:
            while step is not None:
                try:
                    step = await self._next(step)
                except StorageError as error:
                    _log.warning("mailbox %s is held: %s", self.held.person, type(error).__name__)
                    if not self.around.options.waits_for_database:
                        self.trouble = error
                        with contextlib.suppress(StorageError):
                            await self._step(later=0.0)
                        return
                    step = await self._hold()
        except FencedError:
            self.around.meter.count("fenced")
            _log.info("mailbox %s went to another worker", self.held.person)
        except Exception as error:
            _log.error("mailbox %s: the lane failed: %s", self.held.person, where(error))

    async def _hold(self) -> Step | None:
        """Wait until the database is back, and read what is to be done then."""
        while True:
            await asyncio.sleep(policy.DATABASE_AWAY)
            with contextlib.suppress(StorageError):
                return await self._step()

    async def _next(self, step: Step) -> Step | None:
        if self.ending:
            return await self._step(later=0.0)
        for row in step.unsent:
            if row["body"] is None:
                self._begun[row["reply_key"]] = row
            elif row["state"] == "ready":
                return await self._send_first(row)
            else:
                return await self._send(outgoing_from(row))
        return await self._take(step.heads) if step.heads else await self._step()

    async def _step(self, write: _Write | None = None, later: float | None = None) -> Step | None:
        """Write, and read what comes next; with nothing to come, give the mailbox back.

        Args:
            later: seconds for which nothing of this person is to be done.
        """

        def work(connection: Connection) -> tuple[Step | None, datetime | None]:
            self.held.fence(connection)
            at = now(connection)
            if write is not None:
                write(connection, at)
            if later is not None:
                ready: datetime | None = at + timedelta(seconds=later)
            else:
                step, ready = _ahead(connection, self.held.person, at)
                if step is not None:
                    return step, None
            inbox.release(connection, self.held.person, self.held.claim.epoch, ready)
            return None, ready

        step, ready = await self.around.group.run(self.held.person, work)
        self.later = ready is not None
        return step

    # Events ---------------------------------------------------------------------------------------

    async def _take(self, heads: Sequence[Row]) -> Step | None:
        head = heads[0]
        try:
            # A burst that failed is tried one by one: only what is poisonous is put aside.
            work = next_work(heads, merge=self.around.options.merge and not head["attempts"])
        except (KeyError, TypeError, ValueError) as error:
            return await self._bury(head, type(error).__name__)
        if head["attempts"] > len(self.around.options.backoff) + 1:
            return await self._give_up(work)
        wait = self._wait()
        if wait > 0:
            return await self._slow_down(work, wait)
        await self.around.door.free()
        began = time.perf_counter()
        since = head["due_at"] or head["accepted_at"]
        waited = (datetime.now(UTC) - since).total_seconds()
        self.around.meter.took("wait", max(0.0, waited))
        live, self.at = self._live(work), work.event.conversation
        try:
            turned = await self._turn(work, live)
        except Exception as error:
            return await self._failed(work, error, live)
        finally:
            self.at = ""
        self.around.meter.took("turn", time.perf_counter() - began)
        self.around.meter.count("turn")
        return await self._show(work, turned, live) if turned.reply.text else await self._step()

    async def _show(self, work: Work, turned: Turned, live: Live) -> Step | None:
        return await self._send(
            Outgoing(post_of(work, turned), live.platform_id, repeat=live.tried)
        )

    def _live(self, work: Work) -> Live:
        begun = self._begun.pop(work.reply_key, None)
        around, adapter = self.around, self._adapter(work)
        return Live(adapter, around.group, self.held, work, around.options.stream_after_s, begun)

    def _adapter(self, work: Work) -> Adapter:
        return self.around.adapters[work.event.sender.platform]

    async def _turn(self, work: Work, live: Live) -> Turned:
        around = self.around
        if isinstance(work.event, Overflow):
            turned = Turned(Reply(policy.TOO_MUCH, error=policy.TOO_MUCH))
            await self._settle(work, turned, "done")
            return turned
        again = await self._show_again(work) if asks_to_repeat(work.event) else None
        if again is not None:
            return again
        ledger = TurnLedger(self.held, work)
        with around.meter.span("turn", person=self.held.person, reply=work.reply_key):
            async with self._busy(self._adapter(work), work.event.conversation):
                try:
                    return await around.engine.handle(
                        work.event, ledger, live.listen, live.unwanted
                    )
                finally:
                    await live.end()

    async def _show_again(self, work: Work) -> Turned | None:
        def write(connection: Connection) -> Turned | None:
            self.held.fence(connection)
            return doubt.show_again(connection, self.held, work, now(connection))

        return await self.around.group.run(self.held.person, write)

    @asynccontextmanager
    async def _busy(self, adapter: Adapter, conversation: str) -> AsyncGenerator[None]:
        """Announce a reply that does not come at once."""

        async def announce() -> None:
            await asyncio.sleep(self.around.options.busy_after_s)
            with contextlib.suppress(Exception):
                await adapter.busy(conversation)

        task = asyncio.create_task(announce())
        try:
            yield
        finally:
            task.cancel()

    async def _settle(
        self, work: Work, turned: Turned, state: str, error: str | None = None
    ) -> None:
        head = work.rows[0]

        def write(connection: Connection) -> None:
            self.held.fence(connection)
            at = now(connection)
            if error is not None:
                inbox.put_off(connection, head["id"], head["attempts"] + 1, at, error)
            settle_with(connection, self.held, work, turned, at, state)

        await self.around.group.run(self.held.person, write)

    def _wait(self) -> float:
        """Seconds until this person, or their tenant, may have another turn."""
        clock, tenant = time.monotonic(), self.held.claim.tenant
        own = self.held.wait_for_minute(datetime.now(UTC), self.around.options.turns_a_minute)
        wait = max(own.total_seconds(), self.around.tenants.wait(tenant, clock))
        if not wait:
            self.around.tenants.count(tenant, clock)
        return wait

    async def _slow_down(self, work: Work, wait: float) -> Step | None:
        """Say once a minute that it is too fast, and go on when the minute is over."""
        if isinstance(work.event, UNASKED):
            return await self._step(later=wait)
        minute = self.held.minute_at.isoformat() if self.held.minute_at else ""
        sentence = policy.TOO_FAST.format(seconds=max(1, round(wait)))
        key = reply_key(f"fast:{self.held.person}:{minute}")
        turned = Turned(Reply(sentence, error=sentence))
        post = post_of(work, turned, key)
        if await self._keep_once(post, work.rows[0]["id"]):
            return await self._send(Outgoing(post), later=wait)
        return await self._step(later=wait)

    async def _keep_once(self, post: Post, inbox_id: int) -> bool:
        def write(connection: Connection) -> bool:
            self.held.fence(connection)
            return inbox.keep_once(
                connection,
                key=post.key,
                inbox_id=inbox_id,
                person=self.held.person,
                conversation=post.conversation,
                body=body_of(post),
                now=now(connection),
            )

        return await self.around.group.run(self.held.person, write)

    async def _bury(self, head: Row, error: str) -> Step | None:
        """Put an event aside that can't even be begun."""
        _log.error("event %s is a dead letter: %s", head["id"], error)
        self.around.meter.count("dead")

        def write(connection: Connection, at: datetime) -> None:
            inbox.put_off(connection, head["id"], head["attempts"], at, error)
            inbox.settle(connection, [head["id"]], "dead", at)

        return await self._step(write)

    async def _give_up(self, work: Work) -> Step | None:
        """Put an event aside whose workers died one after another."""
        _log.error("event %s is a dead letter: WorkerLost", work.rows[0]["id"])
        self.around.meter.count("dead")
        turned = Turned(Reply(policy.APOLOGY, error=policy.APOLOGY))
        await self._settle(work, turned, "dead")
        return await self._show(work, turned, self._live(work))

    async def _failed(self, work: Work, error: Exception, live: Live) -> Step | None:
        head, ids, name = work.rows[0], [row["id"] for row in work.rows], type(error).__name__
        if isinstance(error, NotNowError):
            until = error.until
            return await self._step(lambda one, _: inbox.postpone(one, head["id"], until))
        attempts = head["attempts"] + 1
        verdict = judge_event(error, attempts, self.around.options.backoff)
        if verdict.action == "leave":
            raise error
        if verdict.action == "hold":
            if not self.around.options.waits_for_database:
                raise error
            _log.warning("events %s are held: %s", ids, name)
            return await self._step(later=verdict.after)
        if verdict.action == "retry":
            _log.error("events %s failed, try %d: %s", ids, attempts, where(error))
            self.around.meter.count("retry")
            after = timedelta(seconds=verdict.after)
            return await self._step(
                lambda one, at: inbox.put_off(one, head["id"], attempts, at + after, name)
            )
        state = "done" if verdict.action == "settle" else "dead"
        if state == "dead":
            _log.error("events %s are dead letters: %s", ids, where(error))
            self.around.meter.count("dead")
        if isinstance(work.event, UNASKED):
            # Nobody wrote and nobody waits: there is nothing to apologise for.
            await self._settle(work, Turned(Reply("")), state)
            return await self._step()
        sentence = verdict.sentence or policy.APOLOGY
        turned = Turned(Reply(sentence, error=sentence))
        await self._settle(work, turned, state, name)
        return await self._show(work, turned, live)

    # Replies --------------------------------------------------------------------------------------

    async def _send_first(self, row: Row) -> Step | None:
        """Send what was surely not shown yet; from now on, it may have been."""

        def write(connection: Connection) -> None:
            self.held.fence(connection)
            inbox.mark_reply(connection, row["reply_key"], state="sending")

        await self.around.group.run(self.held.person, write)
        return await self._send(replace(outgoing_from(row), repeat=False))

    async def _send(self, reply: Outgoing, later: float | None = None) -> Step | None:
        """Show a reply, note what became of it, and read what comes next.

        Args:
            later: seconds for which nothing of this person is to be done after it.
        """
        done = await self.around.courier.deliver(self.held, reply)

        def write(connection: Connection, at: datetime) -> None:
            columns = dict(done.columns)
            if done.waits:
                columns["next_at"] = at + timedelta(seconds=done.later)
            else:
                columns["settled_at"] = at
            inbox.mark_reply(connection, reply.post.key, **columns)
            if done.action == "unsure" and not doubt.is_offer(reply.post):
                doubt.offer(connection, self.held, reply.post, at)

        return await self._step(write, done.later if done.waits else later)
