"""Every table, in one metadata.

A row that holds something a person said or that was concluded from it carries ``person_id``;
deleting the person deletes it. JSON columns hold what is only ever read whole.
"""

# SQLModel declares __tablename__ as an attribute of another kind than the string it takes.
# pyright: reportAssignmentType=false

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Text, false, true
from sqlmodel import Field

from storage.columns import BYTES, Json, UTCDateTime, metadata
from storage.columns import Table as _Table
from storage.columns import counted as _counted
from storage.columns import json as _json
from storage.columns import lane as _lane
from storage.columns import moment as _moment
from storage.columns import person as _person
from storage.columns import session as _session
from storage.columns import text as _text
from storage.inbox_tables import Chore, InboxRow, Mailbox, OutboxRow
from storage.link_tables import Link, LinkOffer, LinkTry
from storage.platform_tables import Installation, Lease, OAuthState, Once, Thread

__all__ = [
    "Chore",
    "InboxRow",
    "Installation",
    "Json",
    "Lease",
    "Link",
    "LinkOffer",
    "LinkTry",
    "Mailbox",
    "OAuthState",
    "Once",
    "OutboxRow",
    "Thread",
    "UTCDateTime",
    "metadata",
]


class Person(_Table, table=True):
    """A coachee, whatever accounts they write from."""

    __tablename__ = "people"
    id: str = Field(primary_key=True)
    created_at: datetime = _moment()
    notice_at: datetime | None = _moment(nullable=True)
    share_memory: bool = True
    # The zone of the person's clock; ``zone_chosen`` when they set it, not the platform.
    time_zone: str | None = None
    zone_chosen: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reminders: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    locale: str | None = None
    # What was typed before a coach was picked; the coach starts from it.
    menu_text: str | None = Field(default=None, sa_column=Column(Text))
    # Level and kind of the danger for which coaching is paused, and the turns since.
    paused: str | None = None
    paused_turns: int = 0
    # The choices of the last reply outside any session.
    offered: list[Json] = _json()


class Account(_Table, table=True):
    """The identity of a person on one platform.

    What comes in by it waits in the mailbox of its ``lane``, or of the person where there is none.
    """

    __tablename__ = "accounts"
    # Looked up at every event where one account is the same in every tenant.
    __table_args__ = (Index("ix_accounts_platform_external_id", "platform", "external_id"),)
    platform: str = Field(primary_key=True)
    tenant: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    person_id: str = _person()
    lane: str | None = _lane()


class PersonaProfile(_Table, table=True):
    """A projection of a coach file, so that rows can refer to it."""

    __tablename__ = "persona_profiles"
    key: str = Field(primary_key=True)
    name: str
    title: str
    version: str


class PersonaSession(_Table, table=True):
    """One person with one coach in one conversation.

    ``slots`` (evidence) and ``memory`` are the engine's bounded working memory; ``before`` is their
    value one turn ago, which makes taking back and regenerating an answer possible.
    """

    __tablename__ = "persona_sessions"
    id: str = Field(primary_key=True)
    person_id: str = _person()
    coach: str = Field(foreign_key="persona_profiles.key")
    tenant: str = ""
    conversation: str = Field(default="", index=True)
    objectives: list[str] = _json()
    phase: str
    progress: float = 0.0
    status: str = "open"
    slots: Json = _json()
    memory: Json = _json()
    before: Json | None = Field(default=None, sa_column=Column(JSON))
    satisfaction: int | None = None
    started_at: datetime = _moment()
    last_at: datetime = _moment()
    completed_at: datetime | None = _moment(nullable=True)
    lane: str | None = _lane()


class Message(_Table, table=True):
    """One line of a transcript; ``quality`` for the user's, ``sources`` for the coach's."""

    __tablename__ = "messages"
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    session_id: str = _session()
    person_id: str = _person()
    role: str
    phase: str
    text: str = _text()
    quality: Json | None = Field(default=None, sa_column=Column(JSON))
    sources: list[Json] = _json()
    external_id: str | None = Field(default=None, index=True)
    # A burst read as one message: [platform id, text] of each; None for a single message.
    parts: list[list[str]] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    at: datetime = _moment()
    edited_at: datetime | None = _moment(nullable=True)


