"""Answers a question of the user, from what is written down and from nowhere else.

The order: a limit (legal, tax, visa, medical) → a question about the coach itself → the coach's
own playbook → a colleague's playbook → an honest "I don't know".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.engine import asking
from bot.engine.brief import Answer, Ask, Brief, Reflection
from bot.engine.knowledge import FITS, find_cards
from bot.engine.meaning import Meaning
from bot.engine.safety import limit_of
from bot.engine.text import content_words, words
from bot.engine.turn import Turn
from bot.lazily import lazy
from bot.replies import Choice, Source
from personas.catalogue import Catalogue
from personas.models import Card, Phase, Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

_FAQ_NEAR = 0.7
# About the people and things of the plan, not about the coach or the person's wish to know.
_WHAT_IF = re.compile(
    r"^(?:(?:but|and|ok|so|hmm+|yes|well)[, ]+)*(?:what|and) if "
    r"(?!you\b|i (?:delete|forget|leave the)\b)",
    re.I,
)
# How many cards back a straight answer is not given again.
_ADVISED = 6
# A colleague's card must fit clearly better than the coach's own, for advice by so much.
_COLLEAGUE_AHEAD = 0.15
_ADVISER_AHEAD = 0.1
# What a bare request consists of; it is read by what was said before it.
_REQUEST = frozenset(
    ("tell", "stop", "ask", "asking", "question", "questions", "answer", "answers", "advice",
     "advise", "give", "straight", "clear", "plain", "honest", "direct", "simple", "real", "proper",
     "opinion", "please", "pls", "recommend", "suggest", "start", "begin")
)  # fmt: skip


def answered(turn: Turn, question: str, reflect: tuple[Reflection, ...]) -> Brief:
    """Answer, then pick the thread up: ask what they make of advice, or go on."""
    answer = answer_to(turn, question)
    _note_told(turn, answer)
    if answer.ask_back:
        ask = _ask_back(turn)
        return turn.brief(reflect=reflect, answer=answer, ask=ask, invite=ask is None)
    return turn.brief(reflect=reflect, answer=answer, missing=turn.phrase("go_on"))


def what_if(turn: Turn, question: str) -> Brief | None:
    """What goes wrong is planned for rather than answered; None for every other question."""
    if not _WHAT_IF.match(question) or limit_of(question) is not None:
        return None
    card, score = _best(turn, question, turn.coach.key)
    if card is not None and score >= FITS:
        return None
    if turn.state.phase is Phase.SYNTHESIS and Slot.PLAN_B not in turn.state.filled:
        ask = asking.from_bank(turn, [Slot.PLAN_B])
        if ask is not None:
            turn.note(turn.phrase("what_if"))
            return turn.brief(ask=ask)
    later = turn.phrase("what_if_later")
    if not later:
        return None
    return turn.brief(answer=Answer(text=later, known=False), missing=turn.phrase("go_on"))


def beside(turn: Turn, question: str, reflect: tuple[Reflection, ...]) -> Brief | None:
    """The answer to a question put beside an answer; None where nothing fits it.

    Much of what is asked in passing ("who does that?") wants no answer, so an honest "I don't know"
    would only be in the way.
    """
    answer = answer_to(turn, question)
    if not answer.known and not any(one.ref.startswith("limit.") for one in answer.sources):
        return None
    _note_told(turn, answer)
    ask = _ask_back(turn) if answer.ask_back else None
    missing = None if ask else turn.phrase("go_on")
    return turn.brief(reflect=reflect, answer=answer, ask=ask, missing=missing)


def straight_advice(turn: Turn) -> Brief:
    """The user is tired of questions: what fits best what they want, at once.

    The coach's own card, or a colleague's that fits clearly better; where none fits, what helps
    with most things that are stuck.
    """
    goal = turn.state.evidence(Slot.GOAL)
    said = [item.text for item in turn.state.recent[-2:]]
    told = " ".join([*([goal.quote] if goal else []), *said])
    # "Just tell me what to do" says nothing of what it is about.
    bare = _REQUEST.issuperset(content_words(turn.heard.text))
    about = told if bare else f"{told} {turn.heard.text}"
    cards = turn.catalogue.cards(turn.coach.key)
    found = find_cards(about, cards, turn.meaning, k=len(cards)) if about.strip() else []
    ranked = [card for card, _ in found] or list(cards)
    fresh = [card for card in ranked if card.key not in turn.state.advised]
    card = (fresh or ranked)[0]
    score = {one.key: fit for one, fit in found}.get(card.key, 0.0)
    lead, hint = "", ""
    colleague = _colleague(turn, about, score, _ADVISER_AHEAD)
    if colleague is not None and colleague.key not in turn.state.advised:
        card = colleague
        lead, hint = _leads(turn, card.coach)
    elif score < FITS and (plain := turn.phrase("straight")):
        answer = Answer(text=plain, sources=(Source("card", "phrases.straight", plain),))
        return turn.brief(answer=answer, missing=turn.phrase("go_on"))
    turn.state.advised = [*turn.state.advised, card.key][-_ADVISED:]
    parts = (f"{lead} {card.advice}".strip(), f"**To try:** {card.exercise}", hint)
    text = "\n\n".join(part for part in parts if part)
    answer = Answer(text=text, sources=(_card_source(card),))
    return turn.brief(answer=answer, missing="" if hint else turn.phrase("go_on"))


def _colleague(turn: Turn, about: str, score: float, ahead: float) -> Card | None:
    """Another coach's card that fits by ``ahead`` better than the own one with this score."""
    others = [card for card in turn.catalogue.all_cards if card.coach != turn.coach.key]
    found = find_cards(about, others, turn.meaning, k=1)
    near = bool(found) and found[0][1] >= max(FITS, score + ahead)
    return found[0][0] if near else None


def _leads(turn: Turn, coach: str) -> tuple[str, str]:
    """What opens a colleague's answer, and how to go to them."""
    name = turn.catalogue.coach(coach).first_name
    return turn.phrase("colleague_answer", coach=name), turn.phrase("switch_hint", coach=name)


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
    colleague = _colleague(turn, question, score, _COLLEAGUE_AHEAD)
    if colleague is not None:
        lead, hint = _leads(turn, colleague.coach)
        answer = _from_card(turn, colleague)
        return Answer(
            text=f"{lead} {answer.text} {hint}".strip(),
            sources=answer.sources,
            ask_back=False,
            known=False,
        )
    lines = turn.coach.lines.no_answer
    free = [n for n in range(len(lines)) if turn.state.may_use(f"no_answer.{n}")] or [0]
    number = free[turn.seed % len(free)]
    turn.state.use_frame(f"no_answer.{number}")
    return Answer(text=lines[number], known=False)


def _note_told(turn: Turn, answer: Answer) -> None:
    told = [one.ref.rpartition("/")[2] for one in answer.sources if "/" in one.ref]
    turn.state.advised = [*turn.state.advised, *(one for one in told if "#" not in one)][-_ADVISED:]


def _from_card(turn: Turn, card: Card) -> Answer:
    if card.key in turn.state.advised:
        # What is written down was said; what can be done with it was not.
        return Answer(text=f"**To try:** {card.exercise}", sources=(_card_source(card),))
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
    if score < FITS and len(words(question)) <= 8 and not _WHAT_IF.match(question):
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
