"""A summary is shared by its owner alone, after a look at what the others will read.

What is shared are the very words that were shown: they come back with the click.
"""

from __future__ import annotations

import logging

import discord

from bot.discord import limits
from bot.discord.calls import NO_PREVIEWS, Call, whisper
from bot.discord.components import Handle, Payload, button, rows
from bot.discord.desk import Desk
from bot.discord.places import Place, call_key
from bot.discord.rest import is_closed
from bot.platforms import wording

_log = logging.getLogger(__name__)
SHARE_NOW = "sharenow"
# What somebody needs to write in a channel, and in a thread.
_SEND, _SEND_IN_THREADS = 1 << 11, 1 << 38


def target(call: Call, *, own: bool) -> Place | None:
    """Where it would be read; None where its owner may not write or nobody else is.

    Args:
        own: the place is a thread of theirs, whose channel is meant then.
    """
    place = call.place
    if place.direct:
        return None
    if own:
        place = Place(place.tenant, place.parent, place.parent)
    needed = _SEND_IN_THREADS if place.threaded else _SEND
    return place if call.may & needed else None


def look(call: Call, where: Place | None) -> Payload:
    """What everybody there will read, for its owner to see first."""
    if where is None or not call.embeds:
        return whisper(wording.NOT_SHARED_HERE)
    lead = wording.SHARE_LOOK.format(where=f"<#{where.channel}>")
    below = rows([button("Share it", Handle(SHARE_NOW), "primary")])
    return whisper(lead, below) | {"embeds": _shown(call)}


async def share(desk: Desk, call: Call, where: Place | None) -> Payload:
    """Post it where its owner wants it; returns what they are told."""
    if where is None or not call.embeds:
        return _told(wording.NOT_SHARED_HERE)
    body: Payload = {
        "content": wording.SHARES.format(owner=f"<@{call.user}>"),
        "embeds": _shown(call),
        "allowed_mentions": {"parse": []},
        "flags": NO_PREVIEWS,
    }
    try:
        # Pressed twice it is the same message.
        told = await desk.rest.post(where.channel, body, f"s{call.message}"[: limits.NONCE])
    except discord.HTTPException as error:
        _log.info("%s could not be shared: %s", call_key(call.id), error.code)
        return _told(wording.CLOSED_TO_ME if is_closed(error) else wording.TRY_AGAIN)
    except discord.RateLimited:
        return _told(wording.TRY_AGAIN)
    return _told(wording.SHARED.format(link=where.message_url(str(told["id"]))))


def _told(text: str) -> Payload:
    return {"content": text, "embeds": [], "components": [], "allowed_mentions": {"parse": []}}


def _shown(call: Call) -> list[Payload]:
    return [
        {"description": str(one.get("description") or ""), "color": int(one.get("color") or 0)}
        for one in call.embeds
    ]
