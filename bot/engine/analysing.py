"""Where an analyst helps: the summary over coaches, the plan, a text no rule can place.

What rules made is there first; lines of the analyst take the place of theirs where they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from bot.engine import heeding, unit
from bot.engine.analyst import Findings, Proposed, Section, Task, Told, told_of
from bot.engine.brief import Answer, Brief, Worded
from bot.engine.cross_analysis import CrossAnalysis, Line, SessionDigest
from bot.engine.cross_matching import Kind, Match, Statement
from bot.engine.intents import tries_to_instruct
from bot.engine.state import Evidence
from bot.engine.synthesis import Item, plan_text
from bot.engine.text import content_words
from bot.engine.turn import Turn
from bot.replies import Source
from storage.queries import PersonScope

if TYPE_CHECKING:
    from bot.engine.engine import Engine

_Made = TypeVar("_Made")
# A shorter text is not unclear but empty; it is asked about.
_WORDS_TO_PLACE = 3
_COACHES = 3
_MATCHES, _PRIORITIES, _TO_DO = 4, 5, 3
_ABOUT: Final = {
    "agreements": "What the person told at least two coaches alike: a theme of two to six words, "
    "with quotes from at least two coaches.",
    "tensions": "What they told one coach and what pulls against it with another coach: a theme "
    "of two to six words, with quotes from at least two coaches.",
    "priorities": "What matters most over all coaches, the most important first.",
    "now": "What to do within a week, from their own words.",
    "next_month": "What to do or check within a month, from their own words.",
    "this_quarter": "What to work towards or hold on to within three months.",
    "strengths": "What the person is good at, shown by something they did.",
    "obstacles": "What stands in the way of what they want.",
    "meaning": "What their strengths mean for the role or change they aim at, in one sentence.",
}


def tenant_of(conversation: str) -> str:
    """The workspace or server a conversation is in."""
    return ":".join(conversation.split(":")[:2])


# The summary ------------------------------------------------------------------------------------


async def compared(
    engine: Engine,
    person: str,
    tenant: str,
    digests: Sequence[SessionDigest],
    made: CrossAnalysis,
) -> CrossAnalysis:
    """The analysis with the analyst's lines where they quote exactly."""
    if engine.analyst is None:
        return made
    said = [one for digest in digests for one in digest.statements]
    said.sort(key=lambda one: one.message)
    names = {key: engine.catalogue.coach(key).first_name for key in made.coaches}
    told = told_of(
        [Told(names[one.coach], one.message, one.text) for one in said if one.coach in names]
    )
    said = [one for one in said if one.coach in names][-len(told) :]
    rules = {
        "priorities": (made.priorities, _PRIORITIES),
        "now": (made.now, _TO_DO),
        "next_month": (made.next_month, _TO_DO),
        "this_quarter": (made.this_quarter, _TO_DO),
    }
    matched = {"agreements": made.agreements, "tensions": made.tensions}
    sections = [
        Section(name, _ABOUT[name], _MATCHES, tuple(one.theme for one in found))
        for name, found in matched.items()
    ]
    sections += [
        Section(name, _ABOUT[name], most, tuple(one.text for one in lines))
        for name, (lines, most) in rules.items()
    ]
    task = _task(engine, "summary", person, tenant, None, told, sections)
    found = await engine.analyst.analyse(replace(task, names=tuple(names.values())))
    _book(engine, task, found)
    kinds: dict[str, Kind] = {"agreements": "agreement", "tensions": "tension"}
    matches = {
        name: _filled(
            [m for one in found.of(name, told) if (m := _match(kinds[name], one, said))],
            matched[name],
            max(_MATCHES, len(matched[name])),
            lambda match: match.quotes,
        )
        for name in matched
    }
    lines = {
        name: _filled(
            [_line(one, said) for one in found.of(name, told)], own, most, lambda line: line.quotes
        )
        for name, (own, most) in rules.items()
    }
    return replace(made, **matches, **lines)


def _quoted(one: Proposed, said: Sequence[Statement]) -> tuple[Statement, ...]:
    quotes = (replace(said[quote.place], text=quote.text) for quote in one.quotes)
    return tuple(dict.fromkeys(quotes))


def _line(one: Proposed, said: Sequence[Statement]) -> Line:
    quotes = _quoted(one, said)
    return Line(one.text.rstrip(" ."), quotes, tuple(dict.fromkeys(each.coach for each in quotes)))


def _match(kind: Kind, one: Proposed, said: Sequence[Statement]) -> Match | None:
    """An agreement or a tension; None where it does not come from two coaches."""
    quotes = _quoted(one, said)
    theme = one.text.partition(":")[0].strip()
    match = Match(kind, theme, 1.0, quotes, tuple(quote.text for quote in quotes))
    return match if len(match.coaches) > 1 else None


def _filled(
    proposed: Sequence[_Made],
    ruled: Sequence[_Made],
    most: int,
    quotes: Callable[[_Made], Iterable[Statement]],
) -> tuple[_Made, ...]:
    """The lines that hold; in the place of each that fails, one that rules made."""
    kept = list(proposed[:most])
    used = {quote.message for line in kept for quote in quotes(line)}
    fresh = [line for line in ruled if not used & {quote.message for quote in quotes(line)}]
    again = [line for line in ruled if line not in fresh]
    missing = max(0, min(most, len(ruled)) - len(kept))
    return tuple(kept + (fresh + again)[:missing])


