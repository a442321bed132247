"""The commands of whoever runs the bot: serve, inbox, usage, backup, restore."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.cli_shared import AsJson, Db, end, run, settings_of, show
from bot.terminal import ending
from bot.terminal.lines import emit

_ID = typer.Argument(metavar="ID|all", help="An id from 'rocket inbox list', or all.")
_FILE = typer.Argument(metavar="FILE", help="The backup.")
Yes = Annotated[bool, typer.Option("--yes", help="Replace what is there.")]

inbox = typer.Typer(
    help="Events and replies that wait or were put aside: list, retry, drop.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``rocket``."""
    app.command()(serve)
    app.command()(usage)
    app.command()(backup)
    app.command()(restore)
    app.add_typer(inbox, name="inbox")


def serve(db: Db = None) -> None:
    """Run every platform that is configured, until SIGTERM or Ctrl-C."""

    def start() -> None:
        # Told to stop before anything was begun: nothing is to be finished. Imports take a second.
        signal.signal(signal.SIGTERM, _leave)
        settings = settings_of(db)
        from bot.serving import serve as serving

        serving.run(settings)

    end(ending.run(start, ending.tell))


def _leave(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(ending.FINE)


def usage(
    days: Annotated[int, typer.Option("--days", min=1, help="Of the last so many days.")] = 62,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """What language models took, by month, place and model: calls, tokens, cost, times."""

    def look() -> None:
        from bot.operating import used

        show(used(settings_of(db), days), as_json)

    run(look, as_json)


@inbox.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 200,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """What waits, what was given up, and replies that were not shown; never their text."""

    def look() -> None:
        from bot.operating import listed

        show(listed(settings_of(db), limit), as_json)

    run(look, as_json)


@inbox.command()
def retry(item: Annotated[str, _ID], as_json: AsJson = False, db: Db = None) -> None:
    """Have an event or a reply tried again at once; all: everything that was given up."""

    def put() -> None:
        from bot.operating import retried

        show({"retried": retried(settings_of(db), item)}, as_json)

    run(put, as_json)


@inbox.command()
def drop(item: Annotated[str, _ID], as_json: AsJson = False, db: Db = None) -> None:
    """Give an event or a reply up for good, with its text; all: everything that was put aside."""

    def put() -> None:
        from bot.operating import dropped

        show({"dropped": dropped(settings_of(db), item)}, as_json)

    run(put, as_json)


def backup(
    file: Annotated[Path, _FILE], yes: Yes = False, as_json: AsJson = False, db: Db = None
) -> None:
    """Copy the database into FILE, also while it is in use."""

    def copy() -> None:
        from bot.operating import back_up

        show(back_up(settings_of(db), file, overwrite=yes), as_json)

    _or_by_hand(copy, as_json)


def restore(
    file: Annotated[Path, _FILE], yes: Yes = False, as_json: AsJson = False, db: Db = None
) -> None:
    """Put the backup FILE in the place of the database; what was there is kept beside it."""

    def copy() -> None:
        from bot.operating import restored

        show(restored(settings_of(db), file, overwrite=yes), as_json)

    _or_by_hand(copy, as_json)


def _or_by_hand(copy: Callable[[], None], as_json: bool) -> None:
    """Run it; where the database is not ours to copy, print the command that does it."""
    by_hand: list[str] = []

    def attempt() -> None:
        from bot.operating import ByHandError

        try:
            copy()
        except ByHandError as error:
            by_hand.append(error.command)
            if as_json:
                emit({"error": str(error), "command": error.command})
            else:
                ending.tell(str(error))
                print(error.command, flush=True)

    run(attempt, as_json)
    if by_hand:
        end(ending.CANNOT)
