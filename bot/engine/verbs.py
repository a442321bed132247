"""Who did what: the finite verbs of an English sentence with their subjects.

No parser: English puts the subject right before its verb, so the word before a verb (adverbs and
auxiliaries skipped) tells whose it is, and after "and" or a comma the subject is the one before.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from bot.engine.text import STOPWORDS

Subject = Literal["i", "we", "other"]
Tense = Literal["past", "present", "plan"]


@dataclass(frozen=True, slots=True)
class Deed:
    """One finite verb.

    ``start`` and ``end`` are offsets in the sentence, from the verb to the end of what belongs to
    it; ``begin`` is where its clause begins, behind the last border before the verb; ``object`` are
    the content words from verb to end. ``passive`` is a form of "be" or "get" with a
    participle.
    """

    verb: str
    subject: Subject
    tense: Tense
    start: int
    end: int
    begin: int
    object: tuple[str, ...]
    passive: bool = False
    negated: bool = False
    main: bool = True


@dataclass(slots=True)
class _Token:
    word: str
    start: int
    end: int


_TOKEN = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*|[.,;:!?…()\"“”–—&+/]|-(?=\s)")


def _forms() -> dict[str, frozenset[str]]:
    with Path(__file__).with_name("verb_forms.toml").open("rb") as file:
        return {name: frozenset(line.split()) for name, line in tomllib.load(file).items()}


_FORMS: Final = _forms()
_I: Final = _FORMS["i"]
_WE: Final = _FORMS["we"]
_OTHERS: Final = _FORMS["others"]
_PRONOUNS: Final = _FORMS["pronouns"]
_RELATIVE: Final = _FORMS["relative"]
_BORDER: Final = _FORMS["border"]
_BE: Final = _FORMS["be"]
_HAVE: Final = _FORMS["have"]
_MODAL: Final = _FORMS["modal"]
_NOT: Final = _FORMS["negation"]
_ADVERB: Final = _FORMS["adverb"]
_BEFORE_ADJECTIVE: Final = _FORMS["before_adjective"]
_NOT_PAST: Final = _FORMS["not_past"]
_IRREGULAR: Final = _FORMS["irregular"]
_PARTICIPLE: Final = _FORMS["participle"]
_STATE: Final = _FORMS["state"]
_WEAK: Final = _FORMS["weak"]
_LIGHT: Final = _FORMS["light"]
_SUBORDINATE: Final = _RELATIVE | _FORMS["subordinate"]
_PURE_PAST: Final = _FORMS["pure_past"]
# Words that a time or place ahead of the main clause may have.
_FAR: Final = 10
_AHEAD: Final = _FORMS["ahead"]
_CAUSATIVE: Final = _FORMS["causative"]
_JOINED_BE: Final = _FORMS["joined_be"]
# Nouns and qualities that fit any story and so make no step concrete.
IDLE: Final = _FORMS["idle"]
GAINS: Final = _FORMS["gains"]


def is_past(word: str) -> bool:
    """Whether the form can be a past tense, by the list of irregular verbs or its ending."""
    if word in _IRREGULAR:
        return True
    return len(word) > 3 and word.endswith("ed") and word not in _NOT_PAST


def deeds(sentence: str) -> list[Deed]:
    """The finite verbs of one sentence, in order; words of no known form are passed over."""
    return list(_deeds(sentence))


# Most sentences stay whole when they are cut at their deeds, and are read again as a piece.
@lru_cache(maxsize=32)
def _deeds(sentence: str) -> tuple[Deed, ...]:
    tokens = [
        _Token(found.group().lower().replace("’", "'"), found.start(), found.end())
        for found in _TOKEN.finditer(sentence)
    ]
    found: list[Deed] = []
    main: Subject = "i"
    for index, token in enumerate(tokens):
        main = _told_of(tokens, index) or main
        deed = _deed_at(tokens, index, main)
        if deed is None or (found and _is_complement(found[-1], deed)):
            continue
        if deed.main:
            main = deed.subject
        if found and found[-1].end > token.start:
            found[-1] = _shortened(found[-1], tokens, token.start)
        found.append(deed)
    return tuple(found)


def _told_of(tokens: list[_Token], index: int) -> Subject | None:
    """Whom a clause turns to when it opens with a pronoun, whatever the tense of its verb."""
    if index and tokens[index - 1].word not in _BORDER:
        return None
    word = tokens[index].word
    return "i" if word in _I else "we" if word in _WE else "other" if word in _PRONOUNS else None


def _is_complement(last: Deed, deed: Deed) -> bool:
    """ "I got the roof mended": the second verb belongs to the object of the first."""
    return (
        last.verb in _CAUSATIVE
        and last.subject != "other"
        and deed.subject == "other"
        and deed.begin == last.begin
    )


def _deed_at(tokens: list[_Token], index: int, main: Subject) -> Deed | None:
    word = tokens[index].word
    if word in _I or word in _WE:
        return _present_at(tokens, index)
    past = is_past(word)
    if not past and word not in _PARTICIPLE:
        return None
    place, skipped = _before(tokens, index)
    before = tokens[place].word if place >= 0 else ","
    had = (
        bool(skipped & _HAVE)
        or before in _HAVE
        or before.endswith(("'d", "'ve"))
        or before in {"ive", "weve"}
    )
    if before in _JOINED_BE or not (past or had or before in _BE):
        return None
    if before in _MODAL or skipped & (_MODAL - {"did"}):
        return None
    if before in _BEFORE_ADJECTIVE and word not in _PURE_PAST:
        return None
    if before in _HAVE:
        place, more = _before(tokens, place)
        skipped |= more
        before = tokens[place].word if place >= 0 else ","
    passive = before in _BE and word not in {"was", "were", "had", "did"}
    if passive:
        # The noun or pronoun before the form of "be" is the one it was done to.
        place, _ = _before(tokens, place)
        before = tokens[place].word if place >= 0 else ","
    return _made(tokens, index, _subject(tokens, place, main), passive, bool(skipped & _NOT))


def _before(tokens: list[_Token], index: int) -> tuple[int, set[str]]:
    """The index of the telling word before ``index`` (-1 at the start), and the words between."""
    skipped: set[str] = set()
    place = index - 1
    while place >= 0 and (
        tokens[place].word in _ADVERB
        or tokens[place].word in _NOT
        or (tokens[place].word.endswith("ly") and len(tokens[place].word) > 4)
    ):
        skipped.add(tokens[place].word)
        place -= 1
    return place, skipped


def _subject(tokens: list[_Token], place: int, main: Subject) -> tuple[Subject, bool]:
    """Whose verb it is when ``place`` is the telling word before it, and whether it is the main."""
    if place < 0:
        return "i", True
    word = tokens[place].word
    inner = _is_inner(tokens, place)
    if word in _I or (word.endswith("'d") and word[:-2] == "i"):
        return "i", not inner
    if word in _WE:
        return "we", not inner
    if word in _RELATIVE:
        return "other", False
    if word in _BORDER or word in {"when", "because", "after", "before", "until"}:
        return main, True
    if word in _PRONOUNS:
        return "other", not inner
    return "other", not _in_relative(tokens, place)


def _is_inner(tokens: list[_Token], place: int) -> bool:
    """Whether the pronoun at ``place`` opens a clause inside another ("the list I made")."""
    before = tokens[place - 1].word if place else ","
    if before in _SUBORDINATE:
        return True
    if before in _BORDER or before in _ADVERB:
        return False
    opening = place - 1
    while opening > max(0, place - _FAR) and tokens[opening - 1].word not in _BORDER:
        opening -= 1
    # "Last year I …", "In the end she …": a time or place ahead of the main clause.
    ahead = tokens[opening:place]
    return ahead[0].word not in _AHEAD or any(is_past(token.word) for token in ahead)


def _in_relative(tokens: list[_Token], place: int) -> bool:
    for token in reversed(tokens[max(0, place - 3) : place]):
        if token.word in _BORDER:
            return False
        if token.word in _SUBORDINATE and token.word not in {"as", "than"}:
            return True
    return False


def _made(
    tokens: list[_Token],
    index: int,
    whose: tuple[Subject, bool],
    passive: bool,
    negated: bool,
    tense: Tense = "past",
) -> Deed:
    end = index + 1
    content: list[str] = []
    while end < len(tokens) and tokens[end].word not in {
        ",",
        ";",
        ":",
        ".",
        "!",
        "?",
        "…",
        "–",
        "—",
        "-",
    }:
        word = tokens[end].word
        if word in _I or word in _WE:
            break
        if word not in STOPWORDS and word not in _BORDER and len(word) > 1:
            content.append(word)
        end += 1
    return Deed(
        verb=tokens[index].word,
        subject=whose[0],
        tense=tense,
        start=tokens[index].start,
        end=tokens[end - 1].end,
        begin=_begin(tokens, index),
        object=tuple(content),
        passive=passive,
        negated=negated,
        main=whose[1],
    )


def _begin(tokens: list[_Token], index: int) -> int:
    """Where the clause of the verb at ``index`` begins; borders at its own start are left out."""
    for place in range(index - 1, -1, -1):
        if tokens[place].word in _BORDER:
            return tokens[place + 1].start
    return tokens[0].start


def _shortened(deed: Deed, tokens: list[_Token], end: int) -> Deed:
    """The deed with its object ending before the next verb."""
    kept = [token for token in tokens if deed.start < token.start < end]
    content = tuple(
        token.word
        for token in kept
        if token.word not in STOPWORDS and token.word not in _BORDER and len(token.word) > 1
    )
    while kept and kept[-1].word in _BORDER:
        kept.pop()
    last = kept[-1].end if kept else deed.start + len(deed.verb)
    return replace(deed, end=last, object=content)


def _present_at(tokens: list[_Token], index: int) -> Deed | None:
    """ "I check the list", "I'll ring them": a present or a plan right behind the subject."""
    subject: Subject = "i" if tokens[index].word in _I else "we"
    inner = _is_inner(tokens, index)
    place = index + 1
    while place < len(tokens) and (
        tokens[place].word in _ADVERB or tokens[place].word.endswith("ly")
    ):
        if tokens[place].word in _HAVE or tokens[place].word in {"did", "been"}:
            return None
        place += 1
    if place >= len(tokens) or tokens[place].word in _BORDER:
        return None
    word = tokens[place].word
    pronoun = tokens[index].word
    if pronoun in {"i'll", "we'll"} or word in {"will", "shall", "gonna"}:
        return _made(tokens, place, (subject, not inner), False, False, "plan")
    if (
        pronoun in {"i'd", "we'd", "id", "i've", "we've", "ive", "weve"}
        or is_past(word)
        or word in _HAVE | _MODAL
    ):
        return None
    bare = word in STOPWORDS and word not in {"do", "go", "get", "am", "say", "have"}
    if (bare or word in _OTHERS) and pronoun not in {"i'm", "im", "we're"}:
        return None
    return _made(tokens, place, (subject, not inner), False, False, "present")


def is_own_step(deed: Deed) -> bool:
    """Whether the teller did something, be it little; states of mind don't count."""
    return (
        deed.subject == "i"
        and deed.main
        and deed.tense == "past"
        and not deed.passive
        and deed.verb not in _STATE
    )


def weight(deed: Deed) -> float:
    """How much of a step of one's own a deed is, 0-1: a plain verb with something concrete is 1."""
    if deed.tense != "past" or deed.negated or deed.passive or deed.verb in _STATE:
        return 0.0
    held = sum(word not in IDLE and not word.endswith("ly") for word in deed.object)
    if deed.verb in _WEAK:
        return (
            (0.0, 0.35, 0.6)[min(held, 2)]
            if deed.verb in _LIGHT
            else (0.0, 0.2, 0.35)[min(held, 2)]
        )
    return (0.4, 0.8, 1.0)[min(held, 2)]
