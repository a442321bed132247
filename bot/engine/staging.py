"""Gathers what a voice that words freely is told besides the decision; see ``bot.engine.scene``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.engine import unit
from bot.engine.brief import Brief
from bot.engine.errors import NotFoundError
from bot.engine.intents import tries_to_instruct
from bot.engine.knowledge import FITS, find_cards
from bot.engine.roles import role_in
from bot.engine.scene import (
    CARDS_AT_MOST,
    FACTS_AT_MOST,
    QUOTE_AT_MOST,
    REMARKS_AT_MOST,
    SAID_AT_MOST,
    TEXT_AT_MOST,
    TURNS_AT_MOST,
    Remembered,
    Said,
    Scene,
)
from bot.engine.sessions import asked_of, state_of
from bot.engine.state import Evidence, SessionState
from bot.engine.turn import Turn
from bot.replies import Source
from personas.models import Card, Coach, Slot
from storage.ids import new_message_id
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine

_CARD_AT_MOST = 1_400
_SKILLS_AT_MOST = 8
_PARTS = {"context": "where it was", "action": "what they did", "result": "how it ended"}


async def staged(engine: Engine, person: str, row: Row, turn: Turn, brief: Brief) -> Brief:
    """The brief with its scene where the voice words freely, else as it is. Reads a few rows.

    Who tries to instruct the bot gets what was decided, as it stands: no model is asked.
    """
    if not engine.voice.free or tries_to_instruct(turn.heard.text):
        return brief

    def look(scope: PersonScope) -> list[Row]:
        return scope.rows("messages", session_id=row["id"], newest=TURNS_AT_MOST)

    said = await engine.glance(person, look)
    return replace(brief, scene=scene_of(person, row, turn, said))


async def rehearsed(engine: Engine, person: str, session: str, text: str | None) -> Brief:
    """The brief of the next turn of a session, with its scene; nothing is written.

    Args:
        text: what the person would write; None for the example that goes with the waiting question.

    Raises:
        NotFoundError: the person has no such session.
    """
    from bot.engine import coaching, turning

    def look(scope: PersonScope) -> tuple[Row | None, Row, list[Row], str, frozenset[str]]:
        row, me = scope.session(session), scope.me()
        if row is None:
            return None, me, [], "", frozenset()
        coach = engine.catalogue.coach(row["coach"])
        said = scope.rows("messages", session_id=row["id"], newest=TURNS_AT_MOST)
        heard = text or _example(coach, state_of(row))
        return row, me, said, heard, asked_of(scope, coach, heard)

    row, me, said, wording, asked = await engine.look(person, look)
    if row is None:
        raise NotFoundError(f"You have no session “{session[:40]}”. `rocket sessions` lists yours.")
    state = state_of(row)
    heard = turning.hear(engine, state, new_message_id(), wording, engine.clock())
    turn = turning.turn_of(engine, row, heard, state, asked, me["time_zone"])
    brief = coaching.decide(turn)
    return replace(brief, scene=scene_of(person, row, turn, said))


def _example(coach: Coach, state: SessionState) -> str:
    slot = state.pending.slot if state.pending is not None else None
    fitting = [one for one in coach.questions if one.slot is slot] or coach.questions
    return fitting[0].example


def scene_of(person: str, row: Row, turn: Turn, said: Sequence[Row]) -> Scene:
    """The scene of a turn that was decided.

    Args:
        said: the last rows of the transcript, oldest first.
    """
    state, work = turn.state, unit.current.get(None)
    return Scene(
        person=person,
        tenant=":".join(row["conversation"].split(":")[:2]),
        session=row["id"],
        message=turn.heard.message,
        text=turn.heard.text[:TEXT_AT_MOST],
        today=turn.today,
        language=state.language,
        objectives=tuple(turn.objectives),
        memory=tuple(_memory(turn)),
        elsewhere=tuple(_elsewhere(turn)),
        remarks=tuple(one.text for one in state.remarks[-REMARKS_AT_MOST:]),
        turns=tuple(
            Said("coach" if one["role"] == "coach" else "user", _cut(one["text"]), one["id"])
            for one in said
            if one["id"] < turn.heard.message
        ),
        cards=tuple(_cards(turn)),
        facts=tuple(_facts(turn)),
        key=work.key if work is not None else "",
        unwanted=work.unwanted if work is not None else lambda: False,
    )


def _cut(text: str, at_most: int = SAID_AT_MOST) -> str:
    return text if len(text) <= at_most else text[: at_most - 1].rstrip() + "…"


def _source(evidence: Evidence) -> Source:
    return Source("user", str(evidence.message), evidence.quote[:QUOTE_AT_MOST])


def _memory(turn: Turn) -> Iterator[Remembered]:
    state = turn.state
    for slot, kept in state.slots.items():
        for evidence in kept:
            yield Remembered(slot.value, _source(evidence))
    for told in state.experiences:
        for name, what in _PARTS.items():
            part = getattr(told, name)
            if part is not None:
                yield Remembered(f"experience, {what}", _source(part))
    names = {metric.key: metric.name for metric in turn.coach.metrics}
    for key, level in state.ratings.items():
        if key in names:
            source = Source("score", key, f"{level} of 5")
            yield Remembered(f"their own rating of {names[key].lower()}", source)


def _elsewhere(turn: Turn) -> Iterator[Remembered]:
    state = turn.state
    here = {item.quote for kept in state.slots.values() for item in kept}
    coach = turn.catalogue.coach(state.known_from).first_name if state.known_from else "a colleague"
    for slot, evidence in state.known.items():
        if evidence.quote not in here:
            yield Remembered(f"{slot.value}, told to {coach}", _source(evidence))


def _cards(turn: Turn) -> Iterator[Source]:
    state = turn.state
    goal = state.evidence(Slot.GOAL)
    about = turn.heard.understood.question or turn.heard.text[:SAID_AT_MOST]
    if len(about.split()) <= 8 and goal is not None:
        # A few words say little by themselves: they are read together with the goal.
        about = f"{goal.quote}. {about}"
    found = find_cards(about, turn.catalogue.cards(turn.coach.key), turn.meaning, k=CARDS_AT_MOST)
    for card, score in found:
        if score >= FITS:
            yield Source("card", f"{card.coach}/{card.key}", _page(card)[:_CARD_AT_MOST])


def _page(card: Card) -> str:
    page = f"{card.title}. {card.advice} To try: {card.exercise}"
    if card.fact is None:
        return page
    fact = card.fact
    return f"{page} Fact: {fact.text} ([{fact.source}]({fact.url}), {fact.published})."


def _facts(turn: Turn) -> Iterator[Source]:
    told = " ".join((_aim(turn.state), turn.heard.text[:SAID_AT_MOST]))
    role = role_in(told, turn.catalogue.roles)
    if role is None:
        return
    skills = "; ".join(role.skills[:_SKILLS_AT_MOST])
    yield Source("role", role.key, f"{role.name}: {role.summary} Skills: {skills}.")
    for number, fact in enumerate(role.facts[:FACTS_AT_MOST]):
        shown = f"{fact.text} ([{fact.source}]({fact.url}), {fact.published})."
        yield Source("role", f"{role.key}#{number}", shown)


def _aim(state: SessionState) -> str:
    found = (state.evidence(slot) for slot in (Slot.AIM, Slot.GOAL))
    return ". ".join(one.quote for one in found if one is not None)
