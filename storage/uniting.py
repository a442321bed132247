"""The settings of two people who become one, and of each when they are two again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.queries import Row

# Columns of a person that somebody may have set; see :func:`united`.
SETTINGS = (
    *("notice_at", "share_memory", "time_zone", "zone_chosen", "reminders", "locale"),
    *("menu_text", "paused", "paused_turns", "offered"),
)
EMPTY: dict[str, Any] = {"offered": [], "menu_text": None}
_MOMENTS = frozenset({"notice_at", "created_at"})


def united(own: Row, other: Row) -> dict[str, Any]:
    """The settings of both: the older one's, except where they set nothing.

    What was switched off stays off, whoever did it, and a pause for somebody in danger stays.
    """
    both = {name: own[name] for name in SETTINGS}
    chosen = own if own["zone_chosen"] or not other["zone_chosen"] else other
    if chosen["time_zone"] is None:
        chosen = other
    both |= {name: chosen[name] for name in ("time_zone", "zone_chosen")}
    for name in ("locale", "menu_text", "offered"):
        both[name] = own[name] or other[name]
    for name in ("share_memory", "reminders"):
        both[name] = own[name] and other[name]
    if own["paused"] is None:
        both |= {name: other[name] for name in ("paused", "paused_turns")}
    seen = [row["notice_at"] for row in (own, other) if row["notice_at"] is not None]
    both["notice_at"] = min(seen, default=None)
    return both


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON."""
    return {
        name: row[name].isoformat() if name in _MOMENTS and row[name] is not None else row[name]
        for name in (*SETTINGS, "created_at")
        if name in row
    }


def typed(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from JSON."""
    return {
        name: datetime.fromisoformat(value) if name in _MOMENTS and value is not None else value
        for name, value in kept.items()
    }
