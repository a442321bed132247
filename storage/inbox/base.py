"""What the parts share."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from storage.queries import table

# Rows of one mailbox read at a time: a burst is merged from these.
HEADS = 50


class FencedError(Exception):
    """Another worker holds the mailbox by now; nothing was written."""


def insert_into(dialect: str, name: str) -> Any:
    """An INSERT that knows ON CONFLICT."""
    maker = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return maker(table(name))
