"""What no voice may say: each sentence of a reply is looked at before anybody sees it.

A sentence that fails is left out, or mended where a small change makes it right: a second question
behind the first is cut off, a number gets the user's own spelling, and in a list an unknown number
becomes "[number?]". Safety texts and results of commands pass no guard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.engine.language import language_of
from bot.engine.text import folded, words
from bot.replies import Source
from bot.voices.claims import (
    Known,
    unknown_figures,
    unknown_links,
    unknown_names,
    unknown_studies,
    unknown_titles,
    without_cited,
)
from bot.voices.grounds import Grounds, grounds_of
from bot.voices.leaks import near_copy
from bot.voices.orders import without_orders
from bot.voices.patterns import patterns
from bot.voices.sentences import Sentences

__all__ = ["Grounds", "Guard", "Verdict", "grounds_of", "guarded", "unsupported"]

_QUOTE = re.compile(r"“([^”\n]*)”|„([^“\n]*)“|«\s?([^»\n]*)\s?»|(?<!\w)\"([^\"\n]*)\"(?!\w)")
_EMPTY_QUOTE = "“”"
_MARKS = re.compile(r"\?+[?!]*|？|؟")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]) ")
_NUMBER: Final = "[number?]"
_LEAST_ENGLISH = 5
_RECENT = 3
_LEAST_COPIED = 4
# A quotation is held against the user's words without its marks at the ends.
_EDGES = " .,;:!?…-–—'"
_ENGLISH = re.compile(
    r"\b(?:the|and|you|your|that|this|what|is|are|was|of|to|it|with|for|would|have|when|how)\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be shown of a sentence.

    Attributes:
        text: the sentence, mended where it was needed; empty where it may not be shown.
        reason: why it was refused or mended, in a word; None where it is as it came.
    """

    text: str
    reason: str | None = None

    @property
    def refused(self) -> bool:
        """Whether nothing of the sentence may be shown."""
        return not self.text

    @property
    def mended(self) -> bool:
        """Whether the sentence was changed."""
        return bool(self.text) and self.reason is not None


