"""What short messages in other languages than English mean to the talk: "weiter", "no sé", "aiuto".

The words are data (``steering.toml``); which intents and commands they name is the engine's matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from personas.catalogue import HERE, load_data

_AT_MOST: Final = 60
_AGREES_AT_MOST: Final = 6
_RATES_AT_MOST: Final = 6
_MARKS: Final = re.compile(r"[^\w']+|_")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# "seven of ten" in the languages of the file.
_OF: Final = frozenset(("von", "sur", "de", "em", "su"))
_TEN: Final = 10


class _Language(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    yes: str = Field(min_length=2)
    no: str = Field(min_length=2)
    numbers: str = Field(min_length=10)
    conditions: str = Field(min_length=2)
    says: dict[str, list[str]]
    commands: dict[str, list[str]]
    here: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    polite: str
    languages: dict[str, _Language]


@dataclass(frozen=True, slots=True)
class Meanings:
    """What whole messages mean, by their plain form; by language where they count only there."""

    everywhere: Mapping[str, str]
    here: Mapping[str, Mapping[str, str]]

    def of(self, text: str, language: str | None) -> str | None:
        """What a message means in a talk held in a language; None for an answer like others."""
        if len(text) > _AT_MOST:
            return None
        for plain in _forms(text):
            own = self.here.get(language or "", {}).get(plain)
            if own is not None:
                return own
            if plain in self.everywhere:
                return self.everywhere[plain]
        return None


def intent_named(text: str, language: str | None = None) -> str | None:
    """The name of the intent a whole message has, where it is steering words; else None.

    Args:
        language: the code of the language the talk is held in; None for English.

    Raises:
        CatalogueError: ``personas/steering.toml`` can't be used.
    """
    return _read().intents.of(text, language)


def command_named(text: str) -> str | None:
    """The name of the command a whole message stands for, else None.

    It is the same in every talk: where a platform has to know commands, no language is agreed yet.
    """
    return _read().commands.of(text, None)


def agrees(text: str, language: str | None) -> bool:
    """Whether a short message begins with a yes of a language and takes nothing back."""
    known = _read().yes.get(language or "")
    if known is None:
        return False
    yes, no = known
    said = plain_form(text)
    head = f"{said} "
    short = len(said.split()) <= _AGREES_AT_MOST
    return short and any(head.startswith(f"{one} ") for one in yes) and not no & {*said.split()}


def begins_with_condition(text: str, language: str | None) -> bool:
    """Whether a text begins like "if he laughs, …" in a language."""
    head, *_ = plain_form(text).split(maxsplit=1) or [""]
    return head in _read().conditions.get(language or "", ())


def numbers_in(text: str, language: str | None) -> list[int]:
    """The numbers from zero to ten that a short message spells out in a language, in order.

    "Sieben von zehn" is 7; "un" counts only where it is all that was said.
    """
    values = _read().numbers.get(language or "", {})
    said = plain_form(text).split()
    if not values or len(said) > _RATES_AT_MOST:
        return []
    found: list[int] = []
    for place, word in enumerate(said):
        value = values.get(word)
        rated_of = value == _TEN and place > 0 and said[place - 1] in _OF
        if value is None or rated_of or (value == 1 and len(said) > 1):
            continue
        found.append(value)
    return found


def plain_form(text: str) -> str:
    """A text in lower case without accents and marks, its words parted by one blank."""
    low = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    bare = "".join(char for char in low if not unicodedata.combining(char))
    return " ".join(_MARKS.sub(" ", bare).split())


def _forms(text: str) -> Iterator[str]:
    """The plain form, and shorter ones without polite words before and behind."""
    said = plain_form(text)
    yield said
    polite = _read().polite
    while True:
        shorter = next(filter(None, (_without(said, one) for one in polite)), None)
        if shorter is None:
            return
        said = shorter
        yield said


def _without(said: str, polite: str) -> str | None:
    if said.startswith(f"{polite} "):
        return said[len(polite) + 1 :]
    if said.endswith(f" {polite}"):
        return said[: -len(polite) - 1]
    return None


@dataclass(frozen=True, slots=True)
class _Steering:
    intents: Meanings
    commands: Meanings
    polite: tuple[str, ...]
    yes: Mapping[str, tuple[tuple[str, ...], frozenset[str]]]
    numbers: Mapping[str, Mapping[str, int]]
    conditions: Mapping[str, frozenset[str]]


@cache
def _read() -> _Steering:
    return load(HERE / "steering.toml")


def load(path: Path) -> _Steering:
    """Read and check a file of steering words. Raises CatalogueError with the first mistake."""
    file = load_data(path, path.read_text(encoding="utf-8"), _File)
    spoken = file.languages
    words, _, phrases = file.polite.strip().rpartition("\n")
    return _Steering(
        intents=_meanings(
            [one.says for one in spoken.values()], {code: one.here for code, one in spoken.items()}
        ),
        commands=_meanings([one.commands for one in spoken.values()], {}),
        polite=(*_plain(phrases.split(",")), *_plain(words.split())),
        yes={
            code: (_plain(one.yes.split(",")), frozenset(_plain(one.no.split())))
            for code, one in spoken.items()
        },
        numbers={
            code: {form: n for n, word in enumerate(one.numbers.split()) for form in _spelled(word)}
            for code, one in spoken.items()
        },
        conditions={
            code: frozenset(_plain(one.conditions.split())) for code, one in spoken.items()
        },
    )


def _meanings(
    everywhere: Iterable[Mapping[str, list[str]]], here: Mapping[str, Mapping[str, list[str]]]
) -> Meanings:
    shared: dict[str, str] = {}
    for group in everywhere:
        shared |= _by_form(group)
    return Meanings(shared, {code: _by_form(group) for code, group in here.items()})


def _by_form(group: Mapping[str, list[str]]) -> dict[str, str]:
    return {
        form: name for name, phrases in group.items() for one in phrases for form in _spelled(one)
    }


def _spelled(phrase: str) -> tuple[str, ...]:
    """A phrase in plain form, also with "ae" for "ä"."""
    return (plain_form(phrase), plain_form(phrase.casefold().translate(_UMLAUTS)))


def _plain(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(form for one in phrases for form in _spelled(one))
