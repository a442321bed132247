"""What the commands of ``rocket`` share. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.terminal import ending
from bot.terminal.lines import emit

if TYPE_CHECKING:
    from bot.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Db = Annotated[str | None, typer.Option("--db", metavar="PATH", help="The database to use.")]
_OBJECTS_PER_COLLECTION = 50_000


def collect_seldom() -> None:
    """Have the program look for garbage less often than by default.

    Imports make many objects and free none: at the default, looking for garbage among them takes a
    tenth of the time to the first prompt.
    """
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


def settings_of(db: str | None) -> Settings:
    """The settings in force; log lines go to stderr from here on."""
    from bot.app import log_to_stderr
    from bot.settings import read_settings

    # What people tell a coach is theirs alone: files made from here on are closed to others.
    os.umask(0o077)
    settings = read_settings(db)
    log_to_stderr(settings)
    return settings


def show(value: object, as_json: bool) -> None:
    """Print an answer, for a script or for a person."""
    if as_json:
        emit(value)
        return
    from bot.terminal.outline import outline

    print(outline(value), flush=True)


def run(command: Callable[[], None], as_json: bool) -> None:
    """Run a command and end with its exit code; what goes wrong is told in a sentence."""
    end(ending.run(command, ending.tell_in_json if as_json else ending.tell))


def end(code: int) -> None:
    """End the command with this exit code."""
    if code != ending.FINE:
        raise typer.Exit(code)