class Guard:
    """Looks at the sentences of one reply, in order.

    Attributes:
        questions: asked so far.
        words: shown so far.
        refusals: the reasons of what was refused, in order.
    """

    def __init__(self, grounds: Grounds) -> None:
        self.grounds = grounds
        self.questions = 0
        self.words = 0
        self.refusals: list[str] = []
        self._known, self._planted, self._trusted, self._decided = _grounds_read(
            grounds.texts, grounds.sources, grounds.told, grounds.names, grounds.language
        )
        self._shown: list[str] = []
        self._refused_last = False

    def check(self, sentence: str) -> Verdict:
        """Decide on the next sentence, given with the white space before it.

        What is kept counts as shown: questions, words and repeats are told from it.
        """
        if not any(char.isalnum() for char in sentence):
            # Closing marks and rules share the fate of what they belong to.
            return self._symbols(sentence)
        verdict = self._judge(sentence)
        self._refused_last = verdict.refused
        if verdict.refused:
            assert verdict.reason is not None
            self.refusals.append(verdict.reason)
            return verdict
        self.words += _count(verdict.text)
        self.questions += self._asked(self._bare(verdict.text))
        self._shown.append(verdict.text)
        return verdict

    def _symbols(self, sentence: str) -> Verdict:
        if self._refused_last:
            return Verdict("", "symbols")
        said = self._raw(sentence)
        return Verdict("", said) if said else Verdict(sentence)

    def _judge(self, sentence: str) -> Verdict:
        reason = self._raw(sentence) or self._broken(sentence)
        if reason:
            return Verdict("", reason)
        bare = self._bare(sentence)
        reason = self._leaks(sentence) or self._plays_along(sentence) or self._foreign(bare)
        if reason:
            return Verdict("", reason)
        if self._copied(sentence):
            # A card's advice may sound like a verdict, and its example like somebody's life.
            return self._fitting(Verdict(sentence))
        reason = self._banned(bare) or self._unfounded(sentence, bare)
        if reason:
            return Verdict("", reason)
        return self._fitting(self._with_figures(sentence, bare))

    def _raw(self, sentence: str) -> str | None:
        for ban in patterns().raw_bans:
            for found in ban.says.finditer(sentence):
                if found.group() not in self._trusted.flat or ban.reason == "ping":
                    return ban.reason
        return None

    def _broken(self, sentence: str) -> str | None:
        if sentence.count("```") % 2 or sentence.rstrip().endswith("]("):
            return "broken"
        plain = _normal(sentence)
        return "repeated" if plain in map(_normal, self._shown) else None

    def _bare(self, sentence: str) -> str:
        """The sentence without what it quotes of the user or of a source."""
        sentence = without_cited(sentence, self._known.facts)
        if not any(mark in sentence for mark in '“„«"'):
            return sentence

        def blank(found: re.Match[str]) -> str:
            quote = next(one for one in found.groups() if one is not None)
            sourced = _normal_quote(quote) in self._known.sourced
            return _EMPTY_QUOTE if sourced or self._is_quote(quote) else found.group()

        return _QUOTE.sub(blank, sentence)

    def _is_quote(self, quote: str) -> bool:
        return _normal_quote(quote) in self._known.said

    def _copied(self, sentence: str) -> bool:
        """Whether the sentence stands in a source or in what was decided, word for word."""
        plain = _normal(sentence)
        if plain.count(" ") < _LEAST_COPIED:
            return False
        return f" {plain} " in self._decided or f" {plain} " in self._known.copied

    def _leaks(self, sentence: str) -> str | None:
        return "leak" if self.grounds.prompt and near_copy(sentence, self.grounds) else None

    def _plays_along(self, sentence: str) -> str | None:
        if not self._planted:
            return None
        low = f" {' '.join(words(sentence))} "
        plain = sentence.lower()
        hit = any(
            f" {one} " in low or (not one.isalpha() and one in plain) for one in self._planted
        )
        return "playing" if hit else None

    def _banned(self, bare: str) -> str | None:
        low = folded(bare).replace("’", "'")
        rules = patterns()
        for ban in (*rules.bans, *rules.spoken.get(self.grounds.language, ())):
            found = ban.says.search(low)
            if found is None or (ban.unless and ban.unless.search(low)):
                continue
            if ban.own and found.group() in self._known.facts.flat.lower():
                continue
            if ban.reason != "leak" or found.group() not in self._trusted.flat.lower():
                return ban.reason
        return None

    def _foreign(self, bare: str) -> str | None:
        """Whether the language is another than agreed; short sentences are taken together."""
        agreed = self.grounds.language
        recent = " ".join((*self._shown[1 - _RECENT :], bare))
        for text in (bare, recent):
            plain = _QUOTE.sub(" ", text)
            told = language_of(plain)
            if told is not None:
                return None if told == agreed else "language"
        if agreed != "en":
            spoken = words(_QUOTE.sub(" ", bare))
            english = len(_ENGLISH.findall(" ".join(spoken)))
            if len(spoken) >= _LEAST_ENGLISH and english >= 0.35 * len(spoken):
                return "language"
        return None

    def _unfounded(self, sentence: str, bare: str) -> str | None:
        known = self._known.facts
        if self._misquotes(sentence):
            return "quote"
        if any(unknown_links(sentence, known)):
            return "link"
        common = _common_words(self.grounds.told)
        names = list(unknown_names(bare, known, common))
        if names:
            return "date" if set(names) <= patterns().days else "name"
        if any(unknown_titles(bare, known)):
            return "title"
        cited = (one.text for one in self.grounds.sources)
        return "study" if unknown_studies(bare, known, (*cited, *self.grounds.told)) else None

    def _misquotes(self, sentence: str) -> bool:
        """Whether the user is said to have said something else."""
        for found in _QUOTE.finditer(sentence):
            quote = next(one for one in found.groups() if one is not None)
            before = sentence[: found.start()]
            if self._is_quote(quote) or not patterns().attributed.search(before):
                continue
            if _normal_quote(quote) not in _normal_quote(self._trusted.flat):
                return True
        return False

    def _with_figures(self, sentence: str, bare: str) -> Verdict:
        """The sentence with figures the user gave, in the user's spelling."""
        unknown, respelled = unknown_figures(bare, self._known.facts)
        if not unknown and not respelled:
            return Verdict(sentence)
        if bare != sentence and (unknown or respelled):
            # Places differ where quotations were taken out.
            if unknown:
                return Verdict("", "figure")
            return Verdict(sentence)
        if unknown and not (self.grounds.bullets and _ITEM.match(sentence)):
            return Verdict("", "figure")
        changes = [(one, _NUMBER) for one in unknown] + list(respelled)
        mended = sentence
        for one, said in sorted(changes, key=lambda change: change[0].start, reverse=True):
            capital = (
                said.capitalize() if one.start == len(sentence) - len(sentence.lstrip()) else said
            )
            mended = mended[: one.start] + capital + mended[one.end :]
        return Verdict(mended, "figure")

    def _fitting(self, verdict: Verdict) -> Verdict:
        """The sentence as far as questions and words are left."""
        if verdict.refused:
            return verdict
        text, reason = verdict.text, verdict.reason
        asked = self._asked(self._bare(text))
        if asked and self.questions >= self.grounds.questions:
            return Verdict("", "question")
        if asked > self.grounds.questions - self.questions or (asked and self._second(text)):
            text = self._first_question(text)
            reason = "question"
            if not text:
                return Verdict("", "question")
        left = self.grounds.words - self.words
        if not asked and self.questions < self.grounds.questions:
            left -= self.grounds.reserved
        return Verdict("", "length") if _count(text) > left else Verdict(text, reason)

    def _asked(self, bare: str) -> int:
        marks = len(_MARKS.findall(bare.replace(_NUMBER, "")))
        return marks or int(bool(patterns().unmarked_question.search(bare.strip())))

    def _second(self, text: str) -> bool:
        decided = f" {_normal(text)} " in self._decided
        return not decided and self._second_at(text) is not None

    def _second_at(self, text: str) -> int | None:
        """Where a second question begins behind the first, in one sentence."""
        for found in patterns().second_question.finditer(text):
            before = text[: found.start()]
            if "?" in text[found.start() :] and _asks(before):
                return found.start()
        return None

    def _first_question(self, text: str) -> str:
        """The sentence up to its first question; empty where none stands alone."""
        at = self._second_at(text)
        mark = _MARKS.search(text)
        if at is not None and (mark is None or at < mark.start()):
            return f"{text[:at].rstrip(' ,;–—-')}?"
        return text[: mark.end()] if mark else ""


