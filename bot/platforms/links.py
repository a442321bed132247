"""Lists of sessions with an address for each, in place of the ids that only the program reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.replies import Reply
from storage import platforms
from storage.database import Database

_CONTINUE = "/coach continue "


async def linked(
    database: Database, reply: Reply, address: Callable[[str], Awaitable[str | None]]
) -> Reply:
    """The reply with links to the sessions it names.

    Args:
        address: of a conversation; None where it has none on this platform.
    """
    ids = [one.id.removeprefix(_CONTINUE) for one in reply.choices if one.id.startswith(_CONTINUE)]
    named = [one for one in ids if f"`{one}`" in reply.text]
    if not named:
        return reply
    text = reply.text
    places = await database.glance(lambda one: platforms.conversations_of(one, named))
    for session in named:
        there = await address(places.get(session, ""))
        if there is not None:
            text = text.replace(f"`{session}`", f"[open]({there})")
    return replace(reply, text=text)
