"""What the platform keeps and what it refuses; no network here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

BOT = "bot"
MAX_TEXT = 2000
MAX_CHOICES = 10
MAX_LABEL = 80
MAX_FILES = 4
MAX_FILE = 512_000


class RefusedError(Exception):
    """The platform does not do it. ``status`` and ``code`` are what its API answers."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(slots=True)
class Message:
    """A line in a channel.

    Attributes:
        key, part: the metadata a bot may give a message, to find it again.
        only: the one person who sees it; None for everybody in the channel.
        answers: the message it refers to.
    """

    id: str
    channel: str
    author: str
    text: str
    at: float
    key: str | None = None
    part: int = 0
    choices: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    files: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    only: str | None = None
    answers: str = ""
    edits: int = 0
    deleted: bool = False


@dataclass(slots=True)
class Channel:
    """A place; ``closed`` to the bot once it was thrown out."""

    id: str
    tenant: str
    people: set[str]
    closed: bool = False
    messages: dict[str, Message] = field(default_factory=dict[str, Message])


Log = list[dict[str, Any]]


class Room:
    """All channels and the log of all that happened in them.

    Args:
        on_event: called with each event that the bot is to hear of.
        on_log: called after each new entry of the log.
    """

    def __init__(
        self,
        on_event: Callable[[dict[str, Any]], None] = lambda event: None,
        on_log: Callable[[], None] = lambda: None,
    ) -> None:
        self.channels: dict[str, Channel] = {}
        self.log: Log = []
        self._on_event = on_event
        self._on_log = on_log
        self._count = 0

    # People ---------------------------------------------------------------------------------------

    def join(self, person: str, channel: str, tenant: str) -> None:
        """A person comes to a channel, which is made when it is not there."""
        place = self.channels.setdefault(channel, Channel(channel, tenant, set()))
        if place.tenant != tenant:
            raise RefusedError(409, "other_tenant")
        place.people.add(person)

    def say(self, person: str, channel: str, text: str) -> Message:
        """A person writes a line."""
        message = self._add(self._place_of(person, channel), author=person, text=text)
        self._note("said", message)
        self._event("message", message, person, text=text)
        return message

    def command(self, person: str, channel: str, name: str, argument: str) -> None:
        """A person gives a command, which is no message."""
        place = self._place_of(person, channel)
        event = {"name": name, "argument": argument, "message": self._next("i")}
        self._send("command", place, person, **event)

    def change(self, person: str, channel: str, message: str, text: str) -> None:
        """A person edits an own line."""
        found = self._own(person, self._place_of(person, channel), message)
        self._check_text(text)
        found.text, found.edits = text, found.edits + 1
        self._event("edit", found, person, text=text, edits=found.edits)

    def remove(self, person: str, channel: str, message: str) -> None:
        """A person deletes an own line."""
        found = self._own(person, self._place_of(person, channel), message)
        found.deleted = True
        self._event("delete", found, person)

    def pick(self, person: str, channel: str, message: str, choice: str) -> None:
        """A person presses a button under a line of the bot."""
        place = self._place_of(person, channel)
        found = place.messages.get(message)
        if found is None or found.deleted or not _sees(found, person):
            raise RefusedError(404, "unknown_message")
        if choice not in {one["id"] for one in found.choices}:
            raise RefusedError(400, "unknown_choice")
        self._send("choice", place, person, message=self._next("i"), choice=choice)

    def seen_by(self, person: str, channel: str) -> list[Message]:
        """What a person sees in a channel, in order."""
        place = self._place_of(person, channel)
        return [one for one in place.messages.values() if not one.deleted and _sees(one, person)]

    def close(self, channel: str) -> None:
        """The bot is thrown out of a channel."""
        self._place(channel).closed = True

    # The bot --------------------------------------------------------------------------------------

    def post(self, channel: str, given: Mapping[str, Any]) -> Message:
        """The bot writes a line."""
        place = self._open(channel)
        only = given.get("only")
        if only is not None and only not in place.people:
            raise RefusedError(404, "unknown_person")
        self._check(given)
        message = self._add(
            place,
            author=BOT,
            text=given["text"],
            key=given.get("key"),
            part=int(given.get("part", 0)),
            choices=list(given.get("choices", [])),
            files=list(given.get("files", [])),
            only=only,
            answers=given.get("answers", ""),
        )
        self._note("posted", message)
        return message

    def edit(self, channel: str, message: str, given: Mapping[str, Any]) -> Message:
        """The bot changes an own line; files stay as they were posted."""
        found = self._own(BOT, self._open(channel), message)
        self._check(given)
        found.text, found.choices = given["text"], list(given.get("choices", []))
        found.edits += 1
        self._note("edited", found)
        return found

    def delete(self, channel: str, message: str) -> Message:
        """The bot deletes an own line."""
        found = self._own(BOT, self._open(channel), message)
        found.deleted = True
        self._note("deleted", found)
        return found

    def history(self, channel: str, key: str) -> list[Message]:
        """The bot's lines with this key."""
        place = self._open(channel)
        return [
            one
            for one in place.messages.values()
            if one.author == BOT and one.key == key and not one.deleted
        ]

    def typing(self, channel: str) -> None:
        """The bot is about to write."""
        self._open(channel)
        self._write_log({"what": "typing", "channel": channel})

    # Within ---------------------------------------------------------------------------------------

    def _place(self, channel: str) -> Channel:
        place = self.channels.get(channel)
        if place is None:
            raise RefusedError(404, "unknown_channel")
        return place

    def _open(self, channel: str) -> Channel:
        place = self._place(channel)
        if place.closed:
            raise RefusedError(403, "not_in_channel")
        return place

    def _place_of(self, person: str, channel: str) -> Channel:
        place = self._place(channel)
        if person not in place.people:
            raise RefusedError(403, "not_in_channel")
        return place

    def _own(self, author: str, place: Channel, message: str) -> Message:
        found = place.messages.get(message)
        if found is None or found.deleted:
            raise RefusedError(404, "unknown_message")
        if found.author != author:
            raise RefusedError(403, "not_yours")
        return found

    def _check(self, given: Mapping[str, Any]) -> None:
        self._check_text(given["text"])
        choices, files = given.get("choices", []), given.get("files", [])
        if len(choices) > MAX_CHOICES or any(len(one["label"]) > MAX_LABEL for one in choices):
            raise RefusedError(400, "bad_choices")
        if len(files) > MAX_FILES or any(len(one["data"]) > MAX_FILE for one in files):
            raise RefusedError(400, "bad_files")

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise RefusedError(400, "empty_text")
        if len(text) > MAX_TEXT:
            raise RefusedError(400, "text_too_long")

    def _add(self, place: Channel, *, author: str, text: str, **more: Any) -> Message:
        self._check_text(text)
        message = Message(self._next("m"), place.id, author, text, time.time(), **more)
        place.messages[message.id] = message
        return message

    def _next(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count:07}"

    def _event(self, kind: str, message: Message, person: str, **more: Any) -> None:
        self._send(kind, self.channels[message.channel], person, message=message.id, **more)

    def _send(self, kind: str, place: Channel, person: str, **more: Any) -> None:
        if place.closed:
            return
        self._on_event(
            {
                "event": self._next("e"),
                "type": kind,
                "tenant": place.tenant,
                "channel": place.id,
                "person": person,
                "at": time.time(),
                **more,
            }
        )

    def _note(self, what: str, message: Message) -> None:
        shown = asdict(message)
        shown["files"] = [one["name"] for one in message.files]
        self._write_log({"what": what, **shown})

    def _write_log(self, entry: dict[str, Any]) -> None:
        self.log.append({"n": len(self.log), "now": time.time(), **entry})
        self._on_log()


def _sees(message: Message, person: str) -> bool:
    return message.only in {None, person} or message.author == person
