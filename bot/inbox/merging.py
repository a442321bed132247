"""A burst of messages is read as one: a turn covers what the person wrote since the last reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from bot import commands
from bot.inbound import Choice, Message
from bot.inbox.codec import Event, event_from
from bot.inbox.policy import REPEAT, SHOW_AGAIN
from storage.queries import Row

_AT_MOST, _CHARACTERS = 20, 8000
_REPEAT = {REPEAT.casefold(), SHOW_AGAIN.casefold()}


@dataclass(frozen=True, slots=True)
class Work:
    """One turn to do: an event, and the rows of the inbox it covers."""

    event: Event
    rows: tuple[Row, ...]

    @property
    def reply_key(self) -> str:
        """The key of the reply: the same however often the turn is tried."""
        return reply_key(self.rows[0]["event_key"])


def reply_key(event_key: str) -> str:
    """24 hex digits that stand for the reply to an event."""
    return sha256(event_key.encode()).hexdigest()[:24]


def next_work(rows: Sequence[Row], *, merge: bool = True) -> Work:
    """The first event of the waiting rows, with the messages of its burst.

    Args:
        rows: at least one, in order.
        merge: off to answer each message by itself.

    Raises:
        KeyError, TypeError, ValueError: the first row can't be read.
    """
    first = event_from(rows[0]["kind"], rows[0]["payload"])
    burst = [first]
    if merge and _joins(first):
        for row in rows[1:_AT_MOST]:
            if row["kind"] != "message":
                break
            event = event_from(row["kind"], row["payload"])
            if not _joins(event) or event.conversation != first.conversation:
                break
            if _length([*burst, event]) > _CHARACTERS:
                break
            burst.append(event)
    return Work(_as_one(burst), tuple(rows[: len(burst)]))


def asks_to_repeat(event: Event) -> bool:
    """Whether it picks, or types, the offer to show a reply once more."""
    match event:
        case Choice(choice=said):
            return f"{said} ".startswith(f"{REPEAT} ") or said == SHOW_AGAIN
        case Message(text=said):
            return said.strip().casefold() in _REPEAT
        case _:
            return False


def _joins(event: Event) -> bool:
    """Whether a message is plain talk: picks, commands and files are turns of their own."""
    if not isinstance(event, Message) or event.files or asks_to_repeat(event):
        return False
    text = event.text.strip()
    return bool(text) and not text.rstrip(".)").isdigit() and commands.parse(text) is None


def _length(burst: Sequence[Event]) -> int:
    return sum(len(one.text) for one in burst if isinstance(one, Message))


def _as_one(burst: Sequence[Event]) -> Event:
    messages = [one for one in burst if isinstance(one, Message)]
    if len(messages) < 2:
        return burst[0]
    return replace(
        messages[0],
        text="\n".join(one.text for one in messages),
        parts=tuple((one.message_id, one.text) for one in messages),
        sent_at=messages[-1].sent_at,
    )
