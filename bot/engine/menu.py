"""Before a session: the menu of coaches, names and aliases, text to recommend from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.engine.answering import about_the_coach
from bot.engine.intents import Intent, understand
from bot.engine.retell import capital, retell
from bot.engine.safety import limit_of
from bot.engine.text import content_words
from bot.engine.turned import Turned
from bot.inbound import Message
from bot.lazily import lazy
from bot.replies import Choice, Reply
from personas.catalogue import Catalogue
from storage.queries import Row

if TYPE_CHECKING:
    import rapidfuzz

    from bot.engine import analysing
else:
    rapidfuzz = lazy("rapidfuzz")
    analysing = lazy("bot.engine.analysing")

if TYPE_CHECKING:
    from bot.engine.engine import Engine
_NAME_NEAR = 84
_SHOWN = 3
# Moods in which nobody wants to be asked more.
_TIRED = frozenset((Intent.COMPLAINT, Intent.HOSTILE))
_PARTS = re.compile(r"[.!?;,\n]+")
# What stands before the wish in an impatient line.
_FRAME = re.compile(
    r"^(?:(?:ugh|ok(?:ay)?|look|please|just|simply|can you|could you|would you|will you|tell me|"
    r"give me|show me|explain|help me|i (?:just|only) want(?: you)? to)\W+)*"
    r"(?:how (?:to|do i|can i)\s+)?",
    re.I,
)
# A text that is about the bot for the recommender counts as a question about it from here on.
_ABOUT_BOT_NEAR = 0.45
# A text up to this long is given back before the coaches are offered.
_ECHO_WORDS = 14
WHO_FIRST = "Who would you like to start with?"


def pick(offered: Sequence[tuple[str, ...]], text: str) -> tuple[str, str] | None:
    """The offered choice (id, label) that a line picks by id, label or number, or None."""
    said = text.strip().casefold()
    if not said:
        return None
    for key, label in offered:
        if said in {key.casefold(), label.casefold()}:
            return key, label
    if said.rstrip(".)").isdigit():
        place = int(said.rstrip(".)"))
        if 1 <= place <= len(offered):
            key, label = offered[place - 1]
            return key, label
    return None


def resolve(catalogue: Catalogue, name: str, *, exact: bool = False) -> str | None:
    """The key of the coach called ``name``: key, full or first name, alias, or a near spelling.

    Args:
        exact: take no near spelling; scripts must not start another coach by a typing mistake.
    """
    if name in catalogue.keys:
        # No need to read the files of all coaches.
        return name
    said = " ".join(name.casefold().replace("_", " ").split())
    names = _names(catalogue)
    if said in names:
        return names[said]
    if exact:
        return None
    found = rapidfuzz.process.extractOne(
        said, list(names), scorer=rapidfuzz.fuzz.ratio, score_cutoff=_NAME_NEAR
    )
    return names[found[0]] if found and len(said) >= 4 else None


def nearest_name(catalogue: Catalogue, name: str) -> str | None:
    """The key of the coach whose name is spelled most like ``name``."""
    names = _names(catalogue)
    found = rapidfuzz.process.extractOne(
        name.casefold()[:60], list(names), scorer=rapidfuzz.fuzz.WRatio, score_cutoff=45
    )
    return names[found[0]] if found else None


def _names(catalogue: Catalogue) -> dict[str, str]:
    names: dict[str, str] = {}
    for coach in catalogue.coaches:
        spoken = [
            coach.key.replace("_", " "),
            coach.name,
            coach.first_name,
            coach.name.split()[-1],
            *coach.aliases,
        ]
        for one in spoken:
            names.setdefault(one.casefold(), coach.key)
    return names


def choices(catalogue: Catalogue, keys: Sequence[str] | None = None) -> tuple[Choice, ...]:
    """Coaches as choices; picking one starts or resumes a session."""
    return tuple(
        Choice(coach.key, f"{coach.emoji} {coach.name}")
        for coach in (catalogue.coach(key) for key in keys or catalogue.keys)
    )


def menu_text(catalogue: Catalogue) -> str:
    """The menu: one line a coach."""
    rows = [
        f"{n}. {coach.emoji} **{coach.name}**, {coach.title}: {coach.tagline}"
        for n, coach in enumerate(catalogue.coaches, start=1)
    ]
    return (
        "Pick a coach by number or name, or write in a line what it is about "
        "and I will suggest one.\n\n" + "\n".join(rows)
    )


async def show(engine: Engine, person: str) -> Turned:
    """The menu; the coaches are offered as choices."""
    offered = choices(engine.catalogue)
    await _offer(engine, person, offered)
    return Turned(reply=Reply(text=menu_text(engine.catalogue), choices=offered))


async def _offer(
    engine: Engine, person: str, offered: Sequence[Choice], **more: str | None
) -> None:
    shown = [[one.id, one.label] for one in offered]
    await engine.change(person, lambda scope: scope.change_me(offered=shown, **more))


async def typed(
    engine: Engine, me: Row, event: Message, text: str, picked: tuple[str, str] | None
) -> Turned:
    """A line typed outside a session: a coach to start with, or text to recommend from."""
    key = picked[0] if picked is not None and picked[0] in engine.catalogue.keys else None
    if key is None and len(text.split()) <= 4:
        key = resolve(engine.catalogue, text)
    if key is not None:
        return await engine.open_session(me, event.sender, event.conversation, key)
    if not text:
        return _nothing(engine)
    return await suggest(engine, me["id"], text, analysing.tenant_of(event.conversation))


def _nothing(engine: Engine) -> Turned:
    reply = Reply(
        text="That line was empty. Type a number or a name to pick a coach, or what it is about.",
        choices=choices(engine.catalogue),
        error="The message was empty.",
    )
    return Turned(reply=reply)


async def suggest(engine: Engine, person: str, text: str, tenant: str) -> Turned:
    """Three coaches with reasons for a text; asks back where the text is unclear.

    Where rules find no coach in the text and there is an analyst, it is asked first.
    """
    limit = limit_of(text)
    if limit is not None:
        return await _answered(engine, person, limit.text)
    found = engine.recommender.recommend(text)
    wants_told = understand(text).intent in _TIRED
    if wants_told and found.unclear and (wish := _wish_behind(text)):
        # "Just tell me how to get a raise" says what it is about all the same.
        behind = engine.recommender.recommend(wish)
        found, text = (found, text) if behind.unclear else (behind, wish)
    wants_told = wants_told and found.unclear
    if not wants_told:
        near = _ABOUT_BOT_NEAR if found.kind == "about_bot" else None
        answer = _about_us(engine, text, near)
        if answer is not None:
            return await _answered(engine, person, answer)
    if found.unclear and not wants_told:
        placed = await analysing.placed(engine, person, tenant, text)
        if placed:
            return await _fitting(engine, person, text, placed)
    if wants_told or found.kind == "vague_job":
        return await _ways_to_begin(engine, person, text, wants_told=wants_told)
    if found.unclear:
        offered = choices(engine.catalogue)
        await _offer(engine, person, offered)
        reply = Reply(text=found.ask or "", question=found.ask, choices=offered)
        return Turned(reply=reply)
    best = {one.coach: one.reason for one in found.ranking[:_SHOWN]}
    return await _offered(engine, person, text, best)


def _wish_behind(text: str) -> str:
    """What is left of an impatient line without its impatience, exact; empty where nothing is."""
    parts = (part.strip() for part in _PARTS.split(text))
    calm = [
        _FRAME.sub("", part)
        for part in parts
        if understand(_FRAME.sub("", part)).intent not in _TIRED
    ]
    told = [part for part in calm if content_words(part)]
    return max(told, key=len, default="")


async def _fitting(
    engine: Engine, person: str, text: str, placed: Sequence[tuple[str, str]]
) -> Turned:
    """Coaches found by the analyst, each with the words that speak for it."""
    reasons = {
        coach.key: f"You wrote “{quote}”. {coach.first_name} ({coach.title}): {coach.tagline}"
        for key, quote in placed
        for coach in [engine.catalogue.coach(key)]
    }
    return await _offered(engine, person, text, reasons)


async def _offered(engine: Engine, person: str, text: str, reasons: Mapping[str, str]) -> Turned:
    """Coaches to choose from, the best first, each with its reason."""
    rows = [
        f"{n}. {coach.emoji} **{coach.name}**: {reason}"
        for n, (key, reason) in enumerate(reasons.items(), start=1)
        for coach in [engine.catalogue.coach(key)]
    ]
    offered = (*choices(engine.catalogue, list(reasons)), Choice("/coach", "Show all coaches"))
    kept = text if content_words(text) else None
    await _offer(engine, person, offered, menu_text=kept[:2000] if kept else None)
    body = "From what you wrote, these fit:\n\n" + "\n".join(rows) + f"\n\n{WHO_FIRST}"
    return Turned(reply=Reply(text=body, question=WHO_FIRST, choices=offered))


def _about_us(engine: Engine, text: str, near: float | None) -> str | None:
    more = {} if near is None else {"near": near}
    answer = about_the_coach(engine.catalogue, engine.meaning, text, **more)
    return answer.text if answer is not None else None


async def _answered(engine: Engine, person: str, answer: str) -> Turned:
    """An answer before any coach was picked, with the coaches to choose from."""
    offered = choices(engine.catalogue)
    await _offer(engine, person, offered)
    text = f"{answer}\n\n{WHO_FIRST}"
    return Turned(reply=Reply(text=text, question=WHO_FIRST, choices=offered))


async def _before(engine: Engine, person: str) -> tuple[str | None, list[str]]:
    """What somebody wrote at the menu before, and the coaches who fit it where it was clear."""
    said: str | None = (await engine.look(person, lambda scope: scope.me()))["menu_text"]
    found = engine.recommender.recommend(said) if said else None
    if found is None or found.unclear:
        return None, []
    return said, [one.coach for one in found.ranking[:_SHOWN]]


async def _ways_to_begin(engine: Engine, person: str, text: str, *, wants_told: bool) -> Turned:
    """Somebody who can't or won't say more is heard, and gets three coaches to begin with.

    What they wrote before is not forgotten over a "whatever".
    """
    before, fitting = await _before(engine, person)
    lines = engine.catalogue.phrases.lines["begin_at_once" if wants_told else "begin_anywhere"]
    heard = None if wants_told else retell(text)
    lead = [f"{capital(heard)}."] if heard and len(heard.split()) <= _ECHO_WORDS else []
    lead.append(lines[sum(map(ord, text)) % len(lines)])
    undecided = [one.key for one in engine.catalogue.coaches if one.for_the_undecided]
    keys = fitting or undecided[:_SHOWN] or list(engine.catalogue.keys[:_SHOWN])
    rows = [
        f"{n}. {coach.emoji} **{coach.name}**: {coach.tagline}"
        for n, coach in enumerate(map(engine.catalogue.coach, keys), start=1)
    ]
    offered = (*choices(engine.catalogue, keys), Choice("/coach", "Show all coaches"))
    kept = heard and len(content_words(text)) >= 2
    await _offer(engine, person, offered, menu_text=before or (text[:2000] if kept else None))
    body = " ".join(lead) + "\n\n" + "\n".join(rows) + f"\n\n{WHO_FIRST}"
    return Turned(reply=Reply(text=body, question=WHO_FIRST, choices=offered))
