"""The plan of a session: twelve items, each from the user's words, a card or a role pack.

Items nobody spoke of stay open and say so. The five goal-attainment levels follow goal attainment
scaling (Kiresuk and Sherman, 1968): 0 is what was agreed, -1 and -2 less, +1 and +2 more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bot.engine.calendar import date_in, say
from bot.engine.evidence import bare, read, short_quote
from bot.engine.knowledge import find_cards
from bot.engine.meaning import Meaning
from bot.engine.roles import labels, role_in, skills_named
from bot.engine.state import Evidence, SessionState
from bot.replies import Source
from personas import steering
from personas.catalogue import Catalogue
from personas.models import Card, Coach, Role, Slot

OPEN = "Not spoken of yet."
_ACTIONS = 3
_STRENGTHS = 3
# Product rule 1: a plan has at most 450 words.
_WORDS_AT_MOST = 420
_QUOTED_AGAIN = 14


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the plan with the words and facts it rests on."""

    text: str
    quotes: tuple[Evidence, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def told(self) -> bool:
        """Whether there is something behind the line."""
        return self.text != OPEN


@dataclass(slots=True)
class Plan:
    """The synthesis of one session; see product.md, "The synthesis of a session holds"."""

    goal: Item
    why: Item
    strengths: list[Item]
    obstacles: list[Item]
    meaning: Item
    fact: Item
    example: Item
    actions: list[Item]
    if_then: Item
    helper: Item
    target: Item
    levels: list[str] = field(default_factory=list[str])
    target_date: date | None = None
    check_in: Item = field(default_factory=lambda: Item(OPEN))
    check_in_date: date | None = None


def best_card(coach: str, state: SessionState, catalogue: Catalogue, meaning: Meaning) -> Card:
    """The coach's card nearest to the person's goal and obstacles."""
    cards = catalogue.cards(coach)
    about = " ".join(
        item.quote for slot in (Slot.GOAL, Slot.OBSTACLE) for item in state.slots.get(slot, [])
    )
    found = find_cards(about, cards, meaning, k=1) if about else []
    return found[0][0] if found else cards[0]


def make_plan(
    coach: Coach, state: SessionState, catalogue: Catalogue, meaning: Meaning, today: date
) -> Plan:
    """Put the plan together from the session's evidence, and what is known from other coaches."""

    def evidence(slot: Slot) -> Evidence | None:
        return state.evidence(slot) or state.known.get(slot)

    goal, why, measure = evidence(Slot.GOAL), evidence(Slot.WHY), evidence(Slot.MEASURE)
    step, plan_b, helper = evidence(Slot.STEP), evidence(Slot.PLAN_B), evidence(Slot.HELPER)
    obstacles = _several(state, Slot.OBSTACLE, 3)
    cards = _cards_for_plan(coach, state, catalogue, meaning)
    aim = _aim(evidence(Slot.AIM), goal)
    role = role_in(" ".join(item.quote for item in (aim, goal) if item), catalogue.roles)
    target_date = date_in(measure.quote, today, state.language) if measure else None
    target_date = target_date or today + timedelta(days=28)
    check_in = date.fromisoformat(state.check_in) if state.check_in else None
    return Plan(
        goal=_own(goal),
        why=_own(why),
        strengths=_strengths(state) or [Item(OPEN)],
        obstacles=[_own(item) for item in obstacles] or [Item(OPEN)],
        meaning=_meaning(state, aim, role, coach),
        fact=_fact(cards, role),
        example=_example(cards),
        actions=_actions(state, step, cards, today),
        if_then=_if_then(plan_b, obstacles[0] if obstacles else None, state.language),
        helper=_own(helper),
        target=_target(measure, goal, target_date),
        levels=_levels(measure, step),
        target_date=target_date,
        check_in=_check_in(check_in, step),
        check_in_date=check_in,
    )


def _aim(named: Evidence | None, goal: Evidence | None) -> Evidence | None:
    """Where the person wants to end up: the surer of the two, of a long one the wish alone."""
    aim = max(filter(None, (named, goal)), key=lambda item: item.certainty, default=None)
    if aim is None or len(aim.quote.split()) <= _QUOTED_AGAIN:
        return aim
    wishes = [
        (max(clause.kinds.get("aim", 0.0), clause.kinds.get("wish", 0.0)), clause.span.text)
        for clause in read(aim.quote)
    ]
    sure, wish = max(wishes, default=(0.0, ""))
    return aim.model_copy(update={"quote": bare(wish)}) if sure > 0 else aim


def _again(evidence: Evidence) -> str:
    """The beginning of a quote that stands whole in another line."""
    return short_quote(evidence.quote, _QUOTED_AGAIN)


def _own(evidence: Evidence | None) -> Item:
    if evidence is None:
        return Item(OPEN)
    return Item(f"“{evidence.quote}”", (evidence,), (_from(evidence),))


def _from(evidence: Evidence) -> Source:
    return Source("user", str(evidence.message), evidence.quote)


def _several(state: SessionState, slot: Slot, most: int) -> list[Evidence]:
    kept = sorted(state.slots.get(slot, []), key=lambda item: (-item.certainty, item.message))
    return sorted(kept[:most], key=lambda item: item.message)


def _strengths(state: SessionState) -> list[Item]:
    items = [_own(item) for item in _several(state, Slot.STRENGTH, _STRENGTHS)]
    for told in state.experiences:
        shown = told.shown
        if (
            shown
            and len(items) < _STRENGTHS
            and all(shown.quote not in item.text for item in items)
        ):
            items.append(_own(shown))
    return items


def _meaning(state: SessionState, aim: Evidence | None, role: Role | None, coach: Coach) -> Item:
    shown = state.evidence(Slot.STRENGTH) or next(
        (one.shown for one in state.experiences if one.shown), None
    )
    if aim is None or shown is None:
        return Item(OPEN)
    quotes, sources = (aim, shown), [_from(aim), _from(shown)]
    text = f"For “{_again(aim)}”, “{_again(shown)}” is what you bring already"
    if role is not None:
        said = ". ".join(item.quote for kept in state.slots.values() for item in kept)
        named = [skill for skill, _ in skills_named(said, role)]
        skills = [skill.lower() for skill in (named or labels(role))[:2]]
        verb = "it shows" if named else "people in that work will look for"
        text += f"; in the work of a {role.name.lower()}, {verb} {' and '.join(skills)}"
        sources.append(Source("role", role.key, "; ".join([role.name, *role.skills])))
    else:
        theme = coach.focus[0]
        sources.append(Source("card", f"{coach.key}#{theme.key}", theme.title))
    return Item(text + ".", quotes, tuple(sources))


def _cards_for_plan(
    coach: Coach, state: SessionState, catalogue: Catalogue, meaning: Meaning
) -> Sequence[Card]:
    about = " ".join(
        item.quote
        for slot in (Slot.GOAL, Slot.OBSTACLE, Slot.AIM)
        for item in state.slots.get(slot, [])
    )
    cards = catalogue.cards(coach.key)
    if not about:
        return cards
    return [card for card, _ in find_cards(about, cards, meaning, k=len(cards))]


def _fact(cards: Sequence[Card], role: Role | None) -> Item:
    near = next((card for card in cards[:3] if card.fact), None)
    if near is None and role is not None:
        fact = role.facts[0]
        shown = f"{fact.text} ([{fact.source}]({fact.url}), {fact.published})"
        return Item(
            shown,
            (),
            (Source("role", role.key, f"{fact.text} {fact.source} {fact.url} {fact.published}"),),
        )
    near = near or next((card for card in cards if card.fact), None)
    if near is None or near.fact is None:
        return Item(OPEN)
    fact = near.fact
    source = Source(
        "card",
        f"{near.coach}/{near.key}#fact",
        f"{fact.text} {fact.source} {fact.url} {fact.published}",
    )
    return Item(f"{fact.text} ([{fact.source}]({fact.url}), {fact.published})", (), (source,))


def _example(cards: Sequence[Card]) -> Item:
    # A question in the example would be a second one in the reply.
    card = next((card for card in cards if "?" not in card.example), cards[0])
    return Item(
        card.example, (), (Source("card", f"{card.coach}/{card.key}#example", card.example),)
    )


def _actions(
    state: SessionState, step: Evidence | None, cards: Sequence[Card], today: date
) -> list[Item]:
    actions: list[Item] = []
    for item in _several(state, Slot.STEP, _ACTIONS):
        when = date_in(item.quote, today, state.language)
        told = state.evidence(Slot.WHEN) if when is None and item is step else None
        if when is None and told is not None:
            when = date_in(told.quote, today, state.language)
        day = "When the time I named comes"
        if when is not None:
            day = f"When it is {say(when)}"
        if told is not None:
            day = f"{day}, “{told.quote}”" if when else f"When it is “{told.quote}”"
        calendar = (Source("calendar", when.isoformat(), say(when)),) if when else ()
        own = (item, told) if told is not None else (item,)
        sources = tuple(_from(one) for one in own)
        actions.append(Item(f"{day}, then: “{item.quote}”.", own, (*sources, *calendar)))
    if not actions:
        card = cards[0]
        text = f"When I sit down this week, then I try this: {card.exercise}"
        actions.append(Item(text, (), (Source("card", f"{card.coach}/{card.key}", card.exercise),)))
    return actions


def _if_then(plan_b: Evidence | None, obstacle: Evidence | None, language: str | None) -> Item:
    if plan_b is None:
        return Item(OPEN)
    says_when = re.match(r"(?:if|when|whenever)\b", plan_b.quote, re.I) is not None
    if obstacle is None or says_when or steering.begins_with_condition(plan_b.quote, language):
        return _own(plan_b)
    return Item(
        f"If this gets in the way: “{obstacle.quote}”, then: “{plan_b.quote}”.",
        (obstacle, plan_b),
        (_from(obstacle), _from(plan_b)),
    )


def _target(measure: Evidence | None, goal: Evidence | None, by: date) -> Item:
    sign = measure or goal
    if sign is None:
        return Item(OPEN)
    calendar = Source("calendar", by.isoformat(), say(by))
    return Item(f"“{sign.quote}”, looked at on {say(by)}", (sign,), (_from(sign), calendar))


def _levels(measure: Evidence | None, step: Evidence | None) -> list[str]:
    """Five levels, from −2 to +2, in order; arithmetic only on a number the person named."""
    if measure is None and step is None:
        return []
    sign = f"“{_again(measure)}”" if measure else "the first step done"
    number = (
        re.search(r"\b(\d{1,3})\b(?!\s*(?:%|percent|am|pm|:|\.\d|st|nd|rd|th|/))", measure.quote)
        if measure
        else None
    )
    if number and 2 <= int(number[1]) <= 200 and measure:
        value = int(number[1])
        more, most = value + max(1, round(value / 4)), value + max(2, round(value / 2))
        return [
            "−2: none of it yet",
            f"−1: about half, {max(1, value // 2)} instead of {value}",
            f" 0: as you said, {sign}",
            f"+1: {more} instead of {value}",
            f"+2: {most} instead of {value}",
        ]
    return [
        "−2: nothing has changed",
        "−1: the first step is done, and there is no sign of it yet",
        f" 0: as you said, {sign}",
        "+1: it has happened more than once",
        "+2: it holds without your thinking of it",
    ]


def _check_in(day: date | None, step: Evidence | None) -> Item:
    if day is None:
        return Item(OPEN)
    asked = f"what came of “{_again(step)}”" if step else "what came of the first step"
    sources = (Source("calendar", day.isoformat(), say(day)), *((_from(step),) if step else ()))
    return Item(f"{say(day)}: I will ask {asked}", (step,) if step else (), sources)


def plan_text(plan: Plan) -> tuple[str, tuple[Source, ...]]:
    """The plan in Markdown and its sources; the lists shrink where it grows long."""
    for most in (3, 2, 1):
        text, sources = _plan_text(plan, most)
        if len(text.split()) <= _WORDS_AT_MOST:
            break
    return text, sources


# A quote that ends its own sentence needs no full stop behind it.
_ENDS = tuple(f"{mark}{quote}" for mark in ".?!" for quote in ("”", '"'))


def _plan_text(plan: Plan, most: int) -> tuple[str, tuple[Source, ...]]:
    rows: list[tuple[str, Sequence[Item]]] = [
        ("What you want", [plan.goal]),
        ("Why it matters", [plan.why]),
        ("What you bring", plan.strengths[:most]),
        ("What stands in the way", plan.obstacles[:most]),
        ("What that means for your aim", [plan.meaning]),
        ("Worth knowing", [plan.fact]),
        ("How it can look", [plan.example] if most > 1 else []),
        ("What you will do", plan.actions[:most]),
        ("When it gets hard", [plan.if_then]),
        ("Who helps", [plan.helper]),
        ("How you will know", [plan.target]),
    ]
    lines = ["**Your plan**", ""]
    sources: list[Source] = []
    for title, items in rows:
        if items:
            told = "; ".join(item.text.rstrip(".") for item in items)
            lines.append(f"- **{title}:** {told}" + ("" if told.endswith(_ENDS) else "."))
        sources += [source for item in items for source in item.sources]
    lines += [f"    - {level.strip()}" for level in plan.levels]
    lines.append(f"- **Check-in:** {plan.check_in.text.rstrip('.')}.")
    sources += plan.check_in.sources
    if plan.levels:
        sources.append(Source("score", "goal attainment", " ".join(plan.levels)))
    return "\n".join(lines), tuple(dict.fromkeys(sources))


def plan_json(plan: Plan) -> dict[str, Any]:
    """The object of ``rocket plan``."""
    return {
        "goal": item_json(plan.goal),
        "why": item_json(plan.why),
        "strengths": [item_json(item) for item in plan.strengths if item.told],
        "obstacles": [item_json(item) for item in plan.obstacles if item.told],
        "meaning": item_json(plan.meaning),
        "fact": item_json(plan.fact),
        "example": item_json(plan.example),
        "actions": [item_json(item) for item in plan.actions],
        "if_then": item_json(plan.if_then),
        "helper": item_json(plan.helper),
        "target": {
            **item_json(plan.target),
            "levels": plan.levels,
            "date": plan.target_date.isoformat() if plan.target_date else None,
        },
        "check_in": {
            **item_json(plan.check_in),
            "date": plan.check_in_date.isoformat() if plan.check_in_date else None,
            "ask": plan.check_in.text if plan.check_in.told else None,
        },
    }


def item_json(item: Item) -> dict[str, Any]:
    """``{text, quotes, sources}`` of one line."""
    return {
        "text": item.text,
        "quotes": [{"message": one.message, "text": one.quote} for one in item.quotes],
        "sources": [{"kind": one.kind, "ref": one.ref, "text": one.text} for one in item.sources],
    }
