"""Which coach fits: from free text, or from goals, career stage and challenges, or from both.

A classifier over meaning and words is learnt at first use from the catalogue itself (utterances of
the cards, signals of the focus themes) and ``personas/routing``; a coach dropped in as a file is
part of it at the next start. Everything is deterministic.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.engine.classifier import Classifier, fit
from bot.engine.meaning import Matrix, Meaning, Words, nearest, with_fallback
from bot.engine.profile_words import ProfileWords, mixed
from bot.engine.text import content_words
from bot.lazily import lazy
from personas import catalogue as personas_catalogue
from personas.catalogue import Catalogue
from personas.models import Coach

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

ROUTING: Final = personas_catalogue.HERE / "routing"
_UNCLEAR: Final = "unclear"
# Text, coach key or "unclear", and the group of texts it resembles.
Example = tuple[str, str, str]
# Chosen by cross-validation on the examples (docs/vectors.md): the lowest chance that leaves at
# least .85 of the clear texts unasked, with some room.
_UNCLEAR_FROM: Final = 0.13
_WORD_FEATURES: Final = 512
_RIDGE: Final = 5e-4
_TEXT_SHARE: Final = 0.5
_LONGEST_TEXT: Final = 6_000
_LONGEST_QUOTE: Final = 14
# Content words of a quote that gives a reason.
_TELLING: Final = 2


@dataclass(frozen=True, slots=True)
class Ranked:
    """One coach's place: key, score 0 to 1 (all scores sum to 1), and why, in the user's words."""

    coach: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """All coaches, best first; ``ask`` is one question where the wish is still ``unclear``.

    ``kind`` is what an unclear text is nearest to (a table of ``unclear.toml``), None where the
    wish is clear.
    """

    ranking: tuple[Ranked, ...]
    unclear: bool
    ask: str | None
    kind: str | None = None


class Recommender:
    """Ranks the coaches of a catalogue.

    Args:
        catalogue: whose coaches are ranked.
        meaning: the level of meaning to use; where it fails, the static vectors.
        routing: the folder with ``examples.toml``, ``unclear.toml`` and ``profile.toml``.
        examples: what to learn from, where it is not ``examples_of(catalogue, routing)``.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        meaning: Meaning,
        routing: Path = ROUTING,
        examples: Sequence[Example] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._meaning = meaning
        self._routing = routing
        self._examples = examples
        self._fitted: dict[int, _Fitted] = {}

    def recommend(
        self,
        text: str = "",
        *,
        stage: str | None = None,
        goals: Sequence[str] = (),
        challenges: Sequence[str] = (),
    ) -> Recommendation:
        """Rank all coaches for what a person wrote, chose, or both.

        The first call on a level of meaning learns the classifier: a third of a second of work
        with the vectors, with embeddings as long as a model takes for some thousand texts.
        """
        text = text.strip()[:_LONGEST_TEXT]
        wishes = tuple(word for word in (*goals, *challenges) if word.strip())

        def rank(meaning: Meaning) -> Recommendation:
            return self._rank(self._learnt(meaning), text, stage, wishes)

        return with_fallback(self._meaning, rank)

    def prepare(self) -> None:
        """Learn now what the first ``recommend`` would learn."""
        _ = with_fallback(self._meaning, self._learnt)

    def _rank(
        self, fitted: _Fitted, text: str, stage: str | None, wishes: tuple[str, ...]
    ) -> Recommendation:
        coaches = self._catalogue.coaches
        fitted.read([text, *_clauses(text), *wishes])
        unclear, scores = fitted.judge(text)
        profile = self._profile.score(stage, wishes, fitted.judge_word)
        vague = unclear >= _UNCLEAR_FROM
        if profile is not None:
            scores = profile if vague else mixed(scores, profile, _TEXT_SHARE)
        order: list[int] = np.argsort(-scores, kind="stable").tolist()
        ranking: list[Ranked] = []
        for place in order:
            coach, score = coaches[place], float(scores[place])
            said = [] if vague else fitted.quote(text, coach.key)
            said += self._profile.backing(coach.key, wishes, fitted.judge_word)
            if said:
                reason = _why(coach, said, fitted.theme(said, coach), score >= 1 / len(coaches))
            else:
                reason = _open(coach, _shortened(next(_clauses(text), "")))
            ranking.append(Ranked(coach.key, round(score, 4), reason))
        asks = vague and not wishes
        if not asks:
            return Recommendation(tuple(ranking), unclear=False, ask=None)
        kind = self._kind(fitted, text)
        return Recommendation(tuple(ranking), unclear=True, ask=self._unclear[kind][0], kind=kind)

    def _kind(self, fitted: _Fitted, text: str) -> str:
        kinds = self._unclear
        owners = [kind for kind, (_, texts) in kinds.items() for _ in texts]
        examples = [example for _, texts in kinds.values() for example in texts]
        near = nearest(fitted.meaning, text, examples, 3) if text else []
        votes: dict[str, float] = {}
        for index, score in near:
            votes[owners[index]] = votes.get(owners[index], 0.0) + score
        return max(votes, key=lambda name: votes[name]) if votes else next(iter(kinds))

    @cached_property
    def _profile(self) -> ProfileWords:
        return ProfileWords(self._routing / "profile.toml", self._catalogue.keys)

    @cached_property
    def _unclear(self) -> dict[str, tuple[str, list[str]]]:
        data = tomllib.loads((self._routing / "unclear.toml").read_text(encoding="utf-8"))
        return {kind: (entry["ask"], entry["texts"]) for kind, entry in data.items()}

    def _learnt(self, meaning: Meaning) -> _Fitted:
        if id(meaning) not in self._fitted:
            examples = self._examples or list(examples_of(self._catalogue, self._routing))
            self._fitted[id(meaning)] = _Fitted(meaning, self._catalogue.coaches, examples)
        return self._fitted[id(meaning)]


