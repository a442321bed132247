"""What an adapter brings along to be tested: its platform, and hands and eyes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.inbound import Inbound, Sender
from bot.inbox.contract import Adapter

Accept = Callable[[str, Inbound], Awaitable[object]]

# What can be made to happen on a platform; a case that needs another is skipped, and says so.
Able = Literal[
    "retry",  # an event comes again
    "edit",  # people change what they wrote
    "delete",  # people delete what they wrote
    "shared",  # several people are in one place
    "busy",  # the platform asks to wait
    "cut",  # a call is done, but its answer gets lost
    "gone",  # a place is closed to the bot
    "blind",  # history can't be read
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person talks with the bot."""

    conversation: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the bot as a person sees it.

    Attributes:
        choices: the labels of what can be picked.
        files: names of files that show.
    """

    text: str
    choices: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Harness(Protocol):
    """One platform under test, with nothing in it at the start.

    Attributes:
        long: a reply of so many characters does not fit into one line of the platform.
    """

    able: frozenset[Able]
    long: int

    async def start(self, accept: Accept) -> Adapter:
        """Start the platform; what people do there is handed to ``accept``, as in production."""
        ...

    async def stop(self) -> None:
        """End all that was started."""
        ...

    async def place(self, person: str, *, shared: bool = False) -> Place:
        """A place where the person writes to the bot; a shared one is the same for everybody."""
        ...

    async def say(self, place: Place, text: str) -> str:
        """The person writes; returns the platform's id of the message."""
        ...

    async def edit(self, place: Place, message: str, text: str) -> None:
        """The person changes it."""
        ...

    async def delete(self, place: Place, message: str) -> None:
        """The person deletes it."""
        ...

    async def pick(self, place: Place, label: str) -> None:
        """The person picks the choice with this label from the last line that offers it."""
        ...

    async def again(self, place: Place, message: str) -> None:
        """The platform brings the event of a message once more."""
        ...

    async def shown(self, place: Place) -> list[Shown]:
        """What the bot has shown in the place, as the person sees it now, in order."""
        ...

    async def next_call(self, fault: Literal["busy", "cut"]) -> None:
        """What befalls the bot's next call that shows something."""
        ...

    async def blind(self) -> None:
        """From now on the history can't be read."""
        ...

    async def close(self, place: Place) -> None:
        """The place is closed to the bot."""
        ...
