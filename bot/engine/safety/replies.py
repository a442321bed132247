"""What is said while coaching is paused for safety, and when it goes on.

The texts are those of ``personas/safety/texts.toml``; no coach and no model words them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from bot.engine.safety.helplines import country_of, emergency_of, fallback, help_for
from bot.engine.safety.screening import Screening, screen
from bot.engine.safety.spelling import DATA, plain
from bot.replies import Choice

HELP_LINES: Final = "help_lines"
RESUME: Final = "resume"
# In characters: a longer message is about something; asking to go on is short.
RESUMING_AT_MOST: Final = 200
_NAMED = {"coaching", "session"}
_CLAUSE_END = re.compile(r"[,.;:!?\n…–—]+|\s-\s")


@dataclass(frozen=True, slots=True)
class SafetyReply:
    """A reply in CommonMark with the choices offered; it passes no guard and no voice."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Asking:
    """How people ask to go on, what settles a worry, and what speaks against going on.

    The rest are answers to our own questions: yes, no, only work, something heavier or not.
    """

    requests: re.Pattern[str]
    settling: re.Pattern[str]
    doubt: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]
    only_work: re.Pattern[str]
    heavier: re.Pattern[str]
    not_heavier: re.Pattern[str]


def response(screening: Screening, locale: str | None, turn: int) -> SafetyReply:
    """The reply to a message that speaks of danger, or that comes while coaching is paused.

    Args:
        screening: of the message that paused the session; its level must not be ``none``.
        locale: where the person may be, see :func:`help_for`.
        turn: 0 for the reply that pauses, 1 and up for each reply while paused.

    A reply to an unsure screening is short: it says that it may be mistaken and how to write on.

    Raises:
        ValueError: the screening found no danger.
    """
    if screening.level == "none" or screening.kind is None:
        raise ValueError("there is no danger to respond to")
    if turn > 0:
        rest = _texts()["paused"]["lines"]
        return _reply(rest[(turn - 1) % len(rest)], screening.kind, locale)
    if screening.sure:
        reply = _reply(_texts()[screening.level][screening.kind], screening.kind, locale)
    else:
        reply = _unsure(screening.kind, locale)
    by_language = cast(Mapping[str, Mapping[str, str]], _texts()["first_paragraph"])
    own_words = by_language.get(screening.language)
    if own_words is None:
        return reply
    sure = "self_harm" if screening.kind == "self_harm" else "other"
    paragraph = own_words[sure if screening.sure else "unsure"]
    return SafetyReply(f"{paragraph}\n\n{reply.text}", reply.choices)


def ask_to_go_on(kind: str | None, locale: str | None) -> SafetyReply:
    """The question, put once, whether somebody who writes about work again wants to go on."""
    return _reply(_texts()["onward"]["asks"], kind, locale)


def says_yes(text: str) -> bool:
    """Whether ``text`` is no more than a yes, in one of the five languages."""
    return _asking().yes.fullmatch(plain(text).text) is not None


def says_no(text: str) -> bool:
    """Whether ``text`` begins as an answer that speaks against going on, or tells of danger."""
    return _asking().no.match(plain(text).text) is not None or says_heavier(text)


def says_only_work(text: str) -> bool:
    """Whether ``text`` answers the question of an unsure reply with work and nothing else."""
    said = plain(text).text
    return bool(said) and not says_heavier(text) and bool(_asking().only_work.fullmatch(said))


def says_heavier(text: str) -> bool:
    """Whether ``text`` answers the question of an unsure reply with something heavier than work."""
    asking = _asking()
    return asking.heavier.search(asking.not_heavier.sub(" ", plain(text).text)) is not None


def help_again(kind: str | None, locale: str | None) -> SafetyReply:
    """The help lines once more, for the choice ``help_lines``."""
    return _reply(_texts()["words"]["help_again"] + "\n\n{lines}", kind, locale)


def wants_to_resume(text: str) -> bool:
    """Whether ``text`` asks to go on with the coaching; never where it speaks of danger itself.

    One clause may ask ("I rang my sister, let's go on"). Doubt in the message ("I don't know how
    to go on") speaks against it: staying paused once too often does less harm.
    """
    chosen = text.strip().casefold()
    if chosen in {RESUME, _texts()["choices"][RESUME].casefold()}:
        return True
    if len(text) > RESUMING_AT_MOST or screen(text).level != "none":
        return False
    asking = _asking()
    clauses = [plain(clause).text for clause in _CLAUSE_END.split(text)]
    asked = [clause for clause in clauses if asking.requests.fullmatch(clause)]
    if any(_NAMED & set(clause.split()) for clause in asked):
        # Whoever names the coaching means it, whatever else the message says and denies.
        return True
    if asking.doubt.search(asking.settling.sub(" ", " . ".join(clauses))):
        return False
    return bool(asked)


def after_resume() -> str:
    """What is said before the coach picks the thread up again."""
    return cast(str, _texts()["words"]["resumed"])


def somebody_here(name: str) -> str:
    """The sentence that names somebody to turn to where the person is."""
    return cast(str, _texts()["words"]["here"].format(name=name))


def _reply(text: str, kind: str | None, locale: str | None) -> SafetyReply:
    person = fallback().person
    filled = text.strip().format(
        emergency=emergency_of(locale),
        lines=_lines(kind, locale),
        person=person,
        person_start=person[0].upper() + person[1:],
    )
    choices = cast(Mapping[str, str], _texts()["choices"])
    # A kind without lines of its own (a medical emergency) leaves an empty paragraph.
    return SafetyReply(
        re.sub(r"\n{3,}", "\n\n", filled),
        tuple(Choice(name, choices[name]) for name in (HELP_LINES, RESUME)),
    )


def _unsure(kind: str, locale: str | None) -> SafetyReply:
    texts = _texts()["unsure"]
    # Where no line is for this kind (a medical emergency), one to talk to does no harm.
    line = (help_for(locale, kind) or help_for(locale, None))[0]
    named = f"{line.name} ({line.contact})"
    filled = texts["text"].replace("{sounds}", texts["sounds"][kind]).replace("{line}", named)
    return _reply(filled, kind, locale)


def _lines(kind: str | None, locale: str | None) -> str:
    rows = [line.item for line in help_for(locale, kind)]
    country = country_of(locale)
    if country is None:
        return "\n".join([*rows, "", fallback().ask])
    return "\n".join([*rows, "", _texts()["words"]["elsewhere"].format(country=country.name)])


@cache
def _asking() -> _Asking:
    table = cast(Mapping[str, Any], _texts()["resume"])
    onward = cast(Mapping[str, Any], _texts()["onward"])
    return _Asking(
        requests=re.compile("|".join([*table["asks"], *table["misread"]])),
        settling=re.compile("|".join([*table["misread"], *table["settling"]])),
        doubt=re.compile(table["doubt"]),
        yes=re.compile(onward["yes"]),
        no=re.compile(onward["no"]),
        only_work=re.compile(table["only_work"]),
        heavier=re.compile(table["heavier"]),
        not_heavier=re.compile(table["not_heavier"]),
    )


@cache
def _texts() -> dict[str, Any]:
    text = (DATA / "texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
