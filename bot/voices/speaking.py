"""One reply of a model on its way: sentences are checked as they come, and put between the parts
that stand as they were decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Final

from bot.engine.brief import Brief, Worded
from bot.engine.text import words
from bot.replies import Source
from bot.voices.guard import Grounds, Guard, grounds_of, unsupported
from bot.voices.layout import Layout, layout_of
from bot.voices.notes import Notes, read_notes
from bot.voices.offline import WORDS_AT_MOST, compose
from bot.voices.prompt import lines_of
from bot.voices.sentences import Sentences

_ASKS: Final = re.compile(r"[?？؟][\"”’»)*_]*\s*\Z")
_FIGURES: Final = re.compile(r"\d[\d.,]*")
_FEWEST_WORDS: Final = 25


class Speaking:
    """The model's words for one brief.

    Attributes:
        told: what of them may be shown.
        raw: all that came, with the notes.
    """

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self.begin()

    @cached_property
    def _layout(self) -> Layout:
        return layout_of(self._brief)

    @cached_property
    def _grounds(self) -> Grounds:
        return _grounds(self._brief, self._layout)

    def begin(self) -> None:
        """An answer begins; what came before is void."""
        self._sentences = Sentences()
        self._guard: Guard | None = None
        self.told, self.raw, self._question = "", "", ""

    def prepare(self) -> None:
        """Gather what sentences are held against, lest the first of them wait for it."""
        self._guard = self._guard or Guard(self._grounds)

    def hear(self, piece: str) -> bool:
        """Take the next piece; returns whether there is more to show."""
        self.raw += piece
        return self._say(self._sentences.feed(piece))

    def end(self) -> bool:
        """The answer is whole; returns whether there is more to show."""
        return self._say(self._sentences.rest())

    @property
    def reply_is_whole(self) -> bool:
        """Whether the line of the notes has come, so that nothing of the reply is missing."""
        return self._sentences.notes_begun

    @property
    def refusals(self) -> list[str]:
        """Why sentences were left out."""
        return self._guard.refusals if self._guard else []

    def notes(self) -> Notes:
        """The notes; empty ones where none can be read."""
        return read_notes(self._sentences.notes) or Notes()

    def bears(self, line: str) -> bool:
        """Whether a line that is only kept rests on what the reply may rest on."""
        return unsupported(line, self._grounds) is None

    def _say(self, sentences: list[str]) -> bool:
        before = self.told
        if sentences:
            self.prepare()
        for sentence in sentences:
            assert self._guard is not None
            verdict = self._guard.check(sentence)
            if verdict.refused:
                continue
            text = verdict.text if self.told else verdict.text.lstrip()
            self.told += text
            if _ASKS.search(text):
                self._question = text.strip()
        return self.told != before

    # Drafts ---------------------------------------------------------------------------------------

    def growing(self) -> Worded:
        """What there is so far."""
        draft = Worded(voice="model")
        self._open(draft)
        return draft

    def whole(self) -> Worded:
        """The reply: what was told, what stands as decided, and the question if it is missing."""
        draft = self.growing()
        layout = self._layout
        for text, sources in layout.after:
            draft.say(text, *sources)
        if layout.fixed_ask is not None:
            draft.ask(layout.fixed_ask.text)
        elif layout.ask is not None and not self._question:
            draft.ask(layout.ask.text)
        elif self._question:
            draft.question = self._question
        draft.choices = list(layout.choices)
        draft.sources.extend(one for one in self._used() if one not in draft.sources)
        return draft

    def as_far(self) -> Worded:
        """What was told until the person wanted no more of it."""
        draft = self.growing()
        draft.question = self._question or None
        return draft

    def offline(self) -> Worded:
        """The reply worded from the playbook instead."""
        made = compose(self._brief)
        return Worded(
            parts=made.parts,
            sources=made.sources,
            question=made.question,
            choices=made.choices,
            frames=made.frames,
        )

    def _open(self, draft: Worded) -> None:
        for text, sources in self._layout.before:
            draft.say(text, *sources)
        draft.say(self.told.strip())

    def _used(self) -> Iterator[Source]:
        """What the model's words rest on: what it was to say, and where its figures come from."""
        for one in self._brief.reflections:
            yield Source("user", str(one.message), one.quote)
        if self._layout.answer is not None:
            yield from self._layout.answer.sources
        if self._brief.feedback is not None:
            yield Source("user", str(self._brief.feedback.message), self._brief.feedback.strength)
        figures = {one.rstrip(".,") for one in _FIGURES.findall(self.told)}
        yield from (one for one in self._known() if figures & set(_figures(one.text)))

    def _known(self) -> Iterator[Source]:
        scene = self._brief.scene
        if scene is None:
            return
        yield Source("user", str(scene.message), scene.text)
        yield from (one.source for one in (*scene.memory, *scene.elsewhere))
        yield from (*scene.cards, *scene.facts)
        yield from (
            Source("user", str(one.message), one.text) for one in scene.turns if one.role == "user"
        )


def _figures(text: str) -> list[str]:
    return [one.rstrip(".,") for one in _FIGURES.findall(text)]


def _grounds(brief: Brief, layout: Layout) -> Grounds:
    """What the model's words are held against: no question where one follows, and room for what
    stands around them."""
    grounds = grounds_of(brief, prompt=lines_of(brief.coach))
    around = " ".join(text for text, _ in (*layout.before, *layout.after))
    most = grounds.words
    if layout.answer is None:
        asked = layout.fixed_ask.text if layout.fixed_ask else ""
        most = max(_FEWEST_WORDS, WORDS_AT_MOST - len(words(f"{around} {asked}")))
    return replace(
        grounds,
        questions=int(layout.ask is not None),
        reserved=len(words(layout.ask.text)) if layout.ask else 0,
        words=most,
    )
