"""The answers of the commands for scripts as text for people: any JSON value, indented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

_NOTHING = "Nothing yet."


def outline(value: object) -> str:
    """``value`` (JSON types) as indented lines, keys spelled as words."""
    return "\n".join(_lines(value)) or _NOTHING


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in cast("Mapping[str, object]", value).items():
            yield from _entry(key.replace("_", " "), part)
    elif isinstance(value, list):
        for part in cast("Sequence[object]", value):
            yield from _item(part)
    else:
        yield _word(value)


def _entry(name: str, part: object) -> Iterator[str]:
    lines = list(_lines(part))
    if isinstance(part, Mapping | list) and lines:
        yield f"{name}:"
        yield from (f"  {line}" for line in lines)
    else:
        yield f"{name}: {lines[0] if lines else '-'}"


def _item(part: object) -> Iterator[str]:
    for number, line in enumerate(_lines(part)):
        yield f"{'  ' if number else '- '}{line}"


def _word(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)
