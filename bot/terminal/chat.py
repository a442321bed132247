"""The chat for people at a terminal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console

from bot import app
from bot.inbound import Sender
from bot.settings import Settings
from bot.terminal.ending import close
from bot.terminal.look import THEME, Look
from bot.terminal.patience import Patience
from bot.terminal.talk import Talk
from bot.terminal.typing_line import LEAVE, TypingLine

_AT_MENU = "Ctrl-D or /quit leaves; /coach help lists what you can do."
_RESUMED = "You are back where you left off. /coach shows all coaches; Ctrl-D leaves."
# Ctrl-C as often as this, without a line between, leaves.
_LEAVES = 2
_PRESSED = "Press Ctrl-C again to leave, or go on writing. A line you had begun comes back with ↑."
_FINISHING = "One moment: your last line is still being taken."
_BYE = "Until next time. rocket chat takes up where you left off."


def chat(settings: Settings, sender: Sender, coach: str | None) -> None:
    """Talk until the person leaves.

    Raises:
        UnknownCoachError, StorageError, CatalogueError: it can't begin.
    """
    with _tidy_ends(), asyncio.Runner() as runner:
        running = runner.run(app.start(settings))
        try:
            look = Look(Console(highlight=False, theme=THEME), running.catalogue)
            kept = settings.retention_days or 0
            talk = Talk(running, sender, look.show, retention_days=kept)
            line = TypingLine(running.catalogue, lambda: talk.last)

            def pressed() -> None:
                talk.stop()
                look.hint(_FINISHING)

            patience = Patience(runner, pressed, line.interrupt)
            # Also between reading a line and taking it: a line once sent is never dropped.
            with patience.holding():
                Chat(talk, patience, look, line).run(coach)
        finally:
            close(runner, running)


class Chat:
    """One sitting at the terminal."""

    def __init__(self, talk: Talk, patience: Patience, look: Look, line: TypingLine) -> None:
        self._talk = talk
        self._patience = patience
        self._look = look
        self._line = line

    def run(self, coach: str | None) -> None:
        """Show the opening, then ask and answer until Ctrl-D, ``/quit`` or a second Ctrl-C."""
        self._patience.run(self._talk.open(coach, resume=True))
        opening = self._talk.last
        resumed = opening is not None and opening.session and coach is None
        self._look.hint(_RESUMED if resumed else _AT_MENU)
        pressed = self._patience.pressed
        while pressed < _LEAVES:
            if pressed:
                self._look.hint(_PRESSED)
            self._patience.forget()
            try:
                text = self._line.ask()
            except EOFError:
                break
            except KeyboardInterrupt:
                pressed += 1
                continue
            if text.strip().lower() in LEAVE:
                break
            pressed = self._answer(text)
        self._look.hint(_BYE)
        self._patience.run(self._talk.end())

    def _answer(self, text: str) -> int:
        """Show the reply to ``text``; returns how often Ctrl-C was pressed meanwhile."""
        if not text.strip():
            return 0
        self._patience.run(self._talk.say(text))
        return self._patience.pressed


@contextmanager
def _tidy_ends() -> Generator[None]:
    """A closed window or a plain ``kill`` ends the chat in order: the terminal is left sane."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
