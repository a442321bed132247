"""A server that the app was removed from: what was said there is deleted after a grace time."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import discord
from sqlalchemy import Connection

from bot.discord.desk import Desk
from bot.discord.places import DIRECT, PLATFORM, Place
from bot.inbound import Sender, TenantGone
from bot.inbox.codec import event_json, kind_of
from bot.platforms import wording
from storage import platforms
from storage.inbox import Arrival, accept

_log = logging.getLogger(__name__)
_NO_LIMIT = 1_000_000
# Sessions written in since so long are somebody's concern; at most so many people are told.
_TOLD, _MOST = timedelta(days=60), 500


def _prefix(guild: str) -> str:
    return f"{PLATFORM}:gone:{guild}:"


async def schedule(desk: Desk, guild: str) -> int:
    """Have what was said in a server deleted after the grace time; returns for how many people.

    A repeat changes nothing: the first removal counts.
    """
    now = datetime.now(UTC)
    due = now + timedelta(days=desk.settings.discord_grace_days)

    def work(connection: Connection) -> int:
        people = platforms.people_of(connection, PLATFORM, guild)
        arrivals = [_arrival(guild, one, now, due) for one in people]
        if arrivals:
            accept(connection, arrivals, now, _NO_LIMIT)
        return len(arrivals)

    many = await desk.engine.database.write(work, long=True)
    if many:
        _log.info("removed from a server: %d people's words are deleted on %s", many, due.date())
        desk.later(_tell(desk, guild, due))
    return many


async def _tell(desk: Desk, guild: str, due: datetime) -> None:
    """Tell those who have a session there, where they can still be reached."""
    since = datetime.now(UTC) - _TOLD
    rows = await desk.engine.database.read(
        lambda one: platforms.open_threads(one, PLATFORM, guild, since, _MOST)
    )
    text = wording.REMOVED.format(date=f"{due:%-d %B %Y}")
    for user in dict.fromkeys(row["external_id"] for row in rows):
        if not await desk.once("removed", guild, user, f"{due:%Y-%m-%d}"):
            continue
        try:
            await desk.say(await desk.direct(user), text)
        except discord.HTTPException as error:
            # Who shares no other server with the app, and has not added it, can't be written to.
            _log.info("somebody could not be told: %s", error.code)


async def call_off(desk: Desk, guild: str) -> int:
    """The app is back in a server: nothing is deleted. Returns for how many people."""
    return await desk.engine.database.write(
        lambda one: platforms.drop_due(one, _prefix(guild)), long=True
    )


async def gone_meanwhile(desk: Desk, there: set[str], shard: int, shards: int) -> None:
    """Have servers left that the app was removed from while nobody listened.

    Args:
        there: the servers that the gateway named for this shard.
    """
    known = await desk.engine.database.read(lambda one: platforms.tenants_of(one, PLATFORM))
    for guild in known:
        mine = guild != DIRECT and (int(guild) >> 22) % shards == shard
        if mine and guild not in there:
            await schedule(desk, guild)


def _arrival(guild: str, user: str, now: datetime, due: datetime) -> Arrival:
    place = Place(guild, guild, guild)
    event = TenantGone(place.conversation, "", Sender(PLATFORM, guild, user), now)
    return Arrival(
        f"{_prefix(guild)}{user}",
        (PLATFORM, guild, user),
        None,
        event.conversation,
        kind_of(event),
        event_json(event),
        due_at=due,
    )
