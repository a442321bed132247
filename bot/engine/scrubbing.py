"""Removing from everywhere what came from one message."""

from __future__ import annotations

from typing import Any

from bot.engine.sessions import columns_of, state_of
from storage.queries import PersonScope


def scrub(
    scope: PersonScope, message: int, *, keep_message: bool = False, besides: str | None = None
) -> None:
    """Remove all that came from one message from sessions, findings, goals and commitments.

    Args:
        keep_message: leave the transcript line itself.
        besides: a session whose memory is written by the caller.
    """
    for row in scope.sessions():
        state = state_of(row)
        state.drop_message(message)
        changes: dict[str, Any] = {} if row["id"] == besides else columns_of(state)
        before = row["before"]
        if before and f"{message}" in str(before):
            changes["before"] = None
        if changes:
            scope.change("persona_sessions", row["id"], **changes)
    for insight in scope.rows("persona_insights"):
        kept = [quote for quote in insight["quotes"] if quote["message"] != message]
        if not kept:
            scope.remove("persona_insights", id=insight["id"])
        elif len(kept) < len(insight["quotes"]):
            scope.change("persona_insights", insight["id"], quotes=kept)
    scope.remove("commitments", message_id=message)
    scope.remove("goals", message_id=message)
    # An analysis is made anew on request; one that may quote the message must not stay.
    scope.remove("persona_cross_analysis")
    if not keep_message:
        scope.remove("messages", id=message)
