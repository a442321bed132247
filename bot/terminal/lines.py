"""Lines in and JSON objects out: what every command for scripts shares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator


def read_lines() -> Iterator[str]:
    """The lines of stdin without their line ends, also empty ones and a last one without end.

    Read as UTF-8; what is none is replaced. Only a newline ends a line.
    """
    for raw in iter(sys.stdin.buffer.readline, b""):
        yield raw.removesuffix(b"\n").decode("utf-8", errors="replace")


def clean(text: str) -> str:
    """``text`` without lone surrogates, which no encoding and no database takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def emit(value: object) -> None:
    """Print ``value`` as one line of ASCII-escaped JSON and flush it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
