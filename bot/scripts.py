"""Commands for scripts: one question, one answer, as the objects of the command line contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from bot.app import read_catalogue, start
from bot.engine import staging
from bot.engine.engine import Engine
from bot.engine.errors import EngineError
from bot.engine.meaning import Meaning, best_available
from bot.engine.quality import assess
from bot.engine.recommendation import Recommender
from bot.engine.safety import screen
from bot.faults import note_fault
from bot.inbound import Sender
from bot.settings import Settings
from bot.terminal.lines import clean, emit, read_lines
from personas.catalogue import Catalogue, CatalogueError

Answer = dict[str, Any]
Result = TypeVar("Result")
# The keys of each answer: null where a line can't be answered.
KEYS = {
    "recommend": ("ranking", "unclear", "ask"),
    "assess": ("score", "confidence", "gap", "strategy", "parts"),
    "screen": ("level",),
}
_FAULT = "This line could not be worked on: something in the program went wrong."
_NO_PAIR = 'A line must be a JSON object with texts: {"question": "…", "answer": "…"}.'


class LineError(ValueError):
    """A line of stdin can't be used; the message says what it should hold."""


class ExportError(EngineError):
    """The export can't be written where it was wanted."""


class Scripts:
    """The commands that need no database.

    Args:
        settings: which coaches and which level of meaning.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def recommend(
        self, text: str, *, stage: str | None, goals: Sequence[str], challenges: Sequence[str]
    ) -> Answer:
        """All coaches, best first, for a text, a profile or both. Raises CatalogueError."""
        found = self._recommender.recommend(
            clean(text), stage=stage, goals=goals, challenges=challenges
        )
        ranking = [asdict(ranked) for ranked in found.ranking]
        return {"ranking": ranking, "unclear": found.unclear, "ask": found.ask}

    def assess(self, question: str, answer: str) -> Answer:
        """The quality of an answer; relevance is None without a question."""
        return asdict(assess(clean(question), clean(answer), self._meaning))

    def assess_pair(self, line: str, question: str) -> Answer:
        """The same for a line of JSON; ``question`` stands in where the line has none.

        Raises:
            LineError: the line is not what it should be.
        """
        try:
            read: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LineError(_NO_PAIR) from error
        if not isinstance(read, dict):
            raise LineError(_NO_PAIR)
        pair = cast("dict[str, object]", read)
        asked, answer = pair.get("question", question), pair.get("answer")
        if not isinstance(asked, str) or not isinstance(answer, str):
            raise LineError(_NO_PAIR)
        return self.assess(asked, answer)

    def screen(self, text: str) -> Answer:
        """Whether a text shows danger: ``explicit``, ``indirect`` or ``none``."""
        return {"level": screen(clean(text), self._meaning).level}

    def coaches(self) -> list[Answer]:
        """Who there is. Raises CatalogueError."""
        return [
            {
                "coach": coach.key, "name": coach.name, "title": coach.title, "emoji": coach.emoji,
                "colour": coach.colour, "tagline": coach.tagline, "expertise": coach.expertise,
                "focus": [theme.title for theme in coach.focus],
                "metrics": [metric.name for metric in coach.metrics],
                "objectives": [objective.text for objective in coach.objectives],
            }
            for coach in self._catalogue.coaches
        ]  # fmt: skip

    @cached_property
    def _catalogue(self) -> Catalogue:
        return read_catalogue(self._settings)

    @cached_property
    def _meaning(self) -> Meaning:
        return best_available(self._settings.embeddings)

    @cached_property
    def _recommender(self) -> Recommender:
        return Recommender(self._catalogue, self._meaning)


def answer_lines(answer: Callable[[str], Answer], keys: Sequence[str]) -> None:
    """Print one object for each line of stdin; for a bad line its ``keys`` are null.

    Raises:
        CatalogueError: a coach file can't be used.
    """
    for number, line in enumerate(read_lines(), start=1):
        emit(_answered(answer, line, keys, number))


def _answered(
    answer: Callable[[str], Answer], line: str, keys: Sequence[str], number: int
) -> Answer:
    try:
        return answer(line)
    except CatalogueError:
        raise
    except LineError as error:
        return {**dict.fromkeys(keys), "error": str(error)}
    except Exception as error:  # one line must not stop the others
        note_fault(error, line=str(number))
        return {**dict.fromkeys(keys), "error": _FAULT}


def ask_engine(settings: Settings, ask: Callable[[Engine], Coroutine[Any, Any, Result]]) -> Result:
    """Start the engine, put one question to it and close it.

    Raises:
        StorageError, CatalogueError: the engine can't start.
        EngineError: what was asked for is not there.
    """

    async def asking() -> Result:
        running = await start(settings, speaks=False)
        try:
            return await ask(running.engine)
        finally:
            await running.close()

    return asyncio.run(asking())


async def prompt_of(
    engine: Engine, sender: Sender, session: str, text: str | None
) -> dict[str, Any]:
    """What a language model would be told in the next turn of a session.

    Raises:
        NotFoundError: there is no such session.
    """
    from bot.voices import prompt

    brief = await staging.rehearsed(engine, await engine.person(sender), session, text)
    told = prompt.prompt_of(brief)
    return {
        "stable": told.stable,
        "volatile": told.volatile,
        "message": told.message,
        "characters": len(told.text),
        "files": [str(path) for path in prompt.templates()],
    }


def write_export(path: Path, data: Answer, text: str) -> list[str]:
    """Write an export, and for ``NAME.json`` its readable form beside it as ``NAME.md``.

    Returns:
        The paths written.

    Raises:
        ExportError: a file can't be written; an earlier file of that name is left as it was.
    """
    files = {path: json.dumps(data, ensure_ascii=False, indent=2) + "\n"}
    if path.suffix == ".json":
        files[path.with_suffix(".md")] = text
    for target, content in files.items():
        fresh = target.with_name(f".{target.name}.new")
        try:
            fresh.write_text(content, encoding="utf-8")
            fresh.replace(target)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise ExportError(f"The file {target} can't be written: {error.strerror}.") from error
    return [str(target) for target in files]
