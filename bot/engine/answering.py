"""Answers a question of the user, from what is written down and from nowhere else.

The order: a limit (legal, tax, visa, medical) → a question about the coach itself → the coach's
own playbook → a colleague's playbook → an honest "I don't know".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.engine import asking
from bot.engine.brief import Answer, Ask, Brief, Reflection
from bot.engine.knowledge import FITS, find_cards
from bot.engine.meaning import Meaning
from bot.engine.safety import limit_of
from bot.engine.text import words
from bot.engine.turn import Turn
from bot.lazily import lazy
from bot.replies import Choice, Source
from personas.catalogue import Catalogue
from personas.models import Card, Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

_FAQ_NEAR = 0.7
# How many cards back a straight answer is not given again.
_ADVISED = 6
# A colleague's card must fit clearly better than the coach's own.
_COLLEAGUE_AHEAD = 0.15


def answered(turn: Turn, question: str, reflect: tuple[Reflection, ...]) -> Brief:
    """Answer, then pick the thread up: ask what they make of advice, or go on."""
    answer = answer_to(turn, question)
    if answer.ask_back:
        ask = _ask_back(turn)
        return turn.brief(reflect=reflect, answer=answer, ask=ask, invite=ask is None)
    return turn.brief(reflect=reflect, answer=answer, missing=turn.phrase("go_on"))


def beside(turn: Turn, question: str, reflect: tuple[Reflection, ...]) -> Brief | None:
    """The answer to a question put beside an answer; None where nothing fits it.

    Much of what is asked in passing ("who does that?") wants no answer, so an honest "I don't know"
    would only be in the way.
    """
    answer = answer_to(turn, question)
    if not answer.known and not any(one.ref.startswith("limit.") for one in answer.sources):
        return None
    ask = _ask_back(turn) if answer.ask_back else None
    missing = None if ask else turn.phrase("go_on")
    return turn.brief(reflect=reflect, answer=answer, ask=ask, missing=missing)


def straight_advice(turn: Turn) -> Brief:
    """The user is tired of questions: the card that fits best what they want, at once."""
    goal = turn.state.evidence(Slot.GOAL)
    said = [item.text for item in turn.state.recent[-2:]]
    about = " ".join([goal.quote if goal else "", *said, turn.heard.text])
    cards = turn.catalogue.cards(turn.coach.key)
    found = find_cards(about, cards, turn.meaning, k=len(cards)) if about.strip() else []
    ranked = [card for card, _ in found] or list(cards)
    fresh = [card for card in ranked if card.key not in turn.state.advised]
    card = (fresh or ranked)[0]
    turn.state.advised = [*turn.state.advised, card.key][-_ADVISED:]
    text = f"{card.advice}\n\n**To try:** {card.exercise}"
    answer = Answer(text=text, sources=(_card_source(card),))
    return turn.brief(answer=answer, missing=turn.phrase("go_on"))


def answer_to(turn: Turn, question: str) -> Answer:
    """The best answer there is; ``known`` is False where there is none."""
    limit = limit_of(question) or limit_of(turn.heard.text)
    if limit is not None:
        source = Source("card", f"limit.{limit.kind}", limit.text)
        return Answer(text=limit.text, sources=(source,), known=False)
    about_us = about_the_coach(turn.catalogue, turn.meaning, question)
    if about_us is not None:
        return about_us
    card, score = _best(turn, question, turn.coach.key)
    if card is not None and score >= FITS:
        return _from_card(turn, card)
    others = [c for c in turn.catalogue.all_cards if c.coach != turn.coach.key]
    found = find_cards(question, others, turn.meaning, k=1)
    if found and found[0][1] >= max(FITS, score + _COLLEAGUE_AHEAD):
        colleague = turn.catalogue.coach(found[0][0].coach)
        lead = turn.phrase("colleague_answer", coach=colleague.first_name)
        hint = turn.phrase("switch_hint", coach=colleague.first_name)
        answer = _from_card(turn, found[0][0])
        return Answer(
            text=f"{lead} {answer.text} {hint}", sources=answer.sources, ask_back=False, known=False
        )
    lines = turn.coach.lines.no_answer
    free = [n for n in range(len(lines)) if turn.state.may_use(f"no_answer.{n}")] or [0]
    number = free[turn.seed % len(free)]
    turn.state.use_frame(f"no_answer.{number}")
    return Answer(text=lines[number], known=False)


def _from_card(turn: Turn, card: Card) -> Answer:
    text = card.advice
    sources = [_card_source(card)]
    if card.fact is not None:
        text += f" {card.fact.text} ([{card.fact.source}]({card.fact.url}), {card.fact.published})."
        sources.append(
            Source(
                "card",
                f"{card.coach}/{card.key}#fact",
                f"{card.fact.text} {card.fact.source}, {card.fact.published}",
            )
        )
    return Answer(text=text, sources=tuple(sources), ask_back=True)


def _card_source(card: Card) -> Source:
    return Source("card", f"{card.coach}/{card.key}", f"{card.advice} {card.exercise}")


def _best(turn: Turn, question: str, coach: str) -> tuple[Card | None, float]:
    cards = turn.catalogue.cards(coach)
    found = find_cards(question, cards, turn.meaning, k=1)
    if not found:
        return None, 0.0
    card, score = found[0]
    if score < FITS and len(words(question)) <= 8:
        # "What should I do?" says nothing by itself: read it together with the goal.
        goal = turn.state.evidence(Slot.GOAL)
        if goal is not None:
            again = find_cards(f"{goal.quote}. {question}", cards, turn.meaning, k=1)
            if again and again[0][1] > score:
                return again[0]
    return card, score


def _ask_back(turn: Turn) -> Ask | None:
    found = asking.unasked(turn, "back", turn.coach.lines.ask_back)
    return asking.further(turn, *found, "ask_back") if found else None


@lru_cache(maxsize=4)
def _faq_rows(catalogue: Catalogue, meaning: Meaning) -> tuple[NDArray[np.float32], list[int]]:
    faq = catalogue.phrases.faq
    texts = [text for entry in faq for text in entry.utterances]
    owners = [n for n, entry in enumerate(faq) for _ in entry.utterances]
    return meaning.encode(texts), owners


def about_the_coach(
    catalogue: Catalogue, meaning: Meaning, question: str, *, near: float = _FAQ_NEAR
) -> Answer | None:
    """The answer to a question about the coach, privacy or the talk itself, or None.

    Args:
        near: how near the question must be to one it is known by, as a cosine.
    """
    rows, owners = _faq_rows(catalogue, meaning)
    cosines = rows @ meaning.encode([question])[0]
    place = int(np.argmax(cosines))
    if float(cosines[place]) < near:
        return None
    entry = catalogue.phrases.faq[owners[place]]
    return Answer(
        text=entry.answer, sources=(Source("card", f"faq.{entry.key}", entry.answer),), known=False
    )


def coach_choices(catalogue: Catalogue) -> tuple[Choice, ...]:
    """The menu of coaches as choices."""
    return tuple(
        Choice(coach.key, f"{coach.emoji} {coach.name} · {coach.title}")
        for coach in catalogue.coaches
    )
