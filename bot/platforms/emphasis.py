"""Emphasis in CommonMark."""

from __future__ import annotations

_MARKS = "*_`~[\n\\<"


def emphasised(text: str, question: str | None) -> str:
    """The text with its question in bold, where that can't break other marks."""
    if not question or question not in text or any(mark in question for mark in _MARKS):
        return text
    before, _, after = text.rpartition(question)
    if before.endswith(("*", "_", "`", "“", "(")) or after[:1] in {"*", "_", "`"}:
        return text
    return f"{before}**{question.strip()}**{after}"
