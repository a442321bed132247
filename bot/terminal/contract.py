"""``rocket chat`` for scripts: the opening, then one JSON object for each line of stdin."""

from __future__ import annotations

import asyncio

from bot import app
from bot.inbound import Sender
from bot.settings import Settings
from bot.terminal.ending import close
from bot.terminal.lines import emit, read_lines
from bot.terminal.patience import Patience
from bot.terminal.talk import Talk


def talk_in_json(settings: Settings, sender: Sender, coach: str | None) -> None:
    """Talk until stdin ends.

    Raises:
        UnknownCoachError, StorageError, CatalogueError: it can't begin.
        KeyboardInterrupt: Ctrl-C; a turn under way was finished and printed first.
    """
    with asyncio.Runner() as runner:
        running = runner.run(app.start(settings))
        try:
            talk = Talk(
                running,
                sender,
                lambda turned: emit(turned.line()),
                own_only=True,
                retention_days=settings.retention_days or 0,
            )
            _answer_lines(Patience(runner, talk.stop), talk, coach)
        finally:
            close(runner, running)


def _answer_lines(patience: Patience, talk: Talk, coach: str | None) -> None:
    patience.run(talk.open(coach))
    patience.end_if_pressed()
    for line in read_lines():
        patience.run(talk.say(line))
        patience.end_if_pressed()
    patience.run(talk.end())
