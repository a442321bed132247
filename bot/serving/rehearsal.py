"""A talk before the first one, so that nobody waits for what is made when it is first used.

Patterns are compiled, vectors read and classifiers learnt at the first message that needs them:
together a second of work, in which a program that serves many would show nobody a sign.
"""

from __future__ import annotations

import logging
import tempfile
import time
from datetime import UTC, datetime
from typing import Final

from bot.engine.engine import Engine
from bot.inbound import Choice, Command, Edit, Inbound, Message, Opened, Sender
from bot.voices.guard import Grounds, Guard
from bot.voices.offline import OfflineVoice
from storage.database import Database
from storage.errors import StorageError

_log = logging.getLogger(__name__)
_WHO: Final = Sender("rehearsal", "here", "nobody", "en_GB")
_PLACE: Final = "rehearsal:here:room:room"
# One line for each of what is read in a message: what it is about, a story with its result, a
# question, another language, a sign of danger, work idioms.
_LINES: Final = (
    "I want to earn more because my rent went up a lot this year",
    "Last year I rebuilt the rota of our ward with three colleagues and sick leave fell by a fifth",
    "What should I say when they ask for a number?",
    "Ich weiß nicht, wie ich das anfangen soll, und ich habe Angst vor dem Gespräch",
    "this job is killing me and some days I do not want to live any more",
    "next",
)
_COMMANDS: Final = ("plan", "profile", "summary", "progress", "sessions", "me", "checkin", "export")


async def rehearse(engine: Engine) -> None:
    """Talk with nobody, in a database that is thrown away, by the very code that is to serve.

    It never fails: without it the first people wait.

    Args:
        engine: its understanding and its recommender are readied; its database is not touched.
    """
    began = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="rocket-") as folder:
            database = Database(f"{folder}/rehearsal.db")
            await database.open()
            try:
                await _talk(engine, database)
            finally:
                await database.close()
    except (OSError, StorageError) as error:
        _log.warning("no rehearsal: %s", type(error).__name__)
        return
    seconds = time.perf_counter() - began
    _log.info("rehearsed in %.1f s", seconds, extra={"event": "rehearsed"})


async def _talk(engine: Engine, database: Database) -> None:
    double = Engine(
        database,
        engine.catalogue,
        voice=OfflineVoice(),
        meaning=engine.meaning,
        recommender=engine.recommender,
    )
    if engine.voice.free:
        # Its sentences are checked: the patterns for that are many.
        Guard(Grounds())
    await double.start()
    for event in _events(engine.catalogue.keys[0]):
        await double.handle(event)


def _events(coach: str) -> list[Inbound]:
    at = datetime.now(UTC)
    said = [Message(_PLACE, str(number), _WHO, text, at) for number, text in enumerate(_LINES)]
    return [
        said[0],
        Opened(_PLACE, "", _WHO, at, coach),
        *said[:4],
        Choice(_PLACE, "", _WHO, "1", at),
        Edit(_PLACE, "1", _WHO, _LINES[2], at),
        *said[5:],
        *(Command(_PLACE, "", _WHO, name, "", at) for name in _COMMANDS),
        Command(_PLACE, "", _WHO, "me", "zone Lisbon", at),
        said[4],
    ]
