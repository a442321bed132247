"""Showing one reply: begun once, completed by edits, and what becomes of it when that fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.faults import where
from bot.inbound import Sender
from bot.inbox.codec import outcome_from
from bot.inbox.contract import Adapter, Post, UndeliverableError
from bot.inbox.doubt import is_offer
from bot.inbox.grouping import GroupCommit
from bot.inbox.holding import Held
from bot.inbox.meter import Meter
from bot.inbox.policy import Action, judge_reply
from storage import inbox
from storage.queries import Row

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply to show.

    Attributes:
        platform_id: where it has begun; None when nothing is known to show.
        attempts: tries that failed so far.
        repeat: whether an earlier try may have come through.
    """

    post: Post
    platform_id: str | None = None
    attempts: int = 0
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of it: the outbox columns to write, and seconds to wait where it is to wait."""

    action: Action | None
    columns: dict[str, Any]
    later: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether it is to be tried again."""
        return self.action in {"hold", "retry"}


def outgoing_from(row: Row) -> Outgoing:
    """A reply from its row in the outbox; raises KeyError, TypeError when it can't be read."""
    body = row["body"]
    post = Post(
        row["reply_key"],
        row["conversation"],
        Sender(*body["to"]),
        outcome_from(body["turn"]),
        answers=body["answers"],
        kept_at=row["created_at"],
    )
    return Outgoing(post, row["platform_id"], row["attempts"], repeat=True)


@dataclass(frozen=True, slots=True)
class Courier:
    """Shows replies by the adapters of a worker."""

    adapters: Mapping[str, Adapter]
    group: GroupCommit
    meter: Meter

    async def deliver(self, held: Held, reply: Outgoing) -> Delivered:
        """Show a reply.

        Raises:
            FencedError: the mailbox may be another worker's by now; nothing was sent.
            StorageError: the id the platform gave could not be stored.
        """
        began = time.perf_counter()
        known = [reply.platform_id]
        try:
            with self.meter.span("send", person=held.person, reply=reply.post.key):
                await self._show(held, reply, known)
        except Exception as error:
            return self._judged(reply, error, known[0])
        self.meter.took("send", time.perf_counter() - began)
        return Delivered(None, {"state": "sent", "platform_id": known[0]})

    async def _show(self, held: Held, reply: Outgoing, known: list[str | None]) -> None:
        post = reply.post
        adapter = self.adapters.get(post.recipient.platform)
        if adapter is None:
            raise UndeliverableError("no adapter for this platform")
        held.still()
        platform_id = known[0]
        if platform_id is None:
            begun = await adapter.begin(post, repeat=reply.repeat)
            known[0] = platform_id = begun.platform_id
            if begun.whole:
                return
            await self.group.run(held.person, self._noting(held, post.key, platform_id))
            held.still()
        await adapter.fill(post, platform_id)

    @staticmethod
    def _noting(held: Held, key: str, platform_id: str) -> Any:
        def write(connection: Connection) -> None:
            held.fence(connection)
            inbox.mark_reply(connection, key, state="filling", platform_id=platform_id)

        return write

    def _judged(self, reply: Outgoing, error: Exception, platform_id: str | None) -> Delivered:
        attempts = reply.attempts + 1
        verdict = judge_reply(error, attempts)
        key, name = reply.post.key, type(error).__name__
        columns: dict[str, Any] = {"platform_id": platform_id, "error": name}
        match verdict.action:
            case "leave":
                raise error
            case "hold":
                # It was surely not shown: the next try need not look.
                fresh = "sending" if reply.repeat else "ready"
                columns |= {"state": "filling" if platform_id else fresh}
            case "retry":
                _log.warning("reply %s was not shown, try %d: %s", key, attempts, where(error))
                self.meter.count("retry")
                columns |= {"attempts": attempts}
            case "unsure":
                _log.warning("reply %s may or may not have been shown", key)
                self.meter.count("unsure")
                columns |= {"state": "failed" if is_offer(reply.post) else "unsure"}
            case _:
                _log.warning("reply %s is given up: %s", key, where(error))
                self.meter.count("dead")
                columns |= {"state": "failed", "attempts": attempts}
        return Delivered(verdict.action, columns, verdict.after)
