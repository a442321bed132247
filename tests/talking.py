"""A co-operative person's answers, and whole talks made of them."""

from __future__ import annotations

from bot.engine.engine import Engine
from bot.engine.sessions import state_of
from bot.engine.turned import Turned
from personas.models import Slot
from storage.queries import Row
from tests.conftest import Talk

GOAL = "I want to become head of the bakery one day"
WHY = "Because I have trained every apprentice for six years and nobody asked me what I want"
STORY = (
    "In March the big oven broke before the market. I split the dough over two small ovens, "
    "called three customers and changed the order of the bread. Everything was sold by noon."
)
OBSTACLE = "I never know how to bring it up with the owner, I get stuck every time"
STRENGTH = "The apprentices trust me because I stay calm when it gets hot"
ANSWERS: dict[Slot | None, list[str]] = {
    Slot.GOAL: [GOAL, "Being asked before the plans are made"],
    Slot.WHY: [WHY, "My father never got further than the night shift"],
    Slot.AIM: ["Head baker in this very shop", "Head of the bakery"],
    Slot.EXPERIENCE: [STORY, "Last summer I taught a lad to read the flour. He runs the rye now."],
    Slot.OBSTACLE: [OBSTACLE, "The owner's son wants the post as well"],
    Slot.STRENGTH: [STRENGTH, "I can smell when a dough is ready"],
    Slot.VALUE: [
        "I won't give up my mornings with my daughter",
        "Good bread matters more than money",
    ],
    Slot.TRIED: ["I tried to talk to him at the party and he laughed", "I asked for a course once"],
    Slot.WEIGH: [
        "I would say one sentence about it on a Monday",
        "I'm nearer than I thought",
        "Half way",
    ],
    Slot.RESOURCE: ["I have the master's certificate and the owner's mother on my side"],
    Slot.MEASURE: ["By the end of March the owner has let me plan 2 weekends"],
    Slot.STEP: ["On Thursday after the shift I ask the owner for twenty minutes in the shop"],
    Slot.PLAN_B: ["If he laughs I show him the list of apprentices I trained"],
    Slot.HELPER: ["My sister Ines, she runs a shop of her own"],
    None: ["That is how it was, more or less, on that morning"],
}


async def row_of(engine: Engine, talk: Talk) -> Row:
    person = await engine.person(talk.sender)
    row = await engine.look(person, lambda scope: scope.active(talk.conversation))
    assert row is not None
    return row


async def answer(engine: Engine, talk: Talk, used: dict[Slot | None, int]) -> Turned:
    """Answer what is asked, as a co-operative person does."""
    pending = state_of(await row_of(engine, talk)).pending
    if pending is not None and pending.kind == "scale":
        return await talk("3 2 4 3 2")
    if pending is not None and pending.kind == "commit":
        return await talk("8")
    slot = pending.slot if pending else None
    number = used.get(slot, 0)
    used[slot] = number + 1
    texts = ANSWERS[slot]
    return await talk(
        texts[number] if number < len(texts) else f"More about it: take {number}, as told"
    )


async def to_the_plan(engine: Engine, talk: Talk, coach: str) -> list[Turned]:
    turns = [await talk.open(coach)]
    used: dict[Slot | None, int] = {}
    while not turns[-1].done:
        assert len(turns) < 20, turns[-1].reply.text
        turns.append(await answer(engine, talk, used))
    return turns
