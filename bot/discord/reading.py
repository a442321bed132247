"""What the gateway and the history bring of messages, as plain data and plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.platforms import wording

Payload = Mapping[str, Any]
# What people write: a message, an answer to one.
_SPOKEN = frozenset({0, 19})
_VOICE = 1 << 13
_EMOJI = re.compile(r"<a?:(\w+):\d+>")
_MENTION = re.compile(r"<(@[!&]?|#)(\d+)>")
READ_AT_MOST = 6000
_FETCH_AT_MOST = 200_000
_TEXT_KINDS = ("text/", "application/json")


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person.

    Attributes:
        guild: empty in direct messages.
        calls: it mentions the app.
        answers: the message of ours that it replies to (id, words); None for no such one.
        hidden: Discord kept its words back: the app may not read along here.
    """

    id: str
    channel: str
    guild: str
    user: str
    text: str
    calls: bool
    answers: tuple[str, str] | None
    files: tuple[Payload, ...] = ()
    sticker: str = ""
    poll: bool = False
    voice: bool = False
    hidden: bool = False


def said(told: Payload, me: str) -> Said | None:
    """A message as it came; None for what no person wrote to be read."""
    author: Payload = told.get("author") or {}
    if author.get("bot") or told.get("webhook_id") or not author.get("id"):
        return None
    if int(told.get("type") or 0) not in _SPOKEN:
        return None
    content = str(told.get("content") or "")
    mentions: Sequence[Payload] = told.get("mentions") or []
    stickers: Sequence[Payload] = told.get("sticker_items") or []
    files: Sequence[Payload] = told.get("attachments") or []
    poll = bool(told.get("poll"))
    something = content or files or stickers or poll or told.get("embeds")
    return Said(
        id=str(told["id"]),
        channel=str(told["channel_id"]),
        guild=str(told.get("guild_id") or ""),
        user=str(author["id"]),
        text=plain(content, me, {str(one["id"]): str(one["username"]) for one in mentions}),
        calls=any(str(one["id"]) == me for one in mentions),
        answers=_answered(told, me),
        files=tuple(files),
        sticker=str(stickers[0].get("name") or "a sticker") if stickers else "",
        poll=poll,
        voice=bool(int(told.get("flags") or 0) & _VOICE),
        hidden=not something and not told.get("message_snapshots"),
    )


def _answered(told: Payload, me: str) -> tuple[str, str] | None:
    before: Payload = told.get("referenced_message") or {}
    author: Payload = before.get("author") or {}
    if not before or str(author.get("id")) != me:
        return None
    return str(before["id"]), str(before.get("content") or "")


def plain(content: str, me: str, names: Mapping[str, str]) -> str:
    """A message's words: no mention of the app, others by their names, own emojis as words."""

    def shown(found: re.Match[str]) -> str:
        mark, who = found[1], found[2]
        if mark == "#":
            return "#channel"
        return "" if who == me else f"@{names.get(who, 'somebody')}"

    return _EMOJI.sub(lambda found: f":{found[1]}:", _MENTION.sub(shown, content)).strip()


def notes(one: Said) -> list[str]:
    """Sentences about what of a message can't be read."""
    told: list[str] = []
    if one.sticker:
        told.append(wording.STICKER)
    if one.poll:
        told.append(wording.POLL)
    for file in one.files:
        kind = _kind(file)
        if one.voice or kind.startswith("audio/"):
            told.append(wording.VOICE_NOTE)
        elif kind.startswith(("image/", "video/")):
            told.append(wording.PICTURE)
        elif not kind.startswith(_TEXT_KINDS):
            told.append(wording.NOT_TEXT.format(name=file.get("filename") or "the file"))
    return list(dict.fromkeys(told))


def _kind(file: Payload) -> str:
    return str(file.get("content_type") or "")


async def with_files(session: aiohttp.ClientSession, one: Said) -> tuple[str, list[str]]:
    """The words of a message with those of its text files, and sentences about the others."""
    texts, told = [one.text] if one.text else [], notes(one)
    for file in one.files:
        if one.voice or not _kind(file).startswith(_TEXT_KINDS):
            continue
        name = str(file.get("filename") or "the file")
        text = await _fetched(session, str(file.get("url") or ""))
        if text is None:
            told.append(wording.UNREADABLE.format(name=name))
            continue
        if len(text) > READ_AT_MOST:
            text = text[:READ_AT_MOST]
            told.append(wording.CUT_FILE.format(name=name, many=f"{READ_AT_MOST:,}"))
        texts.append(text)
    return "\n\n".join(texts), told


async def _fetched(session: aiohttp.ClientSession, url: str) -> str | None:
    if not url.startswith(("https://", "http://127.0.0.1")):
        return None
    try:
        async with session.get(url) as answer:
            if answer.status != 200:
                return None
            return (await answer.content.read(_FETCH_AT_MOST)).decode("utf-8-sig")
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
        return None
