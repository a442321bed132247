"""What chat platforms keep: who owns a thread, what was done once, installations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    String,
    bindparam,
    cast,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)

from storage.columns import UTCDateTime
from storage.inbox.base import insert_into
from storage.queries import Row, table


def keep_thread(
    connection: Connection, conversation: str, person: str, coach: str | None, at: datetime
) -> None:
    """Note whose thread this is, and who coaches there; an earlier note is replaced."""
    values = {
        "conversation": conversation,
        "person_id": person,
        "coach": coach,
        "created_at": at,
    }
    made = insert_into(connection.dialect.name, "threads").values(**values)
    connection.execute(
        made.on_conflict_do_update(
            index_elements=["conversation"],
            set_={"person_id": made.excluded.person_id, "coach": made.excluded.coach},
        )
    )


def threads_like(connection: Connection, pattern: str, before: datetime) -> list[Row]:
    """Notes of threads whose conversation is like a pattern of SQL, made before a moment."""
    rows = table("threads")
    found = connection.execute(
        select(rows)
        .where(rows.c.conversation.like(pattern), rows.c.created_at < before)
        .order_by(rows.c.created_at)
    )
    return [dict(row) for row in found.mappings()]


def drop_thread(connection: Connection, conversation: str) -> None:
    """Take the note of a thread back."""
    rows = table("threads")
    connection.execute(delete(rows).where(rows.c.conversation == conversation))


def came_to(connection: Connection, key: str) -> str | None:
    """The conversation an event came to; None for one that did not come in."""
    events = table("inbox")
    return connection.scalar(select(events.c.conversation).where(events.c.event_key == key))


def note_question(
    connection: Connection, conversation: str, account: tuple[str, str, str], at: datetime
) -> None:
    """Note that a thread began with a question of somebody, unless it is known whose it is.

    Args:
        account: platform, tenant and id of who asks.
    """
    platform, tenant, external = account
    told = {"here": conversation, "on": platform, "tenant": tenant, "who": external, "at": at}
    connection.execute(_question_statement(connection.dialect.name), told)


@lru_cache
def _question_statement(dialect: str) -> Any:
    accounts, sessions = table("accounts"), table("persona_sessions")
    here = bindparam("here", type_=String)
    coached = select(sessions.c.id).where(
        sessions.c.conversation == here, sessions.c.status != "ended"
    )
    mine = select(
        cast(here, String), accounts.c.person_id, bindparam("at", type_=UTCDateTime)
    ).where(
        accounts.c.platform == bindparam("on"),
        accounts.c.tenant == bindparam("tenant"),
        accounts.c.external_id == bindparam("who"),
        ~coached.exists(),
    )
    made = insert_into(dialect, "threads")
    return made.from_select(
        ["conversation", "person_id", "created_at"], mine
    ).on_conflict_do_nothing()


def thread(connection: Connection, conversation: str) -> Row | None:
    """Whose thread it is (``person_id``), and the coach; None where nobody is coached.

    A session that was opened in the conversation later on wins over the note.
    """
    where = {"here": conversation}
    row = connection.execute(_open_session_query(), where).mappings().first()
    if row is not None:
        return dict(row)
    row = connection.execute(_thread_query(), where).mappings().first()
    return {**row, "session": None} if row is not None else None


# What is asked for every event is built once: building a statement costs more than running it.
@lru_cache
def _open_session_query() -> Any:
    sessions = table("persona_sessions")
    return (
        select(sessions.c.person_id, sessions.c.coach, sessions.c.id.label("session"))
        .where(sessions.c.conversation == bindparam("here"), sessions.c.status != "ended")
        .order_by(sessions.c.last_at.desc())
        .limit(1)
    )


@lru_cache
def _thread_query() -> Any:
    threads = table("threads")
    return select(threads.c.person_id, threads.c.coach).where(
        threads.c.conversation == bindparam("here")
    )


@lru_cache
def _accounts_query() -> Any:
    accounts = table("accounts")
    return select(accounts.c.tenant, accounts.c.person_id).where(
        accounts.c.platform == bindparam("on"), accounts.c.external_id == bindparam("who")
    )


def conversations_of(connection: Connection, sessions: Sequence[str]) -> dict[str, str]:
    """Where sessions take place, by their ids."""
    rows = table("persona_sessions")
    found = connection.execute(
        select(rows.c.id, rows.c.conversation).where(rows.c.id.in_(sessions))
    )
    return {row.id: row.conversation for row in found}


def last_reply_key(connection: Connection, conversation: str) -> str | None:
    """The key of the last reply in a conversation; None when that is no longer known."""
    rows = table("outbox")
    return connection.scalar(
        select(rows.c.reply_key)
        .where(rows.c.conversation == conversation)
        .order_by(rows.c.id.desc())
        .limit(1)
    )


def once(connection: Connection, key: str, at: datetime) -> bool:
    """Whether this is the first time; from now on it was done."""
    made = insert_into(connection.dialect.name, "once").values(key=key, at=at)
    done = table("once")
    new = made.on_conflict_do_nothing(index_elements=["key"]).returning(done.c.key)
    return connection.scalar(new) is not None


def was_done(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these were done, or are events that came in already."""
    done, events = table("once"), table("inbox")
    found = set(connection.scalars(select(done.c.key).where(done.c.key.in_(keys))))
    return found | set(
        connection.scalars(select(events.c.event_key).where(events.c.event_key.in_(keys)))
    )


