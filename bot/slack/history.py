"""What is there already: our replies by their key, found in the metadata of messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import CannotLookError
from bot.slack.places import Place
from bot.slack.web import code_of, verdict
from bot.slack.workspaces import Workspace

EVENT_TYPE = "rocket_reply"
# What is not a reply of the inbox: roots of threads, pointers, hints.
NOTE_TYPE = "rocket_note"
_PAGE, _PAGES = 200, 5
# A top-level reply is looked for among so many of the last messages.
_RECENT = 100


def note_metadata(about: str, key: str = "", **more: str) -> dict[str, Any]:
    """The mark of a message that is no reply; ``key`` where it must not be there twice."""
    return {"event_type": NOTE_TYPE, "event_payload": {"about": about, "key": key, **more}}


def metadata(key: str, part: int) -> dict[str, Any]:
    """The mark that a message of ours carries."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "part": part}}


@dataclass(slots=True)
class Found:
    """Which messages of a reply are there: ``ts`` by part, and the files that came after.

    ``unmarked`` is a message of ours without a mark: a reply whose stream was never ended.
    """

    parts: dict[int, str] = field(default_factory=dict[int, str])
    files: set[str] = field(default_factory=set[str])
    unmarked: str | None = None


async def look(workspace: Workspace, place: Place, key: str, since: str | None) -> Found:
    """Find a reply in its thread, or among the last messages where it has none.

    Args:
        since: the ``ts`` after which it must stand; None where that is not known.

    Raises:
        CannotLookError: history can't be read.
        TryLaterError: not now.
    """
    found = Found()
    for message in await read_thread(workspace, place, since):
        own = message.get("bot_id") == workspace.credentials.bot_id
        if not (own or message.get("user") == workspace.credentials.bot_user):
            continue
        _note(found, message, key)
    return found


@dataclass(frozen=True, slots=True)
class Note:
    """A message that is no reply, and what its mark tells."""

    ts: str
    told: dict[str, Any]


async def find_note(workspace: Workspace, place: Place, key: str) -> Note | None:
    """The note with this key among the last messages of a channel; None without one.

    Raises:
        CannotLookError: history can't be read.
        TryLaterError: not now.
    """
    for message in await read_thread(workspace, place, None):
        mark: dict[str, Any] = message.get("metadata") or {}
        told: dict[str, Any] = mark.get("event_payload") or {}
        if mark.get("event_type") == NOTE_TYPE and told.get("key") == key:
            return Note(str(message["ts"]), told)
    return None


def _note(found: Found, message: dict[str, Any], key: str) -> None:
    mark: dict[str, Any] = message.get("metadata") or {}
    files: list[dict[str, Any]] = message.get("files") or []
    if mark.get("event_type") == EVENT_TYPE:
        told: dict[str, Any] = mark.get("event_payload") or {}
        if told.get("key") == key:
            found.parts[int(told.get("part") or 0)] = str(message["ts"])
            found.unmarked = None
    elif files:
        found.files |= {str(one.get("name")) for one in files}
    elif not mark:
        found.unmarked = str(message["ts"])


async def read_thread(
    workspace: Workspace, place: Place, since: str | None
) -> list[dict[str, Any]]:
    """The messages of a thread after a moment, or the last of a channel; oldest first.

    Raises:
        CannotLookError: history can't be read.
        TryLaterError: not now.
    """
    try:
        if not place.thread:
            told = await workspace.web.read(
                "conversations.history",
                channel=place.channel,
                oldest=since,
                include_all_metadata=True,
                limit=_RECENT,
            )
            return list(reversed(told.get("messages") or []))
        messages: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            told = await workspace.web.read(
                "conversations.replies",
                channel=place.channel,
                ts=place.thread,
                oldest=since,
                include_all_metadata=True,
                limit=_PAGE,
                cursor=cursor,
            )
            messages += told.get("messages") or []
            more: dict[str, Any] = told.get("response_metadata") or {}
            cursor = more.get("next_cursor")
            if not cursor:
                break
    except SlackApiError as error:
        raise verdict(error) or CannotLookError(code_of(error)) from error
    return messages
