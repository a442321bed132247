"""The person's clock: when it is morning there, and when it is night.

Where the zone is not known, one thing is: at the time of day at which they made the plan, they were
awake.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

MORNING = time(9, 30)
_AWAKE_FROM, _AWAKE_UNTIL = time(8), time(21)
# Without a zone: so long after the time of day at which the plan was made.
_STILL_NEAR = timedelta(hours=2)
_DAY = timedelta(days=1)


def zone_named(name: str | None) -> str | None:
    """The IANA name that is meant by ``name``, in whatever capitals; None for none known here."""
    return _known(name) if name else None


@lru_cache
def _known(name: str) -> str | None:
    # The list of all is read from hundreds of files: only who types one by hand needs it.
    with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name).key
    wanted = "_".join(name.split()).casefold()
    return next((zone for zone in available_timezones() if zone.casefold() == wanted), None)


def today(now: datetime, zone: str | None) -> date:
    """The day it is for the person; in UTC where the zone is not known."""
    return local(now, zone).date()


def morning(day: date, zone: str | None, made: datetime) -> datetime:
    """When to speak up on a day, in UTC.

    Args:
        made: when the plan was made; its time of day serves where the zone is not known.
    """
    if zone is None:
        return datetime.combine(day, made.astimezone(UTC).time(), UTC)
    return datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC)


def too_late(now: datetime, zone: str | None, made: datetime) -> datetime | None:
    """When to speak up instead of now, in UTC; None where now is a good time.

    Args:
        made: as for :func:`morning`.
    """
    if zone is None:
        last = datetime.combine(now.astimezone(UTC).date(), made.astimezone(UTC).time(), UTC)
        last -= _DAY * (last > now)
        return None if now - last < _STILL_NEAR else last + _DAY
    here = now.astimezone(ZoneInfo(zone))
    if _AWAKE_FROM <= here.time() < _AWAKE_UNTIL:
        return None
    return morning(here.date() + _DAY * (here.time() >= _AWAKE_UNTIL), zone, made)


def next_morning(now: datetime, zone: str | None, made: datetime) -> datetime:
    """When to speak up on the day after, in UTC."""
    return morning(today(now, zone) + _DAY, zone, made)


def local(moment: datetime, zone: str | None) -> datetime:
    """A moment as the person's clock shows it; in UTC where the zone is not known."""
    return moment.astimezone(_clock(zone))


def _clock(zone: str | None) -> tzinfo:
    return ZoneInfo(zone) if zone else UTC
