"""Finds the line of a mistake in a TOML text, so that a message can name file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-\"]+)\s*\]\]?")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the 1-based line where ``path`` of a parsed TOML document stands in ``text``.

    ``path`` is a pydantic error location such as ``("questions", 3, "text")``. The nearest line
    that can be told is given: an unknown key leads to its table's header, an unknown table to 1.
    """
    lines = text.splitlines()
    names = [part for part in path if isinstance(part, str)]
    index = next((part for part in path if isinstance(part, int)), None)
    best = 1
    for depth in range(len(names), 0, -1):
        header = _header_line(lines, ".".join(names[:depth]), index)
        if header:
            best = header
            names = names[depth:]
            break
    start = best if best > 1 else 0
    for name in names[:1]:
        for number in range(start, len(lines)):
            if number > start and _HEADER.match(lines[number]):
                break
            if re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", lines[number]):
                return _item_line(lines, number, index if path[-1] == index else None)
    return best


def _header_line(lines: list[str], name: str, index: int | None) -> int | None:
    seen = -1
    for number, line in enumerate(lines, start=1):
        found = _HEADER.match(line)
        if found and found.group(2) == name:
            seen += 1
            if found.group(1) == "[" or seen == (index or 0):
                return number
    return None


def _item_line(lines: list[str], start: int, index: int | None) -> int:
    """The line of item ``index`` of the array that begins at ``lines[start]``, one item a line."""
    if index is None or "]" in lines[start]:
        return start + 1
    seen = -1
    for number in range(start, len(lines)):
        content = lines[number] if number > start else lines[number].split("=", 1)[1]
        if re.search(r"[\"']", content):
            seen += 1
        if seen == index:
            return number + 1
    return start + 1
