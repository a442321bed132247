"""The person's clock, asked for once where no platform tells it: before the first check-in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from bot.commands import Parsed
from bot.engine import reminding, saying, zones
from bot.engine.calendar import say
from bot.engine.call import Call
from bot.engine.sessions import Standing, state_of
from bot.engine.state import Pending, SessionState
from bot.engine.turned import Turned
from bot.inbound import Message
from bot.lazily import lazy
from bot.replies import Choice, Draft, Source
from storage.queries import PersonScope

if TYPE_CHECKING:
    from bot.engine import places
    from bot.engine.engine import Engine
else:
    places = lazy("bot.engine.places")
# The kind of the question, and the key by which it is put once in a life.
ZONE, _ASKED = "zone", "clock:zone"
_COMMAND = "/coach me zone"
_SKIP = "skip"
_SKIPS = re.compile(
    r"(?:no|nope|no thanks?|no thank you|skip(?: it| this| that)?|not now|(?:i'?d )?rather not"
    r"(?: say)?|later|never mind|(?:it )?does ?n'?t matter|i don'?t want to(?: say)?|none)[ .!]*"
)
_QUESTION = "Where are you, by the clock?"
_HOW = "Pick the place whose time is yours below, or type your city or time zone."
_WHY = "I don't know your time zone, and would like to ask how it went at a good time of day."
_UNKNOWN = (
    "I don't know that place. Name a larger city near you, or write the zone like Europe/Lisbon "
    "or UTC+2."
)
_LATER = f"`{_COMMAND}` with your city sets it whenever you like."
_DEFAULT = "I ask at about the time of day at which the plan was made."


def choices(locale: str | None, now: datetime) -> list[Choice]:
    """Places to pick from, each with its time: likely ones, some around the world; and none."""
    first = places.likely(locale, now)
    named = [_choice(zone, now) for zone in (*first, *places.around(first, now))]
    return [*named, Choice(f"{_COMMAND} {_SKIP}", "Rather not say")]


def _choice(zone: str, now: datetime) -> Choice:
    here = zones.local(now, zone)
    return Choice(f"{_COMMAND} {zone}", f"{places.city(zone)}, {here:%H:%M} now")


async def ask(
    engine: Engine, standing: Standing, draft: Draft, state: SessionState, event: Message | None
) -> list[str]:
    """Put the question beside a reply that plans a check-in, if it was never put.

    What is planned is put down all the same, by the time of day it is: no answer loses nothing.

    Returns:
        The keys of what is asked by this; none where the clock is known.
    """
    if standing.me["time_zone"] is not None or draft.question is not None:
        return []
    if await engine.look(standing.person, lambda scope: scope.asked(_ASKED)):
        return []
    asking = f"{_WHY} {_QUESTION} {_HOW}"
    draft.notice = f"{draft.notice} {asking}" if draft.notice else asking
    locale = (event.sender.locale if event is not None else None) or standing.me["locale"]
    draft.choices = choices(locale, engine.clock())
    state.pending = _pending()
    return [_ASKED]


def _pending() -> Pending:
    return Pending(key=_ASKED, kind=ZONE, text=_QUESTION)


def is_first(scope: PersonScope, due: datetime | None) -> bool:
    """Whether what was just put down is the first check-in, and the clock is not known for it."""
    return (
        due is not None
        and scope.me()["time_zone"] is None
        and len(reminding.waiting(scope)) == 1
        and not scope.asked(_ASKED)
    )


async def reply_and_ask(call: Call, text: str) -> Turned:
    """The answer to a command that planned the first check-in, with the question behind it."""
    row = call.row
    if row is not None:
        now = call.engine.clock()
        await call.change(lambda scope: scope.note_asked([_ASKED], row["id"], now))
    offered = choices(_locale(call), call.engine.clock())
    return await _offer(call, f"{text}\n\n{_WHY} {_HOW} {_QUESTION}", offered)


def heard(pending: Pending | None, text: str) -> Parsed | None:
    """An answer to the question as the command it stands for; None for anything else."""
    if pending is None or pending.kind != ZONE:
        return None
    said = places.flat(text.replace(",", ""))
    if _SKIPS.fullmatch(said):
        return Parsed("me", f"zone {_SKIP}")
    if places.found(text) or places.near(text) or places.names_a_place(text):
        return Parsed("me", f"zone {text}")
    return None


def let_go(state: SessionState) -> None:
    """The person speaks of something else: the question waits no longer."""
    if state.pending is not None and state.pending.kind == ZONE:
        state.pending = None


# The command --------------------------------------------------------------------------------------


async def zone(call: Call, typed: str) -> Turned:
    """``/coach me zone Lisbon``: the person's clock; with nothing behind it, places to pick."""
    now = call.engine.clock()
    if not typed:
        known = zones.zone_named(call.standing.me["time_zone"])
        told = f"Your time zone is {known}. " if known else ""
        return await _offer(call, f"{told}{_HOW} {_QUESTION}", choices(_locale(call), now))
    if places.flat(typed) == _SKIP:
        return await _reply(call, f"Fine. {_DEFAULT} {_LATER}")
    fits = places.found(typed)
    if len(fits) > 1:
        offered = [_choice(one, now) for one in fits[:9]]
        return await _offer(call, "There is more than one clock there. Which is yours?", offered)
    if not fits:
        near = places.near(typed)
        if near is None:
            return call.refused(_UNKNOWN)
        return await _offer(call, f"Do you mean {places.city(near)}?", [_choice(near, now)])

    def work(scope: PersonScope) -> str:
        scope.change_me(time_zone=fits[0], zone_chosen=True)
        reminding.move_all(scope, now)
        coming = reminding.next_one(scope)
        if coming is None:
            return ""
        here = zones.local(coming[1], fits[0])
        return f" I will ask about {coming[0].named} on {say(here.date())}, {here:%H:%M}."

    told = await call.change(work)
    return await _reply(call, f"Your time zone is {fits[0]}.{told}")


def _locale(call: Call) -> str | None:
    return call.event.sender.locale or call.standing.me["locale"]


async def _offer(call: Call, text: str, offered: list[Choice]) -> Turned:
    """Have them pick, or type: in a session the next line is heard as the answer."""
    row = call.row
    state = state_of(row) if row is not None else None
    free = state is not None and (state.pending is None or state.done)
    return await call.reply(text, *offered, pending=_pending() if free else None)


async def _reply(call: Call, text: str) -> Turned:
    """Say it in the session that asked, else as the answer to a command."""
    row = call.row
    state = state_of(row) if row is not None else None
    if row is None or state is None or state.pending is None or state.pending.kind != ZONE:
        return await call.reply(text)
    state.pending = None
    event = call.event
    typed = isinstance(event, Message) and not event.text.lstrip().startswith("/")
    draft = Draft()
    draft.say(text, Source("calendar", "check-in", text))
    said = event if typed and isinstance(event, Message) else None
    return await saying.say(call.engine, call.person, row, draft, state, said=said)
