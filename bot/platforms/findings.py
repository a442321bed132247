"""What a look at how a platform is set up finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_MARKS = {"good": "✓", "less": "–", "bad": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: ``good``; ``less`` where something is done in a plainer way; ``bad`` where it fails.
        todo: what to do about it, empty where nothing is to be done.
    """

    about: str
    state: str
    says: str
    todo: str = ""


def shown(found: Iterable[Finding]) -> str:
    """Findings for people."""
    lines: list[str] = []
    for one in found:
        lines.append(f"{_MARKS[one.state]} {one.about}: {one.says}")
        if one.todo:
            lines.append(f"    {one.todo}")
    return "\n".join(lines)
