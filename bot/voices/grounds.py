"""What a reply may rest on: the user's words, sources, and what the engine decided to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.engine.brief import Brief
from bot.engine.calendar import say
from bot.engine.text import words
from bot.replies import Source
from personas.models import Coach

# Rule 1 of the product: a reply is short; what was asked for may be longer.
SHORT, LONG = 90, 450


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the guard holds a reply against.

    Args:
        texts: the user's own words and what is remembered of them. Not trusted: orders in them are
            followed by nobody.
        sources: cards, role facts, calendar dates and scores with where they come from.
        told: what the engine decided to say and the coach's own lines.
        prompt: lines given to a model that nobody may see again.
        names: names that may be used: the coach's, the user's, other coaches'.
        language: code of the language agreed with the user, as ``language_of`` gives it, or "en".
        questions: how many questions the reply may hold.
        words: how many words the reply may hold.
        reserved: words kept free for the question while none is asked.
        bullets: whether list items keep their sense with "[number?]" in place of a number.
    """

    texts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    told: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    language: str = "en"
    questions: int = 1
    words: int = SHORT
    reserved: int = 0
    bullets: bool = False


def grounds_of(brief: Brief, *, prompt: tuple[str, ...] = ()) -> Grounds:
    """The grounds of one reply.

    Args:
        brief: what the engine decided; its scene adds what a voice that words freely is told.
        prompt: the lines of the prompt that may not leak: rules and method, not the decision.
    """
    sources = tuple(_sources(brief))
    block = len(words(brief.block[0])) if brief.block else 0
    long = brief.answer is not None or block > SHORT - 2
    scene = brief.scene
    return Grounds(
        texts=(*_own_words(brief), *(one.text for one in sources if one.kind == "user")),
        sources=sources,
        told=tuple(_told(brief)),
        prompt=prompt,
        names=(brief.coach.name, brief.coach.title),
        language=(scene.language if scene else None) or "en",
        words=LONG if long else SHORT,
        reserved=len(words(brief.ask.text)) if brief.ask else 0,
        bullets=block > 0,
    )


def _own_words(brief: Brief) -> Iterator[str]:
    for one in brief.reflections:
        yield one.quote
        yield from (form for form in (one.you, one.other, one.echo) if form)
    if brief.feedback:
        yield brief.feedback.strength
    if brief.scene:
        yield brief.scene.text
        yield from (one.text for one in brief.scene.turns if one.role == "user")


def _sources(brief: Brief) -> Iterator[Source]:
    for _, sources in brief.notes:
        yield from sources
    if brief.answer:
        yield from brief.answer.sources
    if brief.block:
        yield from brief.block[1]
    if brief.scene:
        yield from (one.source for one in (*brief.scene.memory, *brief.scene.elsewhere))
        yield from (*brief.scene.cards, *brief.scene.facts)


def _told(brief: Brief) -> Iterator[str]:
    yield from about(brief.coach)
    yield from (note for note, _ in brief.notes)
    for one in (brief.opening, brief.missing, brief.help_lead):
        if one:
            yield one
    if brief.answer:
        yield brief.answer.text
    if brief.block:
        yield brief.block[0]
    if brief.help_with:
        yield brief.help_with.example
        yield from brief.help_with.options
    if brief.ask:
        yield brief.ask.text
        yield from (choice.label for choice in brief.ask.choices)
    yield from (choice.label for choice in brief.choices)
    if brief.scene:
        yield say(brief.scene.today)
        # Remarks are left out: a model wrote them, and would vouch for itself.
        yield from brief.scene.objectives
        # What the coach said before went through the guard itself.
        yield from (one.text for one in brief.scene.turns if one.role == "coach")


def about(coach: Coach) -> Iterator[str]:
    """What a coach may say of itself."""
    yield from (coach.name, coach.title, coach.tagline, *coach.aliases, *coach.expertise)
    if coach.licence_note:
        yield coach.licence_note
