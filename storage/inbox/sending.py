"""Replies on their way out."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, text, update

from storage.inbox.base import HEADS, insert_into
from storage.inbox_tables import ASIDE
from storage.people import lane_of
from storage.queries import Row, table


def keep_reply(
    connection: Connection,
    *,
    key: str,
    inbox_id: int,
    person: str,
    conversation: str,
    body: dict[str, Any] | None,
    now: datetime,
) -> None:
    """Write a reply to send; one that was begun before is completed.

    Its state is ``sending`` at once: the call follows the commit, and after a crash the platform is
    asked first.
    """
    row = _row(key, inbox_id, person, conversation, body, now)
    connection.execute(_keep_statement(connection.dialect.name), row)


def keep_once(
    connection: Connection,
    *,
    key: str,
    inbox_id: int,
    person: str,
    conversation: str,
    body: dict[str, Any] | None,
    now: datetime,
) -> bool:
    """As :func:`keep_reply`, but only if there is none with this key; returns whether it is new."""
    rows = table("outbox")
    made = insert_into(connection.dialect.name, "outbox").values(
        **_row(key, inbox_id, person, conversation, body, now)
    )
    new = made.on_conflict_do_nothing(index_elements=["reply_key"]).returning(rows.c.id)
    return connection.scalar(new) is not None


def _row(
    key: str,
    inbox_id: int,
    person: str,
    conversation: str,
    body: dict[str, Any] | None,
    now: datetime,
) -> dict[str, Any]:
    return {
        "reply_key": key,
        "inbox_id": inbox_id,
        "person_id": person,
        "conversation": conversation,
        "body": body,
        "state": "sending",
        "attempts": 0,
        "created_at": now,
    }


@lru_cache
def _keep_statement(dialect: str) -> Any:
    made = insert_into(dialect, "outbox")
    return made.on_conflict_do_update(
        index_elements=["reply_key"], set_={"body": made.excluded.body}
    )


def unsent(connection: Connection, person: str) -> list[Row]:
    """Replies of a person that are not shown yet, in order."""
    found = connection.execute(_unsent_query(), {"person": person}).mappings()
    return [dict(row) for row in found]


@lru_cache
def _unsent_query() -> Select[Any]:
    rows = table("outbox")
    return (
        select(rows)
        .where(rows.c.person_id == bindparam("person"), rows.c.settled_at.is_(None))
        .order_by(rows.c.id)
        .limit(HEADS)
    )


def mark_reply(connection: Connection, key: str, **values: Any) -> None:
    """Note what became of a reply: ``state``, ``platform_id``, ``attempts``, ``next_at`` …

    Its text leaves the outbox when it is settled; only a ``failed`` one keeps it, for the operator
    to have it tried again, and an ``unsure`` one, for the person to see it again.
    """
    rows = table("outbox")
    kept = values.get("state") in {"failed", "unsure"}
    if values.get("settled_at") is not None and not kept:
        values["body"] = None
    connection.execute(update(rows).where(rows.c.reply_key == key).values(**values))


def doubtful(connection: Connection, person: str, conversation: str, key: str = "") -> Row | None:
    """The last reply of a conversation of which it is not known whether it was shown, if any.

    Args:
        key: of the one that is meant, wherever it belongs; empty for the last one there.
    """
    rows = table("outbox")
    found = connection.execute(
        select(rows)
        .where(
            rows.c.person_id == person,
            rows.c.reply_key == key if key else rows.c.conversation == conversation,
            rows.c.state == "unsure",
            rows.c.body.is_not(None),
        )
        .order_by(rows.c.id.desc())
        .limit(1)
    )
    row = found.mappings().first()
    return dict(row) if row is not None else None


def given_up(connection: Connection, platform: str, external: str, limit: int) -> list[Row]:
    """Replies to somebody that could be shown nowhere, the first of them first.

    Args:
        external: the id of their account on the platform, in whatever tenant.
    """
    found = connection.execute(
        _given_up_query(), {"platform": platform, "external": external, "limit": limit}
    )
    return [dict(row) for row in found.mappings()]


@lru_cache
def _given_up_query() -> Select[Any]:
    rows, accounts = table("outbox"), table("accounts")
    lanes = select(lane_of(accounts)).where(
        accounts.c.platform == bindparam("platform"),
        accounts.c.external_id == bindparam("external"),
    )
    return (
        select(rows)
        # In these words the index of what was put aside is found.
        .where(text(ASIDE["outbox"]), rows.c.state == "failed")
        .where(rows.c.error == "UndeliverableError", rows.c.body.is_not(None))
        .where(rows.c.person_id.in_(lanes))
        .order_by(rows.c.settled_at)
        .limit(bindparam("limit"))
    )


def take_given_up(connection: Connection, key: str) -> bool:
    """Have a reply that was given up shown after all; returns False where somebody else does.

    Until it is known to be shown it counts as one that may be.
    """
    rows = table("outbox")
    wanted = (rows.c.reply_key == key) & (rows.c.state == "failed")
    return connection.execute(update(rows).where(wanted).values(state="unsure")).rowcount == 1
