"""Which parts of a reply a model words, and which are said as they were decided."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.brief import Answer, Ask, Brief
from bot.replies import Choice, Source

Part = tuple[str, tuple[Source, ...]]
_AS_THEY_ARE = {"scale", "engine"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts around the model's words.

    Attributes:
        before, after: said as they stand; an empty text brings sources alone.
        answer: the answer that is to be worded.
        ask: the question that is to be worded, or to be put as it stands where that fails.
        fixed_ask: the question that is put as it stands, behind ``after``.
        notes: set phrases to be said in other words.
    """

    before: tuple[Part, ...]
    after: tuple[Part, ...]
    answer: Answer | None
    ask: Ask | None
    fixed_ask: Ask | None
    notes: tuple[str, ...]
    choices: tuple[Choice, ...]


def layout_of(brief: Brief) -> Layout:
    """Plans, summaries, scales, examples and choices are shown as decided, and in English.

    In another language a model also words the questions the engine made up, its set phrases and
    the examples for somebody who is stuck, which come without buttons there.
    """
    english = brief.scene is None or brief.scene.language is None
    before: list[Part] = [(brief.opening, ())] if brief.opening else []
    notes: list[str] = []
    for text, sources in brief.notes:
        if sources and (english or not text):
            before.append((text, sources))
        elif text:
            notes.append(text)
    after: list[Part] = []
    answer = brief.answer
    if answer is not None and answer.sources and not answer.known:
        after.append((answer.text, answer.sources))
        answer = None
    if brief.help_with is not None and english:
        example = brief.help_with.example
        source = Source("card", f"{brief.coach.key}.{brief.help_with.key}", example)
        after.append((f"For example: “{example.rstrip('.')}.”", (source,)))
    if brief.block is not None:
        after.append(brief.block)
    shown = any(text for text, _ in after)
    fixed = brief.ask is not None and (
        shown or (english and (brief.ask.kind in _AS_THEY_ARE or bool(brief.ask.choices)))
    )
    return Layout(
        before=tuple(before),
        after=tuple(after),
        answer=answer,
        ask=None if fixed else brief.ask,
        fixed_ask=brief.ask if fixed else None,
        notes=tuple(notes),
        choices=_choices(brief, english=english),
    )


def _choices(brief: Brief, *, english: bool) -> tuple[Choice, ...]:
    if brief.help_with is not None:
        if not english:
            return ()
        return tuple(
            Choice(str(number), option.rstrip("."))
            for number, option in enumerate(brief.help_with.options, start=1)
        )
    return (brief.ask.choices if brief.ask else ()) or brief.choices
