"""Answers that no way was open for: kept, and shown with the next interaction of their person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp
import discord
from sqlalchemy import Connection

from bot.discord.calls import EPHEMERAL, NO_PREVIEWS, Ticket, ticket_of
from bot.discord.desk import Desk
from bot.discord.places import PLATFORM
from bot.discord.render import card
from bot.inbox.courier import outgoing_from
from bot.platforms import wording
from storage import inbox
from storage.queries import Row

_log = logging.getLogger(__name__)
# Of one interaction five may follow where the app is a person's own.
_MOST = 3


async def show(desk: Desk, ticket: Ticket, user: str) -> None:
    """Show somebody what could not be shown before, below the answer that they just got."""
    database = desk.engine.database
    for row in await database.glance(lambda one: inbox.given_up(one, PLATFORM, user, _MOST)):
        if ticket_of(row["body"]["answers"]) is None:
            # It belongs to a session, which goes on elsewhere.
            continue
        key = row["reply_key"]
        if await database.write(lambda one, key=key: inbox.take_given_up(one, key)):
            await database.write(_became(key, await _shown(desk, ticket, row)))


async def _shown(desk: Desk, ticket: Ticket, row: Row) -> str:
    """Show it; returns the state it is in then."""
    post = outgoing_from(row).post
    part = card(post, desk.coach(post.turned.reply.coach))
    body = {**part.payload, "content": wording.KEPT_FOR_YOU, "flags": EPHEMERAL | NO_PREVIEWS}
    try:
        await desk.rest.follow_up(ticket.app, ticket.token, body, part.files)
    except (discord.HTTPException, discord.RateLimited) as error:
        _log.info("reply %s is still kept: %s", post.key, error)
        return "failed"
    except (aiohttp.ClientError, TimeoutError) as error:
        _log.warning("reply %s may have been shown: %s", post.key, type(error).__name__)
        return "unsure"
    return "repeated"


def _became(key: str, state: str) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        inbox.mark_reply(connection, key, state=state, settled_at=datetime.now(UTC))

    return write