def guarded(text: str, grounds: Grounds) -> tuple[str, list[Verdict]]:
    """A whole reply as it may be shown, with the verdict on each of its sentences."""
    splitter, guard = Sentences(), Guard(grounds)
    verdicts = [guard.check(one) for one in [*splitter.feed(text), *splitter.rest()]]
    return "".join(verdict.text for verdict in verdicts).strip(), verdicts


def unsupported(text: str, grounds: Grounds) -> str | None:
    """Why a line that is only kept, such as a memory line, may not be; None where it may."""
    verdicts = guarded(text, grounds)[1]
    return next((one.reason for one in verdicts if one.refused), None)


_WH = re.compile(
    r"\b(?:what|how|who|whom|whose|why|when|where|which)\b.*(?:'s|'re|'d|\b(?:is|are|was|were|do|does|"
    r"did|would|will|can|could|should|have|has|had|might|may|\w{3,}(?:ed|[^s\W]s)))\b|"
    r"^\W*(?:and |so |but )?who \w+",
    re.I,
)
_INVERTED = re.compile(
    r"(?:^|[,;:]\s)\W*(?:and |so |but )?(?:do|does|did|is|are|was|were|would|will|could|can|have|"
    r"has|should|might) (?:you|it|that|they|he|she|there|your|the|this|any\w*|some\w*)\b",
    re.I,
)


def _asks(begun: str) -> bool:
    """Whether a piece of a sentence is a question on its own."""
    return bool((_WH.search(begun) or _INVERTED.search(begun)) and len(begun.split()) > 2)


def _count(text: str) -> int:
    return len(text.split())


def _normal(text: str) -> str:
    return " ".join(words(text))


def _normal_quote(text: str) -> str:
    plain = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(plain.lower().split()).strip(_EDGES)


@dataclass(frozen=True, slots=True)
class _Held:
    """What may be claimed, and the user's words as one text for quotations."""

    facts: Known
    said: str
    sourced: str
    copied: str


# A reply, its second try and the lines kept of it rest on the same.
@lru_cache(maxsize=32)
def _grounds_read(
    texts: tuple[str, ...],
    sources: tuple[Source, ...],
    told: tuple[str, ...],
    names: tuple[str, ...],
    language: str,
) -> tuple[_Held, frozenset[str], Known, str]:
    """What the reply may rest on, what orders in the user's texts want to be said, what the engine
    words itself, and that as one text: worded so, a question may have two halves."""
    grounds = Grounds(texts=texts, sources=sources, told=told, names=names, language=language)
    held, planted = _known_of(grounds)
    trusted = Known((*told, *names), language)
    return held, planted, trusted, f" {' '.join(_normal(one) for one in told)} "


def _known_of(grounds: Grounds) -> tuple[_Held, frozenset[str]]:
    """What the reply may rest on, and what orders in the user's texts want to be said."""
    rules = patterns()
    honest: list[str] = []
    planted: set[str] = set()
    for text in (*grounds.texts, *grounds.names):
        kept = text
        if rules.orders.search(folded(text)):
            kept = " ".join(without_orders(text, planted))
        honest.append(kept)
    known = (*honest, *(one.text for one in grounds.sources if one.kind != "user"), *grounds.told)
    said = "\n".join(_normal_quote(text) for text in grounds.texts)
    sourced = "\n".join(_normal_quote(one.text) for one in grounds.sources)
    copied = f" {' '.join(_normal(one.text) for one in grounds.sources if one.kind != 'user')} "
    return _Held(Known(known, grounds.language), said, sourced, copied), frozenset(planted)


@lru_cache(maxsize=64)
def _common_words(told: tuple[str, ...]) -> frozenset[str]:
    """Words that the coach's lines hold in lower case: no names, where a sentence begins."""
    return frozenset(word for text in told for word in re.findall(r"\b[a-z]{2,}\b", text))
