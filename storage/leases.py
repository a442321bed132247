"""What only one of several workers may hold at a time: taken, renewed and given back by name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.inbox.base import insert_into
from storage.queries import table


def take(connection: Connection, name: str, owner: str, at: datetime, until: datetime) -> bool:
    """Hold ``name`` until a moment, or longer than so far; returns False while another holds it."""
    rows = table("leases")
    made = insert_into(connection.dialect.name, "leases").values(
        name=name, owner=owner, until=until
    )
    free = (rows.c.until < at) | (rows.c.owner == owner)
    taken = made.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": made.excluded.owner, "until": made.excluded.until},
        where=free,
    )
    return connection.scalar(taken.returning(rows.c.name)) is not None


def holders(connection: Connection, prefix: str, at: datetime) -> dict[str, str]:
    """Who holds what, by name, of the names that begin so."""
    rows = table("leases")
    here = rows.c.name.startswith(prefix, autoescape=True)
    found = connection.execute(select(rows.c.name, rows.c.owner).where(here, rows.c.until >= at))
    return {row[0]: row[1] for row in found}


def give_back(connection: Connection, owner: str, *names: str) -> int:
    """Hold these no more, or nothing any more; returns how many were held."""
    rows = table("leases")
    which = rows.c.owner == owner
    if names:
        which &= rows.c.name.in_(names)
    return connection.execute(delete(rows).where(which)).rowcount


def drop_over(connection: Connection, prefix: str, before: datetime) -> int:
    """Delete what ran out before a moment; returns how many there were."""
    rows = table("leases")
    here = rows.c.name.startswith(prefix, autoescape=True)
    return connection.execute(delete(rows).where(here, rows.c.until < before)).rowcount
