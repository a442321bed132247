"""How a command ends: exit codes, and a sentence instead of a traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.faults import note_fault
from bot.terminal.lines import emit

if TYPE_CHECKING:
    from bot.app import App

FINE = 0
FAULT = 1
CANNOT = 2
INTERRUPTED = 130
_FAULT = (
    "Something in the program went wrong; what was saved before is safe. "
    "The log on standard error says where."
)


def run(command: Callable[[], None], fail: Callable[[str], None]) -> int:
    """Run ``command`` and return its exit code.

    Args:
        command: what to do.
        fail: tells the person why it can't go on.
    """
    try:
        command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return FINE
    except Exception as error:  # nobody should read a traceback
        sentence = _known(error)
        if sentence is None:
            note_fault(error)
        fail(sentence or _FAULT)
        return FAULT if sentence is None else CANNOT
    return FINE


def close(runner: asyncio.Runner, running: App) -> None:
    """Give everything back; Ctrl-C is not heard while that is done, for we are leaving already."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        runner.run(running.close())
    finally:
        signal.signal(signal.SIGINT, before)


def tell(sentence: str) -> None:
    """Say why a command can't go on, to a person."""
    print(sentence, file=sys.stderr)


def tell_in_json(sentence: str) -> None:
    """The same for a script."""
    emit({"error": sentence})


def _known(error: Exception) -> str | None:
    from bot.engine.errors import EngineError
    from bot.settings import SettingsError
    from personas.catalogue import CatalogueError
    from storage.errors import StorageError

    known = (EngineError, SettingsError, CatalogueError, StorageError)
    return str(error) if isinstance(error, known) else None


def _drop_output() -> None:
    """Nobody reads on: keep the interpreter from complaining when it flushes at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