# The plan ---------------------------------------------------------------------------------------


async def planned(engine: Engine, person: str, turn: Turn, brief: Brief) -> Worded | None:
    """The reply that shows the plan, with the analyst's lines; None where the voice words it."""
    plan, scene = brief.plan, brief.scene
    if engine.analyst is None or plan is None or scene is None or scene.language is not None:
        return None
    evidence = _evidence(turn)
    told = told_of([Told(turn.coach.first_name, one.message, one.quote) for one in evidence])
    evidence = evidence[-len(told) :] if told else []
    sections = [
        Section("strengths", _ABOUT["strengths"], 3, _texts(plan.strengths)),
        Section("obstacles", _ABOUT["obstacles"], 3, _texts(plan.obstacles)),
        Section("meaning", _ABOUT["meaning"], 1, _texts([plan.meaning])),
    ]
    task = _task(engine, "plan", person, scene.tenant, scene.session, told, sections)
    facts = plan.meaning.sources
    task = replace(task, sources=facts, today=scene.today, key=scene.key, unwanted=scene.unwanted)
    found = await engine.analyst.analyse(task)
    meaning = [_item(one, evidence) for one in found.of("meaning", told)]
    better = replace(
        plan,
        strengths=_items(found.of("strengths", told), evidence, plan.strengths),
        obstacles=_items(found.of("obstacles", told), evidence, plan.obstacles),
        meaning=meaning[0] if meaning else plan.meaning,
    )
    text, sources = plan_text(better)
    shown = replace(
        brief, scene=None, plan=None, answer=Answer(text=text, sources=sources, known=False)
    )
    draft = await engine.word(shown)
    return Worded(
        parts=draft.parts,
        sources=draft.sources,
        question=draft.question,
        choices=draft.choices,
        frames=draft.frames,
        voice="model" if found.done else "offline",
        spent=found.spent,
        trouble=found.trouble,
    )


def _evidence(turn: Turn) -> list[Evidence]:
    """All evidence of the session, each quote once, in the order it was said."""
    kept = [one for own in turn.state.slots.values() for one in own]
    kept += [told.shown for told in turn.state.experiences if told.shown]
    once = {(one.message, one.quote): one for one in kept}
    return sorted(once.values(), key=lambda one: one.message)


def _texts(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(one.text for one in items if one.told)


def _item(one: Proposed, evidence: Sequence[Evidence]) -> Item:
    quotes = tuple(
        evidence[quote.place].model_copy(update={"quote": quote.text}) for quote in one.quotes
    )
    sources = tuple(Source("user", str(quote.message), quote.quote) for quote in quotes)
    return Item(one.text.rstrip(" ."), quotes, sources)


def _items(
    proposed: Sequence[Proposed], evidence: Sequence[Evidence], ruled: list[Item]
) -> list[Item]:
    """The analyst's items, filled up with those of rules that quote other words."""
    kept = [_item(one, evidence) for one in proposed][: max(1, len(ruled))]
    used = {quote.message for item in kept for quote in item.quotes}
    left = [item for item in ruled if item.told and not used & {q.message for q in item.quotes}]
    return (kept + left)[: max(len(kept), len(ruled))] or ruled


# A coach for an unclear text --------------------------------------------------------------------


async def placed(engine: Engine, person: str, tenant: str, text: str) -> list[tuple[str, str]]:
    """Coaches for a text that rules find unclear, each with the exact words that speak for it."""
    if engine.analyst is None or tries_to_instruct(text):
        return []
    if len(content_words(text)) < _WORDS_TO_PLACE:
        return []
    told = told_of([Told("the menu", 0, text)])
    about = "; ".join(
        f"{coach.key} ({coach.title}: {coach.tagline})" for coach in engine.catalogue.coaches
    )
    section = Section(
        "coaches",
        f"The keys of the coaches that fit, best first; none where nothing speaks for one: {about}",
        _COACHES,
        allowed=engine.catalogue.keys,
    )
    task = _task(engine, "coach", person, tenant, None, told, [section])
    found = await engine.analyst.analyse(task)
    _book(engine, task, found)
    lines = [one for one in found.lines.get("coaches", ()) if one.quotes]
    kept = {
        one.text: one.quotes[0].text
        for one in lines
        if one.text in engine.catalogue.keys
        and all(quote.place == 0 and quote.text in text for quote in one.quotes)
    }
    return list(kept.items())[:_COACHES]


# Both -------------------------------------------------------------------------------------------


def _task(
    engine: Engine,
    kind: str,
    person: str,
    tenant: str,
    session: str | None,
    told: tuple[Told, ...],
    sections: Sequence[Section],
) -> Task:
    work = unit.current.get(None)
    return Task(
        kind=kind,  # pyright: ignore[reportArgumentType]
        person=person,
        tenant=tenant,
        session=session,
        today=engine.clock().date(),
        told=told,
        sections=tuple(sections),
        key=work.key if work is not None else "",
        unwanted=work.unwanted if work is not None else lambda: False,
    )


def _book(engine: Engine, task: Task, found: Findings) -> None:
    """Have what it took written with whatever else the event writes."""
    at = engine.clock()

    def work(scope: PersonScope) -> None:
        scope.add("usage", heeding.usage_rows(task.tenant, task.session, None, found.spent, at))
        if task.key:
            scope.remove("memo", key=task.key)

    if found.spent:
        engine.along(task.person, work)
