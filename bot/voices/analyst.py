"""A language model as analyst: one call over the evidence, its lines checked one by one.

The answer is JSON in plain text, which every model can give. Lines the guard refuses are left out
here; whether their quotations are exact is the engine's to check.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import aclosing
from functools import cache
from string import Template
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.engine.analyst import Findings, Proposed, Quoted, Section, Task
from bot.engine.scene import Scene
from bot.voices.books import Books
from bot.voices.calling import Prompt
from bot.voices.falling_back import Again, Call, FallingBack
from bot.voices.grounds import Grounds
from bot.voices.guard import guarded
from personas.catalogue import HERE

_log = logging.getLogger(__name__)
AWAY: Final = (
    "The language model I speak with does not answer properly just now, so this comes from my "
    "playbook. Everything you said is kept."
)
_LINE_WORDS = 45
_LINES_AT_MOST = 40
_ANSWER_AT_MOST = 40_000
_FENCE = re.compile(r"\A\s*(?:```\w*\s*)?|\s*(?:```)?\s*\Z")
_NOW = "Write the JSON object."
_FROM = 20


class _Quote(BaseModel):
    model_config = ConfigDict(extra="ignore")
    line: int
    text: str


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    section: str
    text: str
    quotes: list[_Quote]


def _readable(value: object) -> object:
    """The lines that can be read; one that can't must not spoil the others."""
    kept: list[_Line] = []
    for entry in value if isinstance(value, list) else []:  # pyright: ignore[reportUnknownVariableType]
        try:
            kept.append(_Line.model_validate(entry))
        except ValidationError:
            continue
    return kept[:_LINES_AT_MOST]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    lines: Annotated[list[_Line], BeforeValidator(_readable)] = Field(default_factory=list[_Line])


class ModelAnalyst:
    """Asks a model once for a task; budgets and answers of earlier tries as for replies.

    Args:
        models: who is asked, in order.
        books: budgets, and answers of earlier tries.
    """

    def __init__(self, models: FallingBack, books: Books) -> None:
        self._models = models
        self._books = books

    async def analyse(self, task: Task) -> Findings:
        """Propose lines for a task; none where the model fails. Raises StorageError."""
        if not task.told:
            return Findings()
        prompt, scene = prompt_of(task), _scene(task)
        standing = await self._books.look(scene, prompt)
        if standing.over is not None:
            return Findings(trouble=standing.over)
        if standing.kept is not None:
            lines = lines_of(standing.kept.answer, task)
            return Findings(lines, done=True, spent=standing.kept.spent)
        call = Call()
        answer = await self._asked(prompt, call, task)
        if answer is None or not call.done:
            trouble = AWAY if answer is not None else None
            return Findings(spent=tuple(call.spent), trouble=trouble)
        await self._books.keep(scene, prompt, answer, call.spent)
        return Findings(lines_of(answer, task), done=True, spent=tuple(call.spent))

    async def _asked(self, prompt: Prompt, call: Call, task: Task) -> str | None:
        """The answer, whole if ``call.done``; None where nobody wants it any more."""
        answer = ""
        async with aclosing(self._models.ask(prompt, call, lambda: False)) as pieces:
            async for piece in pieces:
                if task.unwanted():
                    return None
                if isinstance(piece, Again):
                    answer = ""
                elif len(answer) < _ANSWER_AT_MOST:
                    answer += piece
        return answer


def prompt_of(task: Task) -> Prompt:
    """What a model is told for a task; the part that never changes comes first."""
    told = "\n".join(
        f"{number}. to {one.who}: {_said(one.text)}"
        for number, one in enumerate(task.told, start=1)
    )
    sections = "\n".join(_section(one) for one in task.sections)
    return Prompt(
        stable=_template("analysis").template,
        volatile=_template("evidence").substitute(sections=sections, told=told),
        message=_NOW,
    )


def _section(section: Section) -> str:
    parts = [f"- {section.name} (at most {section.most}): {section.about}"]
    if section.allowed:
        parts.append(f"The text of a line is one of: {', '.join(section.allowed)}.")
    if section.lines:
        parts.append(f"By rules it would be: {' | '.join(_said(one) for one in section.lines)}")
    return " ".join(parts)


def _said(text: str) -> str:
    """Words of somebody in one line, which can't close the mark they stand in."""
    return " ".join(text.split()).replace("<", "‹").replace(">", "›")


@cache
def _template(name: str) -> Template:
    path = HERE / "prompts" / f"{name}.md"
    return Template(path.read_text(encoding="utf-8").strip())


def _scene(task: Task) -> Scene:
    """Whose call it is, as the books want to know it."""
    return Scene(
        person=task.person,
        tenant=task.tenant,
        session=task.session or "",
        message=0,
        text="",
        today=task.today,
        key=task.key,
    )


def lines_of(answer: str, task: Task) -> dict[str, list[Proposed]]:
    """The lines of an answer by section, without those the guard refuses; empty where none can
    be read."""
    sections = {section.name: section for section in task.sections}
    grounds = _grounds(task)
    found: dict[str, list[Proposed]] = {}
    for line in _read(answer):
        section = sections.get(line.section)
        if section is None or len(found.get(section.name, ())) >= section.most:
            continue
        text = _kept(line.text, section, grounds)
        if text:
            quotes = tuple(Quoted(quote.line - 1, quote.text) for quote in line.quotes)
            found.setdefault(section.name, []).append(Proposed(text, quotes))
    return found


def _kept(text: str, section: Section, grounds: Grounds) -> str:
    if section.allowed:
        return text if text in section.allowed else ""
    shown, verdicts = guarded(" ".join(text.split()), grounds)
    refused = [verdict.reason or "" for verdict in verdicts if verdict.refused]
    if refused:
        _log.info("left out of an analysis: %s", ", ".join(refused))
        return ""
    return shown


def _grounds(task: Task) -> Grounds:
    return Grounds(
        texts=tuple(one.text for one in task.told),
        sources=task.sources,
        told=tuple(line for section in task.sections for line in section.lines),
        prompt=tuple(_rules()),
        names=task.names,
        questions=0,
        words=_LINE_WORDS,
    )


def _rules() -> Iterator[str]:
    text = _template("analysis").template
    yield from (line.lstrip("-# ") for line in text.splitlines() if len(line) > _FROM)


def _read(answer: str) -> list[_Line]:
    text = _FENCE.sub("", answer)
    begin = text.find("{")
    if begin < 0:
        return []
    try:
        found: Any
        found, _ = json.JSONDecoder().raw_decode(text[begin:])
        return _Answer.model_validate(found).lines
    except (ValueError, RecursionError):
        return []
