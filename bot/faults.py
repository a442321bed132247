"""What is logged of an unexpected error. Imports no other part, for that may be what failed."""

from __future__ import annotations

import logging
from pathlib import Path

_log = logging.getLogger(__name__)


def where(error: BaseException) -> str:
    """Class and place of an error; not its own words, they may quote the user."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = Path(trace.tb_frame.f_code.co_filename).name
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"


def note_fault(error: Exception, **ids: str | None) -> None:
    """Log an unexpected error with ids and place."""
    told = " ".join(f"{name}={value}" for name, value in ids.items())
    _log.error("%s %s", where(error), told)
