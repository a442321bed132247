"""One person's conversation in the terminal, shared by the chat and the JSON lines."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from uuid import uuid4

from bot.engine.engine import Engine, Turned
from bot.engine.errors import UnknownCoachError
from bot.engine.menu import nearest_name
from bot.inbound import Message, Sender
from bot.replies import Reply
from bot.terminal.faults import note_fault
from bot.terminal.lines import clean
from personas.catalogue import Catalogue
from storage.errors import StorageError

FAULT = (
    "Something in the program went wrong and this message was not taken. What was saved before is "
    "safe; try it in other words, or go on with something else."
)


def sender_of(user: str) -> Sender:
    """The person ``user`` of this machine, with the language and country it is set to."""
    return Sender(platform="terminal", tenant="local", external_id=clean(user), locale=_locale())


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
    """Passes lines to the engine; an error in a turn becomes a reply, and the talk goes on.

    Args:
        engine: a started engine.
        sender: who writes.
    """

    def __init__(self, engine: Engine, sender: Sender) -> None:
        self._engine = engine
        self._sender = sender
        self._conversation = f"terminal:local:{sender.external_id}:main"
        self.last: Turned | None = None

    async def open(self, coach: str | None, *, resume: bool = False) -> Turned:
        """The opening: the coach's, with ``resume`` that of the session left open, or the menu.

        Raises:
            UnknownCoachError: there is no such coach; names the nearest.
            StorageError: the database can't be used.
        """
        if coach is not None and coach not in self._engine.catalogue.keys:
            raise UnknownCoachError(coach, _nearest(coach, self._engine.catalogue))
        turned: Turned | None = None
        if resume and coach is None:
            turned = await self._engine.resume(self._sender, self._conversation)
        if turned is None:
            turned = await self._engine.greet(self._sender, self._conversation, coach)
        self.last = turned
        return turned

    async def say(self, text: str) -> Turned:
        """The outcome of one line, whatever it holds."""
        message = Message(
            conversation=self._conversation,
            message_id=uuid4().hex,
            sender=self._sender,
            text=clean(text),
            sent_at=datetime.now(UTC),
        )
        try:
            self.last = await self._engine.handle(message)
        except StorageError as error:
            return failed(str(error), self.last)
        except Exception as error:  # a fault must not end the talk
            session = self.last.session if self.last else None
            note_fault(error, session=session, message=message.message_id)
            return failed(FAULT, self.last)
        return self.last