def examples_of(catalogue: Catalogue, routing: Path = ROUTING) -> Iterator[Example]:
    """What the classifier learns from: (text, coach key or ``unclear``, group).

    Texts of one group (a card, a theme, a kind) resemble each other; a cross-validation must keep
    them together.
    """
    for coach in catalogue.coaches:
        yield f"{coach.title}: {', '.join(coach.expertise)}", coach.key, coach.key
        for theme in coach.focus:
            for text in (theme.about, *theme.signals):
                yield text, coach.key, f"{coach.key}/{theme.key}"
        for card in catalogue.cards(coach.key):
            for text in (card.title, card.when, *card.utterances):
                yield text, coach.key, f"{coach.key}/{card.key}"
    extra = tomllib.loads((routing / "examples.toml").read_text(encoding="utf-8"))
    for key in catalogue.keys:
        for index, text in enumerate(extra.get(key, [])):
            yield text, key, f"{key}/example {index // 3}"
    unclear = tomllib.loads((routing / "unclear.toml").read_text(encoding="utf-8"))
    for kind, entry in unclear.items():
        for index, text in enumerate(entry["texts"]):
            yield text, _UNCLEAR, f"{_UNCLEAR}/{kind} {index // 10}"


class _Fitted:
    """A classifier learnt on one level of meaning, with what explains its answers."""

    def __init__(
        self, meaning: Meaning, coaches: Sequence[Coach], examples: Sequence[Example]
    ) -> None:
        texts = [text for text, _, _ in examples]
        self.meaning = meaning
        self._words = Words(_WORD_FEATURES)
        self._classifier: Classifier = fit(
            self._features(texts), [key for _, key, _ in examples], _RIDGE
        )
        labels = self._classifier.labels
        self._columns = [labels.index(coach.key) for coach in coaches]
        self._of = {coach.key: labels.index(coach.key) for coach in coaches}
        self._unclear = labels.index(_UNCLEAR)
        self._themes: dict[str, list[tuple[str, Matrix]]] = {}

    def _features(self, texts: Sequence[str]) -> Matrix:
        words = self._words.encode(texts)
        if self.meaning.level == "words":
            return words
        return np.hstack([self.meaning.encode(texts), words])

    def read(self, texts: Sequence[str]) -> None:
        """Encode all of a request at once: embeddings remember it, so that they are asked once."""
        _ = self.meaning.encode([_spoken(text) for text in texts if text])

    def judge(self, text: str) -> tuple[float, Matrix]:
        """Chance that the text is unclear, and the chances of the coaches given that it is not."""
        count = len(self._columns)
        if not text:
            return 1.0, np.full(count, 1 / count, np.float32)
        chances = self._classifier.probabilities(self._features([_spoken(text)]))[0]
        coaches = chances[self._columns]
        return float(chances[self._unclear]), coaches / coaches.sum()

    def judge_word(self, word: str) -> Matrix:
        """The chances of the coaches for one profile word."""
        return self.judge(word)[1]

    def quote(self, text: str, coach: str) -> list[str]:
        """The clause of ``text`` that speaks most for this coach, as it stands there."""
        clauses = list(_clauses(text))
        if not clauses:
            return []
        logits = self._classifier.logits(self._features([_spoken(part) for part in clauses]))
        margins = logits[:, self._of[coach]] - logits[:, self._columns].mean(axis=1)
        # "I would like to" is no reason, whatever it speaks for.
        empty = np.array([len(content_words(part)) < _TELLING for part in clauses])
        if not empty.all():
            margins = np.where(empty, -np.inf, margins)
        return [clauses[int(np.argmax(margins))]]

    def theme(self, said: Sequence[str], coach: Coach) -> str:
        """The title of the focus theme of ``coach`` that is nearest to what was said."""
        if coach.key not in self._themes:
            self._themes[coach.key] = [
                (theme.title, self.meaning.encode([theme.about, *theme.signals]))
                for theme in coach.focus
            ]
        row = self.meaning.encode([_spoken(part) for part in said]).mean(axis=0)
        titles = [title for title, _ in self._themes[coach.key]]
        scores = [np.sort(rows @ row)[-2:].mean() for _, rows in self._themes[coach.key]]
        return titles[int(np.argmax(scores))]