def prune_once(connection: Connection, names: Sequence[str], before: datetime, limit: int) -> int:
    """Drop what was done before a moment, oldest first; returns how many went.

    Args:
        names: what it was called ("seen" in ``slack:seen:…``); none for whatever it was.
    """
    rows = table("once")
    called = or_(*(rows.c.key.like(f"%:{name}:%") for name in names)) if names else true()
    wanted = select(rows.c.key).where(rows.c.at < before, called).order_by(rows.c.at).limit(limit)
    return connection.execute(delete(rows).where(rows.c.key.in_(wanted))).rowcount


def people_of(connection: Connection, platform: str, tenant: str) -> list[str]:
    """The platform's ids of everybody known from a workspace or server."""
    accounts = table("accounts")
    return list(
        connection.scalars(
            select(accounts.c.external_id).where(
                accounts.c.platform == platform, accounts.c.tenant == tenant
            )
        )
    )


def account_of(connection: Connection, person: str, platform: str, tenant: str) -> str | None:
    """The platform's id of a person; None where they have none there."""
    accounts = table("accounts")
    return connection.scalar(
        select(accounts.c.external_id).where(
            accounts.c.person_id == person,
            accounts.c.platform == platform,
            accounts.c.tenant == tenant,
        )
    )


def open_threads(
    connection: Connection, platform: str, tenant: str, since: datetime, limit: int
) -> list[Row]:
    """Conversations of a tenant with a session that was written in since then, the last first.

    Each with ``conversation``, ``last_at`` and the owner's id on the platform (``external_id``).
    """
    sessions, accounts = table("persona_sessions"), table("accounts")
    found = connection.execute(
        select(sessions.c.conversation, sessions.c.last_at, accounts.c.external_id)
        .join(accounts, accounts.c.person_id == sessions.c.person_id)
        .where(
            accounts.c.platform == platform,
            accounts.c.tenant == tenant,
            sessions.c.conversation.startswith(f"{platform}:{tenant}:", autoescape=True),
            sessions.c.status != "ended",
            sessions.c.last_at >= since,
        )
        .order_by(sessions.c.last_at.desc())
        .limit(limit)
    )
    return [dict(row) for row in found.mappings()]


# Installations --------------------------------------------------------------------------------


def keep_installation(
    connection: Connection, platform: str, tenant: str, secret: str, at: datetime
) -> None:
    """Write the installation of a tenant; the one before is replaced."""
    rows = table("installations")
    here = (rows.c.platform == platform) & (rows.c.tenant == tenant)
    if connection.execute(update(rows).where(here).values(secret=secret)).rowcount == 0:
        connection.execute(
            insert(rows).values(platform=platform, tenant=tenant, secret=secret, installed_at=at)
        )


