"""Rows and tables by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from storage.tables import metadata

Row = Mapping[str, Any]


def table(name: str) -> Table:
    """The table of this name."""
    return metadata.tables[name]
