"""A reply that takes long is shown while it is written: begun once, then filled by edits."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from sqlalchemy import Connection

from bot.engine.turned import Turned
from bot.inbox.contract import Adapter, Post
from bot.inbox.grouping import GroupCommit
from bot.inbox.holding import Held, post_of
from bot.inbox.merging import Work
from bot.replies import Draft, Reply
from storage import inbox
from storage.clock import now
from storage.inbox import FencedError
from storage.queries import Row

_log = logging.getLogger(__name__)
# The outbox is told so long before a reply may show that nobody waits for it: longer than from one
# sign of life of a voice to the next.
_AHEAD_S = 0.3


class Live:
    """Shows one turn's reply as it grows, when it takes longer than ``after`` seconds.

    The outbox has its row before the first character shows, and the platform's id in a commit of
    its own, so that a crash leaves a reply that the next try completes instead of a second one.

    Args:
        begun: the outbox row of an earlier try of this turn, if it had begun to show.

    Attributes:
        platform_id: where the reply has begun; None while nothing shows.
        tried: whether a try to begin may have come through.
    """

    def __init__(
        self,
        adapter: Adapter,
        group: GroupCommit,
        held: Held,
        work: Work,
        after: float,
        begun: Row | None,
    ) -> None:
        self.platform_id: str | None = begun["platform_id"] if begun is not None else None
        self.tried = begun is not None
        self._adapter = adapter
        self._group = group
        self._held = held
        self._work = work
        self._from = asyncio.get_running_loop().time() + after
        self._announcing: asyncio.Task[None] | None = None
        self._off = not adapter.capabilities.streaming

    def unwanted(self) -> bool:
        """Whether the person has stopped this reply."""
        return self._adapter.unwanted(self._work.reply_key, self._work.event.conversation)

    async def listen(self, draft: Draft, coach: str) -> bool:
        """Hear what there is of the reply so far; returns whether any of it may have been read.

        A platform that fails ends the showing.
        """
        if self._off:
            return self.tried
        left = self._from - asyncio.get_running_loop().time()
        if left < _AHEAD_S and not self.tried:
            self._announce()
        if left > 0 or not draft.text:
            return self.tried
        turned = Turned(Reply(draft.text, coach=coach), coach=coach)
        post = replace(post_of(self._work, turned), partial=True)
        try:
            await self._show(post)
        except FencedError:
            raise
        except Exception as error:
            self._off = True
            _log.info("reply %s can't be shown live: %s", post.key, type(error).__name__)
        return self.tried

    async def _show(self, post: Post) -> None:
        self._held.still()
        if self.platform_id is not None:
            await self._adapter.fill(post, self.platform_id)
            return
        repeat = self.tried
        if not repeat:
            await self._announce()
        self.tried = True
        begun = await self._adapter.begin(post, repeat=repeat)
        self.platform_id = begun.platform_id
        await self._group.run(self._held.person, self._note)

    async def end(self) -> None:
        """Nothing more is to be heard; returns when nothing is being written."""
        if self._announcing is not None:
            await asyncio.wait([self._announcing])

    def _announce(self) -> asyncio.Task[None]:
        """Have the outbox know that this reply may show."""
        if self._announcing is None:
            keeping = self._group.run(self._held.person, self._keep)
            self._announcing = asyncio.create_task(keeping)
            # Who waits for it hears of it; where nothing came to show nobody has to.
            self._announcing.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._announcing

    def _keep(self, connection: Connection) -> None:
        self._held.fence(connection)
        # The turn may have been settled in the meantime: its reply stands.
        inbox.keep_once(
            connection,
            key=self._work.reply_key,
            inbox_id=self._work.rows[0]["id"],
            person=self._held.person,
            conversation=self._work.event.conversation,
            body=None,
            now=now(connection),
        )

    def _note(self, connection: Connection) -> None:
        self._held.fence(connection)
        inbox.mark_reply(
            connection, self._work.reply_key, state="begun", platform_id=self.platform_id
        )
