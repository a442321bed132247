"""What tables are made of: the one metadata, kinds of columns, names of what the database makes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
_WHERE = "where"
Json = dict[str, Any]


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC: refuses naive values and returns aware ones, also on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: in UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must carry a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(SQLModel):
    """What every table is made from: one metadata."""

    metadata = metadata
    # Rows are never validated: what a model would be validated by need not be built at the start.
    model_config = SQLModelConfig(defer_build=True)


def person() -> Any:
    """Whose row it is; goes with the person."""
    return Field(
        sa_column=Column(ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True)
    )


def lane() -> Any:
    """The id of the person by whose account it came in, where that is another than the owner.

    Accounts that were linked belong to one person; this tells which of them a row came by, so that
    they can be parted again.
    """
    return Field(default=None, sa_column=Column(String, nullable=True))


def session(*, nullable: bool = False) -> Any:
    """The session that a row comes from; goes with it."""
    column: Column[Any] = Column(
        ForeignKey("persona_sessions.id", ondelete="CASCADE"), nullable=nullable, index=True
    )
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def json() -> Any:
    """What is only ever read whole."""
    return Field(sa_column=Column(JSON, nullable=False))


def text() -> Any:
    """Words of any length."""
    return Field(sa_column=Column(Text, nullable=False))


def moment(*, nullable: bool = False) -> Any:
    """A moment in UTC."""
    column: Column[Any] = Column(UTCDateTime, nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def counted() -> Any:
    """An id that the database counts up. 64 bits; SQLite counts only what is called INTEGER."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Field(default=None, sa_column=Column(kind, primary_key=True))


# Compared as bytes everywhere, so that all keys that begin alike stand together: many databases
# sort by a language, in which ":" may count for nothing.
BYTES = String().with_variant(String(collation="C"), "postgresql")


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which ``where`` holds.

    Postgres hears of it by :func:`tell_postgres`: named here, it would have its dialect loaded on a
    laptop with SQLite.
    """
    return Index(name, *columns, sqlite_where=sql(where), info={_WHERE: where})


def tell_postgres(tables: MetaData) -> None:
    """Make partial indexes partial on Postgres too; called before its dialect is used."""
    for table in tables.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                index.dialect_options["postgresql"]["where"] = sql(index.info[_WHERE])
