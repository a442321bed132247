"""Safety before coaching: a sign of danger pauses coaching until the person says to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine import saying
from bot.engine.menu import choices as coach_choices
from bot.engine.menu import pick
from bot.engine.safety import (
    Level,
    SafetyReply,
    Screening,
    after_resume,
    country_named,
    help_again,
    response,
    screen,
    somebody_here,
    wants_to_resume,
)
from bot.engine.safety.replies import HELP_LINES
from bot.engine.sessions import state_of
from bot.engine.text import clean, words
from bot.inbound import Message
from bot.replies import Draft, Reply
from storage.queries import Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine, Turned

_UNSURE = "unsure"
# A message of so many words goes on with the talk; fewer may be an answer to our question.
_GOES_ON_FROM = 5
# Whatever the state, these reach the table of commands: a person may always leave with their data.
_ALWAYS = (
    "/coach forget",
    "/coach export",
    "/coach help",
    "/coach end",
    "/forget",
    "/export",
    "/help",
)


async def safety_first(
    engine: Engine, person: str, me: Row, row: Row | None, event: Message
) -> Turned | None:
    """The reply to a message while danger shows or coaching is paused; None to go on coaching.

    Args:
        me: the person's row; its ``paused`` says "level:kind" while coaching is paused.
        row: the session of the conversation, if there is one.
    """
    text = clean(event.text)
    screening = screen(text, engine.meaning)
    if screening.level != "none":
        return await _answer(engine, person, me, row, event, screening, turn=_turns(me, screening))
    if not me["paused"]:
        return None
    if text.casefold().startswith(_ALWAYS):
        return None
    before = _screening(me["paused"])
    if not before.sure and len(words(text)) >= _GOES_ON_FROM:
        # Nothing plain was said, and the person simply writes on about their work: they have read
        # what there was to read, and we may well have been wrong.
        engine.along(person, lambda scope: scope.change_me(paused=None, paused_turns=0))
        return None
    offered = state_of(row).offered if row is not None else [tuple(one) for one in me["offered"]]
    picked = pick(offered, text)
    if wants_to_resume(picked[0] if picked is not None else text):
        return await _resume(engine, person, row, event)
    country = country_named(text)
    if country is not None or (picked is not None and picked[0] == HELP_LINES):
        locale = country or me["locale"]
        again = help_again(before.kind, locale)
        return await _reply(engine, person, row, event, before, again, me["paused_turns"], locale)
    return await _answer(engine, person, me, row, event, before, turn=me["paused_turns"] + 1)


def _turns(me: Row, screening: Screening) -> int:
    same = me["paused"] is not None and me["paused"].startswith(screening.level)
    return me["paused_turns"] + 1 if same else 0


def _screening(paused: str) -> Screening:
    level, kind, sure = [*paused.split(":"), "", ""][:3]
    shown: Level = "explicit" if level == "explicit" else "indirect"
    return Screening(shown, kind or "self_harm", sure=sure != _UNSURE)


async def _answer(
    engine: Engine,
    person: str,
    me: Row,
    row: Row | None,
    event: Message,
    screening: Screening,
    *,
    turn: int,
) -> Turned:
    said = response(screening, me["locale"], turn)
    return await _reply(engine, person, row, event, screening, said, turn, me["locale"])


async def _reply(
    engine: Engine,
    person: str,
    row: Row | None,
    event: Message,
    screening: Screening,
    said: SafetyReply,
    turn: int,
    locale: str | None,
) -> Turned:
    from bot.engine.engine import Turned

    changes: dict[str, Any] = {
        "paused": f"{screening.level}:{screening.kind or ''}:{'' if screening.sure else _UNSURE}",
        "paused_turns": turn,
        "locale": locale,
    }
    if engine.human and turn == 0:
        said = SafetyReply(f"{said.text}\n\n{somebody_here(engine.human)}", said.choices)
    if row is None:
        changes["offered"] = [[choice.id, choice.label] for choice in said.choices]
    await engine.change(person, lambda scope: scope.change_me(**changes))
    if row is None:
        reply = Reply(text=said.text, choices=said.choices)
        return Turned(reply=reply, safety=screening.level, paused=True)
    draft = Draft()
    draft.say(said.text)
    draft.choices = list(said.choices)
    level = screening.level
    return await saying.say(
        engine, person, row, draft, state_of(row), said=event, safety=level, paused=True
    )


async def _resume(engine: Engine, person: str, row: Row | None, event: Message) -> Turned:
    from bot.engine.engine import Turned

    await engine.change(person, lambda scope: scope.change_me(paused=None, paused_turns=0))
    if row is None:
        coaches = coach_choices(engine.catalogue)
        return Turned(reply=Reply(text=after_resume(), choices=coaches))
    state = state_of(row)
    draft = Draft()
    draft.say(after_resume())
    if state.pending is not None:
        draft.ask(state.pending.text)
    return await saying.say(engine, person, row, draft, state, said=event)
