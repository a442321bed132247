"""What is logged of an unexpected error. Imports no other part, for that may be what failed."""

from __future__ import annotations

import logging
from pathlib import Path

_log = logging.getLogger(__name__)


def note_fault(error: Exception, **ids: str | None) -> None:
    """Log an unexpected error with ids and place; not its own words, they may quote the user."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = (
        "?"
        if trace is None
        else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    )
    told = " ".join(f"{name}={value}" for name, value in ids.items())
    _log.error("%s at %s %s", type(error).__name__, where, told)
