"""What a reply claims and nobody said: numbers, names, job titles and dates without a source.

Allowed are the user's own words, the ``text`` of the line's sources, dates reckoned from the
calendar, and the scales and scores of the engine (rule 5 of the product).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence

from evaluation import wording
from evaluation.plans import plan_lines
from evaluation.sessions import Line, Talk
from evaluation.steps import Problem, steps

_NUMBER = re.compile(
    rf"(?<![\w.,])\d[\d.,]*\d|(?<![\w.])\d|\b(?:{wording.alternatives('numbers')})\b", re.I
)
_SCALES = re.compile(
    r"\b(?:from|between) (?:\w+ for [^,.?!]+? )?(?:0|1|zero|one)\b"
    r"[^.?!]*?\b(?:to|and) (?:\(?\w+\)? ?)?(?:5|10|five|ten)\b|"
    r"\b\w+ out of (?:ten|five|10|5)\b|\bunder seven\b|\bto eight\b|"
    r"^\s*\d\. |^\s*(?:- )?[−+ ]?[0-2]: ",
    re.I | re.M,
)
_CALENDAR = frozenset(
    {*map(str.capitalize, calendar.month_name), *map(str.capitalize, calendar.day_name)} - {""}
)
_TITLES = re.compile(rf"\b(?:{wording.alternatives('titles')})s?\b", re.I)
_CAPITAL = re.compile(r"[A-ZÄÖÜ][\w'’]+(?:-[A-ZÄÖÜ]?\w+)*")


def ungrounded(talk: Talk) -> Iterator[Problem]:
    """All claims without a source in a talk: in replies, in the plan and in bullets."""
    before = [str(row["text"]) for row in talk.told_before]
    opening = talk.exchanges[0].line
    for found in claims(str(opening["text"]), [*before, *_sources(opening)]):
        yield Problem(
            "no source", f"{talk.person} · {talk.coach} · opening", found, str(opening["text"])
        )
    for step in (one for one in steps(talk) if not one.about_safety):
        for found in claims(step.text, [*before, *step.earlier, *_sources(step.line)]):
            yield step.problem("no source", found)
    user = [*before, *(str(row["text"]) for row in talk.transcript if row["role"] == "user")]
    for name, item in plan_lines(talk):
        for found in claims(str(item.get("text")), [*user, *_sources(item)]):
            yield Problem(
                "no source", f"{talk.person} · {talk.coach} · plan.{name}", found, str(item["text"])
            )
    for bullet in talk.profile.get("bullets", ()):
        for found in claims(str(bullet), user):
            yield Problem("no source", f"{talk.person} · {talk.coach} · bullet", found, str(bullet))


def _sources(line: Line) -> list[str]:
    return [str(source["text"]) for source in line.get("sources", ())]


def claims(text: str, known: Sequence[str]) -> list[str]:
    """The numbers, names, titles and dates in a text that ``known`` does not hold."""
    bare = re.sub(r"\]\([^)]*\)", "]", _SCALES.sub(" ", text))
    flat = " ".join(known)
    have = {form for word in wording.words(flat) for form in (word, word.removesuffix("'s"))}
    found = [number for number in _numbers(bare) if not _number_known(number, flat, have)]
    found += [name for name in _names(bare) if not _name_known(name, have)]
    found += [
        title for title in _titles(bare) if not {title, title.rstrip("s"), f"{title}s"} & have
    ]
    return list(dict.fromkeys(found))


def _numbers(text: str) -> Iterable[str]:
    return (one.group().rstrip(".,").lower() for one in _NUMBER.finditer(text))


def _number_known(number: str, flat: str, have: set[str]) -> bool:
    if number in have:
        return True
    return bool(re.search(rf"(?<!\d){re.escape(number)}(?!\d)", flat))


def _names(text: str) -> Iterator[str]:
    """Capitalised words inside a sentence, and days and months wherever they stand."""
    for sentence in wording.sentences(text):
        started = False
        for token in re.finditer(r"[“\"(:]|[^\s“\"(]+", sentence):
            word = token.group().strip("”\".,;:!?…)*'’")
            opens = token.group() in '“"(:' or not started
            if word and _CAPITAL.fullmatch(word) and (not opens or word in _CALENDAR):
                yield re.sub(r"['’]s$", "", word)
            started = bool(word) and not token.group().endswith(":")


def _name_known(name: str, have: set[str]) -> bool:
    if name in wording.listed("capitals") or not wording.content(name):
        return True
    return all(part in have for part in wording.words(name))


def _titles(text: str) -> Iterable[str]:
    """Job titles in statements about the person; naming whom to ask claims nothing."""
    about = (
        one for one in wording.statements(text) if re.search(r"\byou(?:r|rs|'re|’re)?\b", one, re.I)
    )
    return (one.group().lower() for one in _TITLES.finditer(" ".join(about)))
