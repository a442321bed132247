"""What language models took, and their answers that wait for their turn to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select

from storage.queries import Row, table
from storage.tables import Json

# A turn that was not written by then was given up.
MEMO_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Used:
    """What was used up to now: tokens in and out of a person today; of a tenant this month."""

    person_tokens: int
    tenant_tokens: int
    tenant_cost: float


def used(connection: Connection, person: str, tenant: str, at: datetime) -> Used:
    """What a person used on the day, and a tenant in the month, of ``at`` (in UTC)."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    usage = table("usage")
    own = connection.execute(_sums().where(usage.c.person_id == person, usage.c.at >= day)).one()
    of_all = connection.execute(
        _sums().where(usage.c.tenant == tenant, usage.c.at >= day.replace(day=1))
    ).one()
    return Used(int(own[0] or 0), int(of_all[0] or 0), float(of_all[1] or 0.0))


def _sums() -> Select[Any, Any]:
    usage = table("usage")
    tokens = func.coalesce(usage.c.tokens_in, 0) + func.coalesce(usage.c.tokens_out, 0)
    return select(func.sum(tokens), func.sum(usage.c.cost))


# Asked at every turn: building a statement costs more than running it.
@lru_cache
def _memo_query() -> Select[Any]:
    memo = table("memo")
    return select(memo).where(memo.c.key == bindparam("key"), memo.c.digest == bindparam("digest"))


def memo_of(connection: Connection, key: str, digest: str) -> Row | None:
    """The answer kept under a key, if it answers the prompt with this digest."""
    row = connection.execute(_memo_query(), {"key": key, "digest": digest}).mappings().first()
    return dict(row) if row is not None else None


def keep_memo(
    connection: Connection,
    *,
    key: str,
    person: str,
    digest: str,
    answer: str,
    spent: Sequence[Json],
    at: datetime,
) -> None:
    """Keep a finished answer; one of an earlier try gives way. Old ones of others go as well."""
    memo = table("memo")
    connection.execute(delete(memo).where((memo.c.key == key) | (memo.c.at < at - MEMO_KEPT)))
    connection.execute(
        insert(memo).values(
            key=key, person_id=person, digest=digest, answer=answer, spent=list(spent), at=at
        )
    )


def calls(connection: Connection, since: datetime) -> list[Row]:
    """The calls since a moment, oldest first; nobody is named."""
    usage = table("usage")
    query = select(
        usage.c.at,
        usage.c.tenant,
        usage.c.model,
        usage.c.outcome,
        usage.c.attempts,
        usage.c.tokens_in,
        usage.c.tokens_out,
        usage.c.tokens_cached,
        usage.c.estimated,
        usage.c.cost,
        usage.c.first_token_ms,
        usage.c.total_ms,
    )
    found = connection.execute(query.where(usage.c.at >= since).order_by(usage.c.at))
    return [dict(row) for row in found.mappings()]