def installation(connection: Connection, platform: str, tenant: str) -> str | None:
    """What is kept, encrypted, of a tenant's installation."""
    rows = table("installations")
    return connection.scalar(
        select(rows.c.secret).where(rows.c.platform == platform, rows.c.tenant == tenant)
    )


def installed(connection: Connection, platform: str) -> list[str]:
    """The tenants that installed the app."""
    rows = table("installations")
    return list(connection.scalars(select(rows.c.tenant).where(rows.c.platform == platform)))


def drop_installation(connection: Connection, platform: str, tenant: str) -> int:
    """Delete an installation; returns how many there were (0 or 1)."""
    rows = table("installations")
    here = (rows.c.platform == platform) & (rows.c.tenant == tenant)
    return connection.execute(delete(rows).where(here)).rowcount


def issue_state(connection: Connection, state: str, now: datetime, lives: timedelta) -> None:
    """Keep a state for a while; what has run out goes."""
    rows = table("oauth_states")
    connection.execute(delete(rows).where(rows.c.expires_at < now))
    connection.execute(insert(rows).values(state=state, expires_at=now + lives))


def consume_state(connection: Connection, state: str, now: datetime) -> bool:
    """Whether the state was issued and has not run out; it is good for once."""
    rows = table("oauth_states")
    good = connection.scalar(
        select(rows.c.state).where(rows.c.state == state, rows.c.expires_at >= now)
    )
    gone = connection.execute(delete(rows).where(rows.c.state == state)).rowcount
    return good is not None and gone == 1


# Accounts ---------------------------------------------------------------------------------------


def adopt_account(connection: Connection, platform: str, tenant: str, external: str) -> None:
    """Have an account belong to the person it belongs to in other tenants.

    For platforms on which an account is the same in every tenant; nothing changes for one that is
    new on the platform, or known in this tenant.
    """
    accounts = table("accounts")
    known = connection.execute(
        select(accounts.c.person_id, accounts.c.lane)
        .where(accounts.c.platform == platform, accounts.c.external_id == external)
        .limit(1)
    ).first()
    if known is not None:
        made = insert_into(connection.dialect.name, "accounts").values(
            platform=platform,
            tenant=tenant,
            external_id=external,
            person_id=known.person_id,
            lane=known.lane,
        )
        connection.execute(made.on_conflict_do_nothing())


def who_calls(
    connection: Connection, platform: str, tenant: str, external: str
) -> tuple[str | None, bool]:
    """The person an account belongs to, and whether it is known from other tenants only."""
    found = connection.execute(_accounts_query(), {"on": platform, "who": external}).all()
    here = next((row.person_id for row in found if row.tenant == tenant), None)
    return here, bool(found) and here is None


def any_account_of(connection: Connection, person: str, platform: str) -> str | None:
    """The platform's id of a person, whatever tenant it is known from; None where none is."""
    accounts = table("accounts")
    return connection.scalar(
        select(accounts.c.external_id)
        .where(accounts.c.person_id == person, accounts.c.platform == platform)
        .limit(1)
    )


def tenants_of(connection: Connection, platform: str) -> list[str]:
    """The tenants from which somebody is known."""
    accounts = table("accounts")
    found = select(accounts.c.tenant).where(accounts.c.platform == platform).distinct()
    return list(connection.scalars(found))


def drop_due(connection: Connection, prefix: str) -> int:
    """Call off what is due later, by the beginning of its keys; returns how many there were."""
    rows = table("inbox")
    waiting = rows.c.settled_at.is_(None) & rows.c.due_at.is_not(None)
    return connection.execute(
        delete(rows).where(waiting, rows.c.event_key.startswith(prefix, autoescape=True))
    ).rowcount


def open_conversations(
    connection: Connection, platform: str, since: datetime, limit: int
) -> list[Row]:
    """Conversations with a session that was written in since then, with ``last_at``, last first."""
    sessions = table("persona_sessions")
    found = connection.execute(
        select(sessions.c.conversation, sessions.c.last_at)
        .where(
            sessions.c.conversation.startswith(f"{platform}:", autoescape=True),
            sessions.c.status != "ended",
            sessions.c.last_at >= since,
        )
        .order_by(sessions.c.last_at.desc())
        .limit(limit)
    )
    return [dict(row) for row in found.mappings()]
