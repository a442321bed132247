"""Tables of the durable inbox.

These rows know people by id alone (no foreign key): an event of somebody who has just had
everything deleted must still be settled, and its text is gone once it is.
"""

# SQLModel declares __tablename__ as an attribute of another kind than the string it takes.
# pyright: reportAssignmentType=false

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field

from storage.columns import Json, UTCDateTime, partial_index
from storage.columns import Table as _Table
from storage.columns import counted as _counted
from storage.columns import moment as _moment


def _waiting(name: str, *columns: str) -> Index:
    """The rows of a person that are still to be worked on, in the order of the columns."""
    unsettled = "settled_at IS NULL"
    return partial_index(f"ix_{name}_waiting", "person_id", *columns, where=unsettled)


# The few rows that were put aside are found without reading the many that are done.
ASIDE = {"inbox": "state = 'dead'", "outbox": "state IN ('failed', 'unsure')"}


def _aside(name: str) -> Index:
    return partial_index(f"ix_{name}_aside", "settled_at", where=ASIDE[name])


class Mailbox(_Table, table=True):
    """The lane of one person: whoever holds its lease, at the newest epoch, may write for them.

    ``ready_at`` is when there is next something to do; None when there is nothing. Mailboxes of
    accounts that were linked bear the id of the one person in ``linked``: only one of them is held
    at a time.
    """

    __tablename__ = "mailbox"
    __table_args__ = (partial_index("ix_mailbox_linked", "linked", where="linked IS NOT NULL"),)
    person_id: str = Field(primary_key=True)
    platform: str
    tenant: str
    ready_at: datetime | None = Field(
        default=None, sa_column=Column(UTCDateTime, nullable=True, index=True)
    )
    lease_until: datetime | None = _moment(nullable=True)
    epoch: int = 0
    owner: str | None = None
    # When the minute that turns are counted in began, and how many it has seen.
    minute_at: datetime | None = _moment(nullable=True)
    minute_turns: int = 0
    linked: str | None = None


class InboxRow(_Table, table=True):
    """An accepted event or a reminder; ``payload`` is emptied when it is settled."""

    __tablename__ = "inbox"
    __table_args__ = (_waiting("inbox", "due_at", "id"), _aside("inbox"))
    id: int | None = _counted()
    event_key: str = Field(unique=True)
    person_id: str
    tenant: str
    conversation: str
    kind: str
    payload: Json | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    accepted_at: datetime = _moment()
    due_at: datetime | None = _moment(nullable=True)
    retry_at: datetime | None = _moment(nullable=True)
    attempts: int = 0
    state: str = "waiting"
    settled_at: datetime | None = Field(
        default=None, sa_column=Column(UTCDateTime, nullable=True, index=True)
    )
    error: str | None = None
    reply_key: str | None = None


class OutboxRow(_Table, table=True):
    """A reply to show; ``body`` is emptied when it has been shown."""

    __tablename__ = "outbox"
    __table_args__ = (_waiting("outbox", "id"), _aside("outbox"))
    id: int | None = _counted()
    reply_key: str = Field(unique=True)
    inbox_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    person_id: str
    conversation: str
    body: Json | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    state: str = "sending"
    platform_id: str | None = None
    attempts: int = 0
    next_at: datetime | None = _moment(nullable=True)
    created_at: datetime = _moment()
    settled_at: datetime | None = Field(
        default=None, sa_column=Column(UTCDateTime, nullable=True, index=True)
    )
    error: str | None = None


class Chore(_Table, table=True):
    """Something done once in a while by one worker for all; ``at`` is when one last took it on."""

    __tablename__ = "chores"
    name: str = Field(primary_key=True)
    at: datetime = _moment()
