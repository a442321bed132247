"""Tables of what chat platforms keep: threads, hints, installations, leases of shards."""

# SQLModel declares __tablename__ as an attribute of another kind than the string it takes.
# pyright: reportAssignmentType=false

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field

from storage.columns import Table as _Table
from storage.columns import UTCDateTime
from storage.columns import lane as _lane
from storage.columns import moment as _moment
from storage.columns import person as _person
from storage.columns import text as _text


class Thread(_Table, table=True):
    """A thread of a chat platform in which a person is coached; nobody else steers it."""

    __tablename__ = "threads"
    conversation: str = Field(primary_key=True)
    person_id: str = _person()
    coach: str | None = None
    created_at: datetime = _moment()
    lane: str | None = _lane()


class Once(_Table, table=True):
    """Something that is to happen once, ever or for some days: a hint, a greeting, an event."""

    __tablename__ = "once"
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False, index=True))


class Installation(_Table, table=True):
    """The app in one workspace, or in a whole organisation.

    ``secret`` is what the platform gave (tokens among it), encrypted; see bot/slack/installs.py.
    """

    __tablename__ = "installations"
    platform: str = Field(primary_key=True)
    tenant: str = Field(primary_key=True)
    secret: str = _text()
    installed_at: datetime = _moment()


class OAuthState(_Table, table=True):
    """An installation under way: who comes back with this state is who left with it."""

    __tablename__ = "oauth_states"
    state: str = Field(primary_key=True)
    expires_at: datetime = _moment()


class Lease(_Table, table=True):
    """What one of several workers holds until a moment, as a connection there may be one of."""

    __tablename__ = "leases"
    name: str = Field(primary_key=True)
    owner: str
    until: datetime = _moment()
