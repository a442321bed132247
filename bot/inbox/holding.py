"""A mailbox held by this worker, and the transaction of a turn within it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.engine.turned import Turned
from bot.inbox.codec import outcome_json
from bot.inbox.contract import Post
from bot.inbox.merging import Work
from storage import inbox
from storage.clock import now
from storage.inbox import Claim, FencedError

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Held:
    """A mailbox while this worker holds it.

    Attributes:
        expires: by this process' own clock; whoever was frozen beyond it must not send.
        minute_at, turns: the minute in which turns are counted, and their number.
    """

    claim: Claim
    expires: float
    minute_at: datetime | None = field(init=False)
    turns: int = field(init=False)

    def __post_init__(self) -> None:
        self.minute_at, self.turns = self.claim.minute_at, self.claim.minute_turns

    @property
    def person(self) -> str:
        """Whose mailbox it is."""
        return self.claim.person

    def still(self) -> None:
        """Before anything leaves the process. Raises FencedError when the lease may be over."""
        if asyncio.get_running_loop().time() >= self.expires:
            raise FencedError(self.person)

    def fence(self, connection: Connection) -> None:
        """The first statement of every transaction. Raises FencedError when it is held no more."""
        inbox.fence(connection, self.person, self.claim.epoch)

    def wait_for_minute(self, at: datetime, limit: int) -> timedelta:
        """How long the next turn must wait; nothing where ``limit`` turns a minute are not had."""
        if not limit or self.minute_at is None or at - self.minute_at >= MINUTE:
            return timedelta(0)
        return self.minute_at + MINUTE - at if self.turns >= limit else timedelta(0)


class TurnLedger:
    """What the inbox adds to the transaction of a turn: fence, "done", the reply to send."""

    def __init__(self, held: Held, work: Work) -> None:
        self._held = held
        self._work = work
        self._counted = held.minute_at, held.turns

    @property
    def key(self) -> str:
        """The key of the reply."""
        return self._work.reply_key

    def begin(self, connection: Connection) -> None:
        """Fence, and count the turn."""
        held, at = self._held, now(connection)
        began, turns = held.minute_at, held.turns
        if began is None or at - began >= MINUTE:
            began, turns = at, 0
        self._counted = began, turns + 1
        inbox.fence_turn(connection, held.person, held.claim.epoch, *self._counted)

    def finish(self, connection: Connection, turned: Turned) -> None:
        """Settle the events and write the reply."""
        held = self._held
        held.minute_at, held.turns = self._counted
        settle_with(connection, held, self._work, turned, now(connection))


def settle_with(
    connection: Connection,
    held: Held,
    work: Work,
    turned: Turned,
    at: datetime,
    state: str = "done",
) -> None:
    """Settle the events of a piece of work and write its reply, if it has one."""
    ids: Sequence[int] = [row["id"] for row in work.rows]
    post = post_of(work, turned)
    inbox.settle(connection, ids, state, at, post.key if turned.reply.text else None)
    if turned.reply.text:
        inbox.keep_reply(
            connection,
            key=post.key,
            inbox_id=ids[0],
            person=held.person,
            conversation=post.conversation,
            body=body_of(post),
            now=at,
        )


def post_of(work: Work, turned: Turned, key: str | None = None) -> Post:
    """The reply to a piece of work, in the conversation of its event or the one it names."""
    event = work.event
    place = turned.conversation or event.conversation
    return Post(key or work.reply_key, place, event.sender, turned, answers=event.message_id)


def body_of(post: Post) -> dict[str, Any]:
    """What the outbox keeps of a reply."""
    to = post.recipient
    return {
        "turn": outcome_json(post.turned),
        "to": [to.platform, to.tenant, to.external_id],
        "answers": post.answers,
    }
