"""Files: ours go up with a text alternative; text files of people are read as their words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession

from bot.platforms import wording
from bot.replies import Attachment
from bot.slack.places import Place
from bot.slack.workspaces import Workspace

_log = logging.getLogger(__name__)
# In characters and bytes: what is read of a file, and what is fetched at most.
READ_AT_MOST = 6000
_FETCH_AT_MOST = 200_000
_FETCH_S = 2.0
_ALT_AT_MOST = 1000


async def upload(
    workspace: Workspace, session: ClientSession, place: Place, attached: Attachment
) -> None:
    """Show a file in a place. Raises SlackApiError, ClientError."""
    told = await workspace.web.read(
        "files.getUploadURLExternal",
        filename=attached.name,
        length=len(attached.data),
        alt_txt=attached.alt[:_ALT_AT_MOST] or None,
    )
    async with session.post(told["upload_url"], data=attached.data) as answer:
        answer.raise_for_status()
    await workspace.poster.call(
        "files.completeUploadExternal",
        files=[{"id": told["file_id"], "title": attached.name}],
        channel_id=place.channel,
        thread_ts=place.thread or None,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """What came of the files of a message: their words, and sentences about the others."""

    text: str
    notes: tuple[str, ...]


Reader = Callable[[bytes], str | None]


def _plain(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


# By the beginning of the media type; what is not here gets a sentence. Further kinds go here.
READERS: dict[str, Reader] = {"text/": _plain, "application/json": _plain}


async def read(session: ClientSession, token: str, found: Sequence[Mapping[str, Any]]) -> Read:
    """Read the files of a message, within the time an acknowledgement has."""
    texts: list[str] = []
    notes: list[str] = []
    for one in found:
        name = str(one.get("name") or one.get("title") or "the file")
        reader = _reader(one)
        if reader is None:
            notes.append(_refusal(one, name))
            continue
        data = await _fetch(session, token, str(one.get("url_private") or ""))
        text = reader(data) if data is not None else None
        if text is None:
            notes.append(wording.UNREADABLE.format(name=name))
            continue
        if len(text) > READ_AT_MOST:
            text = text[:READ_AT_MOST]
            notes.append(wording.CUT_FILE.format(name=name, many=f"{READ_AT_MOST:,}"))
        texts.append(text)
    return Read("\n\n".join(texts), tuple(dict.fromkeys(notes)))


def _reader(one: Mapping[str, Any]) -> Reader | None:
    kind = str(one.get("mimetype") or "")
    return next((reader for begin, reader in READERS.items() if kind.startswith(begin)), None)


def _refusal(one: Mapping[str, Any], name: str) -> str:
    kind = str(one.get("mimetype") or "")
    if one.get("subtype") == "slack_audio" or kind.startswith("audio/"):
        return wording.VOICE_NOTE
    if kind.startswith(("image/", "video/")):
        return wording.PICTURE
    return wording.NOT_TEXT.format(name=name)


async def _fetch(session: ClientSession, token: str, url: str) -> bytes | None:
    if not url.startswith(("https://", "http://127.0.0.1")):
        return None
    try:
        async with (
            asyncio.timeout(_FETCH_S),
            session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            if answer.status != 200:
                return None
            return await answer.content.read(_FETCH_AT_MOST)
    except (ClientError, TimeoutError) as error:
        _log.info("a file could not be fetched: %s", type(error).__name__)
        return None
