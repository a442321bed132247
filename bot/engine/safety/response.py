"""What is said while coaching is paused, which help is named, and when coaching goes on."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from bot.engine.safety.screening import Screening, screen
from bot.engine.safety.spelling import DATA
from bot.replies import Choice

ANYWHERE: Final = "anywhere"
# More than a few numbers make it hard to pick one.
LOCAL_AT_MOST: Final = 4
# In characters: a longer message is about something; asking to go on is short.
RESUMING_AT_MOST: Final = 200
_USUAL: Final = "self_harm"
_ALL: Final = "any"
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?:[.@].*)?")
_CLAUSE_END = re.compile(r"[,.;:!?\n…–—]+|\s-\s")
_NOT_WORDS = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Helpline:
    """Someone to reach: ``contact`` is a number or address, ``about`` says what for and when.

    ``kinds`` are the kinds of danger it is for ("any" for all), ``emergency`` marks those who come
    at once, ``languages`` are ISO codes (none where several or all are spoken), ``source`` is the
    page that says so, seen on ``checked`` (both empty for what needs no source).
    """

    country: str
    name: str
    contact: str
    about: str
    kinds: tuple[str, ...]
    emergency: bool
    languages: tuple[str, ...]
    source: str
    checked: str

    @property
    def line(self) -> str:
        """The entry as one item of a list in CommonMark."""
        about = f" ({self.about})" if self.about else ""
        return f"- **{self.name}**: {self.contact}{about}"

    @property
    def is_list(self) -> bool:
        """Whether the entry leads to lines of many countries."""
        return self.country == ANYWHERE and bool(self.source) and not self.emergency

    def speaks_not(self, language: str | None) -> bool:
        """Whether the line is known not to speak ``language``."""
        return bool(language and self.languages) and language not in self.languages


@dataclass(frozen=True, slots=True)
class SafetyReply:
    """What is said instead of coaching (CommonMark), and what may be picked after it."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """All that is said about one kind of danger, by level; ``local`` also by language."""

    openings: Mapping[str, str]
    question: str
    follow_ups: Mapping[str, Sequence[str]]
    local: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Asking:
    """How people ask to go on, and what speaks against taking it as that."""

    requests: re.Pattern[str]
    settling: re.Pattern[str]
    doubt: re.Pattern[str]


def response(screening: Screening, locale: str | None, turn: int) -> SafetyReply:
    """What to say to a message that shows danger, or that comes while coaching is paused.

    Args:
        screening: the level and kind of danger; an unknown kind is answered as self-harm, the
            level "none" as "indirect".
        locale: as "en_GB.UTF-8", "pt-BR" or "DE"; None where it isn't known.
        turn: 0 for the first reply of a pause; then the follow-ups take turns.
    """
    data = _texts()
    kind = _kind(screening.kind)
    words = _words(kind)
    level = "explicit" if screening.level == "explicit" else "indirect"
    parts: list[str] = []
    if turn <= 0:
        parts += [words.local[level].get(language_of(locale) or "", ""), words.openings[level]]
    else:
        follow_ups = words.follow_ups[level]
        parts.append(follow_ups[(turn - 1) % len(follow_ups)])
    lines = "\n".join(helpline.line for helpline in help_for(locale, kind))
    parts.append(f"{data['help_heading']}\n\n{lines}")
    if turn <= 0:
        parts.append(words.question)
    choices = tuple(Choice(id=one["id"], label=one["label"]) for one in data["choices"])
    return SafetyReply(text="\n\n".join(part for part in parts if part), choices=choices)


def help_for(locale: str | None, kind: str | None) -> list[Helpline]:
    """Who can help with ``kind`` of danger where the person is, the most fitting first.

    The emergency number comes first, then lines for this kind, those in the person's language
    before others, then a list of more. Without a country, or with one that has no entry, it is
    what is right anywhere: never an empty list.
    """
    country, wanted = country_of(locale), _kind(kind)
    language = language_of(locale)
    fitting = [one for one in _helplines() if wanted in one.kinds or _ALL in one.kinds]
    local = [one for one in fitting if one.country == country]
    everywhere = [one for one in fitting if one.country == ANYWHERE]
    if not local:
        return everywhere
    if not any(one.emergency for one in local):
        local += [one for one in everywhere if one.emergency]
    local.sort(key=lambda one: (not one.emergency, one.speaks_not(language)))
    return local[:LOCAL_AT_MOST] + [one for one in everywhere if one.is_list][:1]


def country_of(locale: str | None) -> str | None:
    """The ISO country code in a locale ("en_GB.UTF-8" → "GB"), or of "GB" itself."""
    found = _LOCALE.fullmatch(locale or "")
    if found is None:
        return None
    if found[2]:
        return found[2].upper()
    return found[1] if found[1].isupper() and len(found[1]) == 2 else None


def language_of(locale: str | None) -> str | None:
    """The ISO language code in a locale ("pt-BR" → "pt"); None where only a country is known."""
    found = _LOCALE.fullmatch(locale or "")
    if found is None or (found[1].isupper() and not found[2]):
        return None
    return found[1].lower()


def wants_to_resume(text: str) -> bool:
    """Whether the person asks to go on with coaching; never when the message shows danger.

    A choice ("resume", or its label), a plain request ("let's go on", "I'm ok, back to the CV")
    or telling that it was a misunderstanding. Doubt in the message ("I don't know how to go on")
    speaks against it: staying paused once too often does less harm.
    """
    said = text.strip().casefold()
    offer = next(one for one in _texts()["choices"] if one["id"] == "resume")
    if said in {offer["id"], offer["label"].casefold()}:
        return True
    if len(said) > RESUMING_AT_MOST or screen(text).level != "none":
        return False
    asking = _asking()
    clauses = [_bare(clause) for clause in _CLAUSE_END.split(said)]
    if asking.doubt.search(asking.settling.sub(" ", " . ".join(clauses))):
        return False
    return any(asking.requests.fullmatch(clause) for clause in clauses)


def after_resume() -> str:
    """What is said when coaching goes on after a pause."""
    return cast(str, _texts()["after_resume"])


def _bare(clause: str) -> str:
    """Without accents, apostrophes and other marks: "Let's go on" → "lets go on"."""
    apart = unicodedata.normalize("NFD", clause.replace("'", "").replace("’", ""))
    plain = "".join(char for char in apart if unicodedata.category(char) != "Mn")
    return " ".join(_NOT_WORDS.sub(" ", plain).split())


@cache
def _asking() -> _Asking:
    data = _texts()["resume"]
    requests = [*data["clauses"], *data["misread"]]
    return _Asking(
        requests=re.compile("|".join(f"(?:{one})" for one in requests)),
        settling=re.compile("|".join([*data["misread"], *data["settling"]])),
        doubt=re.compile(data["doubt"]),
    )


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((DATA / "texts.toml").read_text(encoding="utf-8"))


def _kind(kind: str | None) -> str:
    data = _texts()
    name: str = data["alias"].get(kind, kind)
    return name if name in data["kind"] else _USUAL


@cache
def _words(kind: str) -> _Words:
    texts = _texts()
    own: dict[str, Any] = texts["kind"][kind]
    usual: dict[str, Any] = texts["kind"][_USUAL]
    return _Words(
        openings={"explicit": own["explicit"], "indirect": own["indirect"]},
        question=own["question"],
        follow_ups={"explicit": own["follow_ups"], "indirect": texts["indirect_follow_ups"]},
        local={
            "explicit": own["local"],
            "indirect": own.get("local_indirect", usual["local_indirect"]),
        },
    )


@cache
def _helplines() -> tuple[Helpline, ...]:
    data = tomllib.loads((DATA / "helplines.toml").read_text(encoding="utf-8"))
    return tuple(
        Helpline(
            country=one["country"],
            name=one["name"],
            contact=one["contact"],
            about=one.get("about", ""),
            kinds=tuple(one["kinds"]),
            emergency=one.get("emergency", False),
            languages=tuple(one.get("languages", ())),
            source=one.get("source", ""),
            checked=one.get("checked", ""),
        )
        for one in cast(Sequence[dict[str, Any]], data.get("helpline", ()))
    )
