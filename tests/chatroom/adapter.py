"""The bot's side of the chatroom: shows replies there, and hands its events to the inbox.

A reply is one line of the chat or several: each carries the reply's key and the number of its part
as metadata, so that a repeat finds what is there. Buttons and files stand under the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp

from bot import inbound
from bot.inbound import Inbound, Sender
from bot.inbox.contract import (
    Begun,
    CannotLookError,
    Capabilities,
    Post,
    TryLaterError,
    UndeliverableError,
)
from bot.replies import Audience, Choice, Reply
from tests.chatroom.room import MAX_CHOICES, MAX_FILE, MAX_FILES, MAX_LABEL, MAX_TEXT

PLATFORM = "chatroom"
# What will never work, however often it is tried.
_NEVER = {"unknown_channel", "not_in_channel", "unknown_message", "unknown_person"}
# The part that holds the files, behind all parts of the text.
_FILES = 1000
_CALL_S = 5.0
_AGAIN_S = 0.1
_log = logging.getLogger(__name__)

Accept = Callable[[str, Inbound], Awaitable[object]]


class Chatroom:
    """The adapter. Use as an async context manager; :meth:`listen` brings the events."""

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=True, can_look=True, edits=True, private=True, files=True, identity=False
    )

    def __init__(self, address: str, token: str = "xoxb") -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_CALL_S)
        self._http = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    # Replies --------------------------------------------------------------------------------------

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        lines = _lines(post)
        if repeat:
            there = await self._there(post)
            if 0 in there:
                # Whatever stands there may be of another try: it is to be filled.
                return Begun(there[0], whole=False)
        posted = await self._call("post", **_place(post), **lines.pop(0), part=0)
        return Begun(posted["id"], whole=not lines and not post.partial)

    async def fill(self, post: Post, platform_id: str) -> None:
        lines = _lines(post)
        channel = _place(post)["channel"]
        await self._call("edit", channel=channel, message=platform_id, **lines.pop(0))
        there = await self._there(post) if lines or not post.partial else {}
        for part, line in lines.items():
            if part in there:
                await self._call("edit", channel=channel, message=there[part], **line)
            else:
                await self._call("post", **_place(post), **line, part=part)
        for part, message in there.items():
            if part and part not in lines:
                await self._call("delete", channel=channel, message=message)

    def unwanted(self, key: str, conversation: str) -> bool:
        return False

    def halt(self, key: str, conversation: str) -> None:
        pass

    async def busy(self, conversation: str) -> None:
        await self._call("typing", channel=conversation.split(":")[2])

    async def _there(self, post: Post) -> dict[int, str]:
        """The lines that this reply has by now, by part."""
        try:
            found = await self._call("history", channel=_place(post)["channel"], key=post.key)
        except _BlindError as error:
            raise CannotLookError(str(error)) from error
        return {one["part"]: one["id"] for one in reversed(found)}

    async def _call(self, method: str, **given: Any) -> Any:
        assert self._http is not None
        async with self._http.post(f"{self._address}/bot/{method}", json=given) as answer:
            body = await answer.json()
            if answer.status == 429:
                raise TryLaterError(float(answer.headers["Retry-After"]))
            if answer.status == 200:
                return body
            code = str(body["error"])
            if code in _NEVER:
                raise UndeliverableError(code)
            if code == "no_history":
                raise _BlindError(code)
            raise RuntimeError(f"{method}: {answer.status} {code}")

    # Events ---------------------------------------------------------------------------------------

    async def listen(self, accept: Accept) -> None:
        """Hand events to ``accept`` and acknowledge each once that returns; until cancelled."""
        assert self._http is not None
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self._http.ws_connect(f"{self._address}/bot/events") as socket:
                    await self._take_all(socket, accept)
            await asyncio.sleep(_AGAIN_S)

    async def _take_all(self, socket: aiohttp.ClientWebSocketResponse, accept: Accept) -> None:
        async def take(envelope: dict[str, Any]) -> None:
            event = envelope["event"]
            try:
                await accept(key_of(event), event_of(event))
                await socket.send_json({"ack": envelope["envelope"]})
            except Exception as error:
                # Not acknowledged: it comes again.
                _log.warning("event %s is not taken: %s", event["event"], type(error).__name__)

        async with asyncio.TaskGroup() as tasks:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    tasks.create_task(take(message.json()))


class _BlindError(Exception):
    """The history can't be read."""


