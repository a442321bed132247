"""What a reply claims and nobody said: numbers, names, job titles and dates without a source.

Allowed are the user's own words, the ``text`` of the line's sources, dates reckoned from the
calendar, and the scales and scores of the engine (rule 5 of the product).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from evaluation import wording
from evaluation.checks import Problem, steps
from evaluation.sessions import Line, Talk

_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen"
).split()
_NUMBER = re.compile(rf"(?<![\w.,])\d[\d.,]*\d|(?<![\w.])\d|\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.I)
_SCALES = re.compile(
    r"\b(?:from|between) (?:\w+ for [^,.?!]+? )?(?:0|1|zero|one)\b[^.?!]*?\b(?:to|and) (?:\(?\w+\)? ?)?(?:5|10|five|ten)\b|"
    r"\b\w+ out of (?:ten|five|10|5)\b|\bunder seven\b|^\s*\d\. |^\s*(?:- )?[−+ ]?[0-2]: |\bto eight\b", re.I | re.M,
)
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
# Capitals that name nobody: the language, the method, the program itself.
_COMMON = frozenset(
    "I I'd I'll I'm I've AI OK CV CVs CAR REST ROCKET HR English German Spanish French Portuguese Europe European".split()
)
_COACHES = frozenset(
    """Alexandra Sterling Maya Wellness James Insight Marcus TechFlow Sarah Spotlight David ValueMax Elena Connector Dr
    Executive Leadership Coach Holistic Life Career Organizational Psychologist Industry Intelligence Specialist
    Interview Performance Compensation Strategy Advisor Strategic Networking""".split()
)
_TITLES = re.compile(
    r"\b(?:accountant|analyst|architect|assistant|barista|builder|carer|cashier|chef|cleaner|clerk|consultant|cook|dentist|designer|"
    r"developer|director|doctor|driver|electrician|engineer|estimator|executive|firefighter|foreman|gardener|headteacher|journalist|lawyer|lecturer|"
    r"librarian|manager|matron|mechanic|midwife|minister|musician|nurse|officer|paramedic|pharmacist|photographer|physiotherapist|pilot|"
    r"planner|plumber|porter|principal|producer|professor|programmer|receptionist|recruiter|researcher|sales(?:man|woman|person)|scientist|"
    r"secretary|sergeant|solicitor|supervisor|surgeon|teacher|technician|translator|tutor|vet|waiter|waitress|welder|writer)s?\b", re.I,
)
_CAPITAL = re.compile(r"[A-ZÄÖÜ][\w'’]+(?:-[A-ZÄÖÜ]?\w+)*")


def ungrounded(talk: Talk) -> Iterator[Problem]:
    """All claims without a source in a talk: in replies, and in plan and bullets as they are kept."""
    before = [str(row["text"]) for row in talk.told_before]
    opening = talk.exchanges[0].line
    for found in claims(str(opening["text"]), [*before, *_sources(opening)]):
        yield Problem("no source", f"{talk.person} · {talk.coach} · opening", found, str(opening["text"]))
    for step in steps(talk):
        for found in claims(step.text, [*before, *step.earlier, *_sources(step.line)]):
            yield step.problem("no source", found)
    user = [*before, *(str(row["text"]) for row in talk.transcript if row["role"] == "user")]
    for name, item in _items(talk.plan):
        for found in claims(str(item.get("text")), [*user, *_sources(item)]):
            yield Problem("no source", f"{talk.person} · {talk.coach} · plan.{name}", found, str(item["text"]))
    for bullet in talk.profile.get("bullets", ()):
        for found in claims(str(bullet), user):
            yield Problem("no source", f"{talk.person} · {talk.coach} · bullet", found, str(bullet))


def _sources(line: Line) -> list[str]:
    return [str(source["text"]) for source in line.get("sources", ())]


def _items(plan: Line) -> Iterator[tuple[str, Line]]:
    for name, value in plan.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def claims(text: str, known: Sequence[str]) -> list[str]:
    """The numbers, names, titles and dates in a text that ``known`` does not hold."""
    bare = re.sub(r"\]\([^)]*\)", "]", _SCALES.sub(" ", text))
    flat = " ".join(known)
    have = {form for word in wording.words(flat) for form in (word, word.removesuffix("'s"))}
    found = [number for number in _numbers(bare) if not _number_known(number, flat, have)]
    found += [name for name in _names(bare) if not _name_known(name, have)]
    found += [title for title in _titles(bare) if not {title, title.rstrip("s"), f"{title}s"} & have]
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
            opens = token.group() in "“\"(:" or not started
            if word and _CAPITAL.fullmatch(word) and (not opens or word in _MONTHS or word in _DAYS):
                yield re.sub(r"['’]s$", "", word)
            started = bool(word) and not token.group().endswith(":")


def _name_known(name: str, have: set[str]) -> bool:
    if name in _COMMON or name in _COACHES or not wording.content(name):
        return True
    return all(part in have for part in wording.words(name))


def _titles(text: str) -> Iterable[str]:
    return (one.group().lower() for one in _TITLES.finditer(" ".join(wording.statements(text))))

