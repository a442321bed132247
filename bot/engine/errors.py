"""What the engine refuses, in words for the user."""

from __future__ import annotations

from datetime import datetime


class EngineError(Exception):
    """Something the user asked for can't be done; the message is the sentence to show."""


class UnknownCoachError(EngineError):
    """There is no such coach; ``nearest`` is the key that looks most like it, or None."""

    def __init__(self, name: str, nearest: str | None) -> None:
        self.nearest = nearest
        shown = name if len(name) <= 40 else name[:40] + "…"
        hint = f" Did you mean {nearest}?" if nearest else " Type /coach to see who is here."
        super().__init__(f"There is no coach called “{shown}”.{hint}")


class NotFoundError(EngineError):
    """The session (or finding) is not there, or not this person's."""


class NotYetError(EngineError):
    """There is too little to show yet."""


class NotNowError(Exception):
    """An event must wait until ``until`` (UTC): a reminder at night, for example."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until.isoformat()}")
        self.until = until
