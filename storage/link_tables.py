"""Tables of linked accounts: offers to link, and what is kept to part them again."""

# SQLModel declares __tablename__ as an attribute of another kind than the string it takes.
# pyright: reportAssignmentType=false

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey
from sqlmodel import Field

from storage.columns import Json, Table, counted, json, moment, person


class LinkOffer(Table, table=True):
    """A person wants to link two accounts: a code, whoever entered it, how far it has come.

    ``state`` is "open" until the code is entered, then "shown" (to who entered it: what would come
    together) and "asked" (them, and now who made the code). ``maker`` and ``taker`` say by which
    account, and where: ``{"sender": [platform, tenant, id], "place": conversation}``.
    """

    __tablename__ = "link_offers"
    id: str = Field(primary_key=True)
    person_id: str = person()
    maker: Json = json()
    taker_id: str | None = Field(
        default=None,
        sa_column=Column(ForeignKey("people.id", ondelete="CASCADE"), nullable=True, index=True),
    )
    taker: Json | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    # Good for one use: empty from then on.
    code_hash: str | None = Field(default=None, unique=True)
    state: str
    expires_at: datetime = moment()


class LinkTry(Table, table=True):
    """A code that was entered; too many in an hour are refused."""

    __tablename__ = "link_tries"
    id: int | None = counted()
    person_id: str = person()
    at: datetime = moment()


class Link(Table, table=True):
    """Two people who turned out to be one; all that is needed to part them again.

    Attributes:
        other: the id of the person who is no more, and again will be should they be parted.
        lanes: those whose rows go with them then.
        kept: settings, places of sessions and questions as they were; see storage/linking.py.
    """

    __tablename__ = "links"
    id: str = Field(primary_key=True)
    person_id: str = person()
    other: str
    lanes: list[str] = json()
    kept: Json = json()
    created_at: datetime = moment()
