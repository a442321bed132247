"""What is shown of a reply already, read from the history by the key in its components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.discord.components import handles
from bot.discord.rest import NO_ACCESS, NO_PERMISSION, Rest, verdict
from bot.inbox.contract import CannotLookError

_PAGE = 100
_PAGES = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of a reply: its id, and the webhook that sent it, if one did."""

    message: str
    hook: str = ""


@dataclass(slots=True)
class Found:
    """Messages of a reply by their number."""

    parts: dict[int, Shown] = field(default_factory=dict[int, Shown])


async def look(rest: Rest, channel: str, key: str, since: str) -> Found:
    """The messages of a reply in a channel.

    Args:
        since: an id; the reply came after it. Empty when that is not known: then the last hundred
            messages are read.

    Raises:
        CannotLookError: the history may not be read.
        TryLaterError, UndeliverableError: as the platform says.
    """
    found, after = Found(), since
    for _ in range(_PAGES):
        query: dict[str, str | int] = {"limit": _PAGE} | ({"after": after} if after else {})
        try:
            page = await rest.history(channel, **query)
        except discord.HTTPException as error:
            if error.code in {NO_ACCESS, NO_PERMISSION}:
                raise CannotLookError("the history may not be read") from error
            raise verdict(error) from error
        for one in page:
            note(found, key, one)
        if not after or len(page) < _PAGE:
            break
        after = max((str(one["id"]) for one in page), key=int)
    return found


def note(found: Found, key: str, message: Mapping[str, Any]) -> None:
    """Take note of a message if it belongs to the reply."""
    for handle in handles(message.get("components")):
        if handle.key == key:
            shown = Shown(str(message["id"]), str(message.get("webhook_id") or ""))
            # Of two, which should not be, the first counts.
            known = found.parts.get(handle.part)
            if known is None or int(shown.message) < int(known.message):
                found.parts[handle.part] = shown
            return