def conversation_of(event: dict[str, Any]) -> str:
    """The conversation an event belongs to."""
    return f"{PLATFORM}:{event['tenant']}:{event['channel']}:main"


def key_of(event: dict[str, Any]) -> str:
    """The same for every repeat of an event."""
    key = f"{PLATFORM}:{event['tenant']}:{event['channel']}:{event['message']}"
    match event["type"]:
        case "edit":
            return f"{key}:edit:{event['edits']}"
        case "delete":
            return f"{key}:delete"
        case _:
            return key


def event_of(event: dict[str, Any]) -> Inbound:
    """An event of the platform in the bot's own terms."""
    sender = Sender(PLATFORM, event["tenant"], event["person"])
    at = datetime.fromtimestamp(event["at"], UTC)
    place, message = conversation_of(event), event["message"]
    match event["type"]:
        case "message":
            return inbound.Message(place, message, sender, event["text"], at)
        case "command":
            name, argument = event["name"], event["argument"]
            return inbound.Command(place, message, sender, name, argument, at)
        case "edit":
            return inbound.Edit(place, message, sender, event["text"], at)
        case "delete":
            return inbound.Delete(place, message, sender, at)
        case "choice":
            return inbound.Choice(place, message, sender, event["choice"], at)
        case other:
            raise ValueError(f"unknown event {other}")


def _place(post: Post) -> dict[str, Any]:
    reply = post.turned.reply
    only = post.recipient.external_id if reply.audience is Audience.OWNER else None
    channel = post.conversation.split(":")[2]
    return {"channel": channel, "key": post.key, "only": only, "answers": post.answers}


def _lines(post: Post) -> dict[int, dict[str, Any]]:
    """The lines of the chat that make up a reply, by part."""
    reply = post.turned.reply
    text, buttons = _text(reply), list(reply.choices)
    shown = [one for one in buttons if len(one.label) <= MAX_LABEL][:MAX_CHOICES]
    beyond = [one for one in buttons if one not in shown]
    files = [one for one in reply.attachments if len(one.data) * 4 // 3 < MAX_FILE - 8]
    files = files[:MAX_FILES] if not post.partial else []
    if not post.partial:
        told = [one.alt for one in reply.attachments if one not in files]
        text = "\n\n".join([text, *told, *_written(beyond)])
    pieces = split(text, MAX_TEXT)
    lines: dict[int, dict[str, Any]] = {part: {"text": one} for part, one in enumerate(pieces)}
    lines[len(pieces) - 1]["choices"] = [{"id": one.id, "label": one.label} for one in shown]
    if files:
        # A line keeps the files it was posted with, so they have one of their own.
        lines[_FILES] = {
            "text": "\n".join(one.name for one in files),
            "files": [
                {"name": one.name, "alt": one.alt, "data": b64encode(one.data).decode()}
                for one in files
            ],
        }
    return lines


def _text(reply: Reply) -> str:
    text = reply.text or reply.error or ""
    if reply.error:
        text = f"⚠ {text}"
    return f"{text}\n\n_{reply.notice}_" if reply.notice else text


def _written(choices: list[Choice]) -> list[str]:
    """Choices for which there is no button; typing the label picks one too."""
    return ["\n".join(f"- {one.label}" for one in choices)] if choices else []


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most ``limit`` characters, cut where a line or a word ends if that is near."""
    pieces: list[str] = []
    while len(text) > limit:
        cut = max(text.rfind("\n", limit // 2, limit), text.rfind(" ", limit // 2, limit))
        cut = cut if cut > 0 else limit
        pieces.append(text[:cut])
        text = text[cut:].lstrip("\n ") if cut < limit else text[cut:]
    return [*pieces, text] if text.strip() or not pieces else pieces
