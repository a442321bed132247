"""The slash commands are told to Discord when they changed, not at every start."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from bot.discord.components import Payload
from bot.discord.rest import Rest
from bot.discord.table import commands_json

_log = logging.getLogger(__name__)
_PATH = "/applications/{app}/commands"


async def sync(rest: Rest, wanted: list[Payload] | None = None) -> bool:
    """Make Discord's commands those of the table; returns whether they had to be told.

    Raises:
        discord.HTTPException: Discord refuses them.
    """
    wanted = commands_json() if wanted is None else wanted
    if await synced(rest, wanted):
        return False
    await rest.call("PUT", _PATH, wanted, app=str((await rest.app())["id"]))
    _log.info("the slash commands were told to Discord", extra={"event": "commands_synced"})
    return True


async def synced(rest: Rest, wanted: list[Payload] | None = None) -> bool:
    """Whether Discord's commands are those of the table."""
    wanted = commands_json() if wanted is None else wanted
    there: list[Payload] = await rest.call("GET", _PATH, app=str((await rest.app())["id"]))
    by_name = {str(one["name"]): one for one in there}
    return len(there) == len(wanted) and all(
        covers(by_name.get(one["name"]), one) for one in wanted
    )


def covers(there: object, wanted: object) -> bool:
    """Whether what is there says all that is wanted; what it says besides does not matter."""
    if isinstance(wanted, dict):
        if not isinstance(there, dict):
            return False
        have, want = cast(Mapping[str, Any], there), cast(Mapping[str, Any], wanted)
        return all(
            covers(have[name], value) if name in have else value in (False, None, [], "")
            for name, value in want.items()
        )
    if isinstance(wanted, list):
        if not isinstance(there, list):
            return False
        ours, theirs = cast(Sequence[Any], wanted), cast(Sequence[Any], there)
        if all(isinstance(one, int) for one in ours):
            return sorted(ours) == sorted(theirs)
        return len(ours) == len(theirs) and all(map(covers, theirs, ours))
    return there == wanted
