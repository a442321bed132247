"""Log lines that hold ids and places, never what anybody said.

The words of an exception may quote a message, so of an error only its class and where it was raised
are written. Nor are the words of other packages' loggers written, for some of them log whole
payloads: of those, level, logger and place.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

_OURS = ("bot", "storage", "personas")
# Their words are about sockets and migrations only.
_TRUSTED = (*_OURS, "uvicorn", "alembic")
# What may be given by ``extra=``; each is an id, a name or a number.
FIELDS = (
    "event",
    "platform",
    "settings",
    "person",
    "reply",
    "item",
    "address",
    "seconds",
    "count",
)
_FRAMES = 6


class Safe(logging.Formatter):
    """One line for people: time, level, logger, message, fields, and the class of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = told_by(record)
        rest = " ".join(f"{name}={value}" for name, value in told.items() if name not in _HEAD)
        line = f"{told['at']} {told['level'].upper()} {told['logger']} {told.get('message', '')}"
        return f"{line.rstrip()} {rest}".rstrip()


class JsonLines(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``message``, fields, ``error``,
    ``where``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(told_by(record), ensure_ascii=True, default=str)


_HEAD = ("at", "level", "logger", "message")


def told_by(record: logging.LogRecord) -> dict[str, Any]:
    """What of a log record may be written."""
    told: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if _is_of(record.name, _TRUSTED):
        told["message"] = record.getMessage()
    else:
        told["where"] = f"{record.filename}:{record.lineno}"
    told |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
    if record.exc_info and record.exc_info[0] is not None:
        told["error"] = record.exc_info[0].__name__
        told["where"] = _place(record.exc_info[2])
    return told


def _is_of(name: str, packages: tuple[str, ...]) -> bool:
    return name.partition(".")[0] in packages


def _place(trace: TracebackType | None) -> str:
    """The innermost calls of a traceback, the outer one first."""
    return " < ".join(list(_frames(trace))[-_FRAMES:][::-1]) or "?"


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next


def log_to(stream: TextIO, level: str, *, as_json: bool) -> None:
    """Write log lines from ``level`` on, in place of whatever was set up before."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if as_json else Safe())
    wanted = logging.getLevelNamesMapping()[level.upper()]
    # Without their words, what others tell of their work is of no use; that something is wrong is.
    logging.basicConfig(level=max(wanted, logging.WARNING), handlers=[handler], force=True)
    for name in _TRUSTED:
        logging.getLogger(name).setLevel(wanted)
    # It lists what it is made of at every start.
    logging.getLogger("alembic.runtime.plugins").setLevel(max(wanted, logging.WARNING))


def log_to_stderr(level: str, *, as_json: bool = False) -> None:
    """The same for standard error."""
    log_to(sys.stderr, level, as_json=as_json)


def note_lost(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """For ``loop.set_exception_handler``: the usual one writes the words of the exception."""
    error = context.get("exception")
    logging.getLogger(__name__).error(
        "%s",
        str(context.get("message") or "a task failed").partition("\n")[0],
        exc_info=error if isinstance(error, BaseException) else None,
    )
