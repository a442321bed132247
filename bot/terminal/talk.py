"""One person's conversation in the terminal, shared by the chat and the JSON lines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from uuid import uuid4

from bot.app import App
from bot.engine.errors import UnknownCoachError
from bot.engine.menu import nearest_name
from bot.engine.turned import Turned
from bot.faults import note_fault
from bot.inbound import Message, Opened, Sender
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.replies import Reply
from bot.terminal.adapter import PLATFORM, TerminalAdapter
from bot.terminal.lines import clean
from personas.catalogue import Catalogue
from storage.errors import StorageError

FAULT = (
    "Something in the program went wrong and this message was not taken. What was saved before is "
    "safe; try it in other words, or go on with something else."
)

# One person who waits for each answer: nothing to merge, to limit, or to try again behind their
# back; and whoever begins anew after a crash should not wait long for the lease to end.
_OPTIONS = Options(
    lanes=1,
    lease_s=3.0,
    merge=False,
    turns_a_minute=0,
    tenant_turns_a_minute=0,
    backoff=(),
    waits_for_database=False,
)
_LOOK_AGAIN_S = 0.2


def sender_of(user: str) -> Sender:
    """The person ``user`` of this machine, with the language, country and zone it is set to."""
    from bot.terminal.zone import machine_zone

    return Sender(PLATFORM, "local", clean(user), _locale(), machine_zone())


def _locale() -> str | None:
    set_to = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((value for value in set_to if value), "C")
    return None if name.split(".")[0] in {"C", "POSIX"} else name


def failed(sentence: str, last: Turned | None = None) -> Turned:
    """A turn that could not happen: the state of the ``last`` one and a sentence that says why."""
    reply = Reply(sentence, error=sentence)
    if last is None:
        return Turned(reply=reply)
    return replace(last, reply=reply, quality=None, insights=(), safety=None)


def _nearest(name: str, catalogue: Catalogue) -> str:
    """The key of the coach meant by ``name``, as a name or an alias; else the key most like it."""
    by_name = nearest_name(catalogue, name)
    return by_name or get_close_matches(name.lower(), catalogue.keys, n=1, cutoff=0)[0]


class Talk:
    """One sitting: passes lines to the inbox and waits for their replies, which ``show`` prints.

    An error in a turn becomes a reply, and the talk goes on.

    Args:
        app: a started program.
        sender: who writes.
        show: prints an outcome.
        own_only: show nothing but the answers to this sitting's lines, one each.
        retention_days: people untouched for so long are forgotten at the end; 0 for never.
    """

    def __init__(
        self,
        app: App,
        sender: Sender,
        show: Callable[[Turned], None],
        *,
        own_only: bool = False,
        retention_days: int = 0,
    ) -> None:
        self._engine = app.engine
        self._sender = sender
        self._show = show
        self._conversation = f"{PLATFORM}:local:{sender.external_id}:main"
        self._adapter = TerminalAdapter(self._note, own_only=own_only)
        options = replace(_OPTIONS, retention_days=retention_days)
        self._inbox = Inbox(app.database, app.engine, [self._adapter], options)
        self.last: Turned | None = None

    async def open(self, coach: str | None, *, resume: bool = False) -> None:
        """Show the opening: the coach's, that of the session left open (``resume``), or the menu.

        Raises:
            UnknownCoachError: there is no such coach; names the nearest.
            StorageError: the database can't be used.
        """
        if coach is not None and coach not in self._engine.catalogue.keys:
            raise UnknownCoachError(coach, _nearest(coach, self._engine.catalogue))
        await self._catch_up()
        if resume and coach is None and await self._engine.active(self._sender, self._conversation):
            await self._hand_in(self._opened(None, resume=True))
        else:
            await self._hand_in(self._opened(coach))

    def _opened(self, coach: str | None, *, resume: bool = False) -> Opened:
        now = datetime.now(UTC)
        return Opened(self._conversation, uuid4().hex, self._sender, now, coach, resume)

    async def _catch_up(self) -> None:
        """What was written in a sitting that ended too soon is still answered."""
        self._adapter.catching_up = True
        try:
            await self._inbox.worker.work_off(await self._engine.lane(self._sender))
        finally:
            self._adapter.catching_up = False

    async def say(self, text: str) -> None:
        """Have one line answered, whatever it holds."""
        message = Message(
            conversation=self._conversation,
            message_id=uuid4().hex,
            sender=self._sender,
            text=clean(text),
            sent_at=datetime.now(UTC),
        )
        try:
            await self._hand_in(message)
        except BrokenPipeError:
            raise
        except StorageError as error:
            self._note(failed(str(error), self.last))
        except Exception as error:  # a fault must not end the talk
            session = self.last.session if self.last else None
            note_fault(error, session=session, message=message.message_id)
            self._note(failed(FAULT, self.last))

    def stop(self) -> None:
        """Have no more written of the reply under way: what there is is shown at once."""
        self._adapter.stopped = True

    async def end(self) -> None:
        """Leave the place tidy: what is due to be deleted goes now, for no server may run here."""
        with suppress(StorageError):
            await self._inbox.tidy()

    async def _hand_in(self, event: Message | Opened) -> None:
        waiting = self._adapter.waiting
        waiting.add(event.message_id)
        try:
            await self._inbox.accept(f"{PLATFORM}:{event.message_id}", event)
            lane = await self._engine.lane(self._sender)
            while event.message_id in waiting:
                await self._inbox.worker.work_off(lane)
                if self._adapter.closed is not None:
                    raise self._adapter.closed
                trouble = self._inbox.worker.trouble
                if event.message_id in waiting and trouble is not None:
                    self._adapter.told.add(event.message_id)
                    raise trouble
                if event.message_id in waiting:
                    # Another window of the same person is being answered, or was just killed.
                    await asyncio.sleep(_LOOK_AGAIN_S)
        finally:
            waiting.discard(event.message_id)
            self._adapter.stopped = False

    def _note(self, turned: Turned) -> None:
        if turned.reply.error and turned.session is None:
            # A sentence about a turn that did not happen: everything else is as it was.
            turned = failed(turned.reply.error, self.last)
        self.last = turned
        self._show(turned)
