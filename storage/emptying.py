"""Taking the words of a person out of what was accepted and what is to be sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, true, update

from storage.tables import metadata

_HOLDS = {"inbox": "payload", "outbox": "body"}


def empty_inbox(connection: Connection, lanes: Sequence[str], place: str | None = None) -> None:
    """Leave no word of the person in the inbox, and let nothing come of what waits there.

    The rows stay for a while without text, to know a repeated event by.

    Args:
        lanes: those of the person's accounts.
        place: how the conversations it is about begin; None for all of the person's.
    """
    for name, held in _HOLDS.items():
        rows = metadata.tables[name]
        here = rows.c.conversation.startswith(place, autoescape=True) if place else true()
        mine = rows.c.person_id.in_(lanes) & here
        waits = rows.c.settled_at.is_(None)
        dropped = {"state": "dropped", "settled_at": func.current_timestamp()}
        connection.execute(update(rows).where(mine, waits).values(**dropped))
        connection.execute(update(rows).where(mine).values({held: None}))