def _why(coach: Coach, said: Sequence[str], theme: str, fits: bool) -> str:
    quotes = " and ".join(f'"{quote}"' for quote in dict.fromkeys(said))
    does = "works on that" if fits else "would look at it from another side"
    return f"You wrote {quotes}. {coach.first_name} ({coach.title}) {does}: {theme}."


def _open(coach: Coach, quote: str) -> str:
    telling = len(content_words(quote)) >= _TELLING
    lead = f'You wrote "{quote}", which leaves it open. ' if telling else ""
    return f"{lead}{coach.first_name} ({coach.title}): {coach.tagline}"


_JOINER = r"(?:and|but|because)\s+"
_STOP = r'(?:[.!?;:,…]+(?=\s|$)|[\n\r"“”„«»()])\s*'
_BREAK = re.compile(rf"{_STOP}(?:{_JOINER})?|\s[-–—]\s|\s{_JOINER}", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]")


def _clauses(text: str) -> Iterator[str]:
    """Parts of ``text`` of at most 14 words, exact substrings without quotation marks inside."""
    parts = [part.strip() for part in _BREAK.split(text)]
    spoken = [part for part in parts if _LETTER.search(part)]
    long_enough = [part for part in spoken if len(part.split()) > 2]
    yield from (_shortened(part) for part in long_enough or spoken)


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _shortened(part: str) -> str:
    ends = [found.end() for found in re.finditer(r"\S+", part)]
    return part if len(ends) <= _LONGEST_QUOTE else part[: ends[_LONGEST_QUOTE - 1]]