class PersonaInsight(_Table, table=True):
    """A finding of a coach. The parts of its confidence are kept apart."""

    __tablename__ = "persona_insights"
    id: int | None = _counted()
    session_id: str = _session()
    person_id: str = _person()
    coach: str
    category: str
    theme: str
    title: str
    description: str = _text()
    certainty: float
    quotes: list[Json] = _json()
    recommendations: list[str] = _json()
    priority: int
    confirmed: bool | None = None
    created_at: datetime = _moment()


class CrossAnalysis(_Table, table=True):
    """The comparison of all coaches' findings about one person."""

    __tablename__ = "persona_cross_analysis"
    id: int | None = _counted()
    person_id: str = _person()
    sessions: list[str] = _json()
    agreements: list[Json] = _json()
    tensions: list[Json] = _json()
    profile: Json = _json()
    priorities: list[Json] = _json()
    plan: Json = _json()
    metrics: list[Json] = _json()
    confidence: float
    completeness: float
    created_at: datetime = _moment()
    lane: str | None = _lane()


class Asked(_Table, table=True):
    """A coaching question put to a person; none is put twice."""

    __tablename__ = "asked"
    person_id: str = Field(
        sa_column=Column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    )
    key: str = Field(sa_column=Column(BYTES, primary_key=True))
    session_id: str = _session()
    at: datetime = _moment()


class Goal(_Table, table=True):
    """A goal with its five attainment levels (-2 to +2)."""

    __tablename__ = "goals"
    id: int | None = _counted()
    person_id: str = _person()
    session_id: str | None = _session(nullable=True)
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    text: str = _text()
    levels: list[str] = _json()
    target_date: date | None = None
    status: str = "open"
    created_at: datetime = _moment()
    lane: str | None = _lane()


class Commitment(_Table, table=True):
    """What the person will do, when and where, with an if-then plan and a check-in date."""

    __tablename__ = "commitments"
    id: int | None = _counted()
    person_id: str = _person()
    session_id: str = _session()
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    text: str = _text()
    if_then: str = _text()
    confidence: int
    check_in: date | None = None
    status: str = "open"
    created_at: datetime = _moment()


class Outcome(_Table, table=True):
    """What happened in the world: applied, screen, interview, offer, accepted, rejected."""

    __tablename__ = "outcomes"
    id: int | None = _counted()
    person_id: str = _person()
    kind: str
    note: str = _text()
    at: datetime = _moment()
    lane: str | None = _lane()


class Feedback(_Table, table=True):
    """What a person thought of a reply; the last word counts."""

    __tablename__ = "feedback"
    message_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
        )
    )
    person_id: str = _person()
    value: int
    note: str = _text()
    at: datetime = _moment()


class Usage(_Table, table=True):
    """What one call of a language model took.

    The figures outlive the person and the session, of whom they then tell nothing: what was spent
    was spent.
    """

    __tablename__ = "usage"
    __table_args__ = (
        Index("ix_usage_person_id_at", "person_id", "at"),
        Index("ix_usage_tenant_at", "tenant", "at"),
    )
    id: int | None = _counted()
    person_id: str | None = Field(
        default=None,
        sa_column=Column(ForeignKey("people.id", ondelete="SET NULL"), nullable=True),
    )
    tenant: str
    session_id: str | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("persona_sessions.id", ondelete="SET NULL"), nullable=True, index=True
        ),
    )
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    model: str
    outcome: str
    attempts: int
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    # Counted by the length of the texts, where the provider told nothing.
    estimated: bool = False
    # In US dollars; None where the price is not known.
    cost: float | None = None
    first_token_ms: int | None = None
    total_ms: int = 0
    at: datetime = _moment()


class Memo(_Table, table=True):
    """A model's finished answer, until the turn that it belongs to is written.

    A turn that is tried again takes it from here: nothing is paid or answered twice. ``digest`` is
    that of the prompt it answers.
    """

    __tablename__ = "memo"
    key: str = Field(primary_key=True)
    person_id: str = _person()
    digest: str
    answer: str = _text()
    spent: list[Json] = _json()
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False, index=True))
