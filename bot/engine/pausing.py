"""Safety before coaching: a sign of danger pauses coaching until the person says to go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from bot.engine import saying, unit
from bot.engine.brief import Worded
from bot.engine.language import language_of
from bot.engine.menu import choices as coach_choices
from bot.engine.menu import pick
from bot.engine.safety import (
    Level,
    SafetyReply,
    Screening,
    after_resume,
    ask_to_go_on,
    country_named,
    help_again,
    response,
    says_heavier,
    says_no,
    says_only_work,
    says_yes,
    screen,
    somebody_here,
    wants_to_resume,
)
from bot.engine.safety.replies import HELP_LINES
from bot.engine.safety.spelling import Language
from bot.engine.sessions import Standing, state_of
from bot.engine.text import clean, words
from bot.engine.turned import Turned
from bot.inbound import Message, Sender
from bot.replies import Draft, Reply
from storage.queries import Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine
_UNSURE = "unsure"
# A message of so many words goes on with the talk; fewer may be an answer to our question.
_GOES_ON_FROM = 5
# After so many messages about their work somebody is asked whether to go on.
_ASKED_AFTER = 2
# Whatever the state, these reach the table of commands: a person may always leave with their data.
_ALWAYS = (
    "/coach forget",
    "/coach export",
    "/coach link",
    "/coach help",
    "/coach end",
    "/forget",
    "/export",
    "/link",
    "/help",
)


async def safety_first(
    engine: Engine, person: str, me: Row, row: Row | None, event: Message
) -> Turned | None:
    """The reply to a message while danger shows or coaching is paused; None to go on coaching.

    Args:
        me: the person's row; its ``paused`` says why coaching is paused, None while it is not.
        row: the session of the conversation, if there is one.
    """
    text = clean(event.text)
    screening = screen(text, engine.meaning)
    before = _Pause.read(me["paused"])
    if screening.level != "none":
        pause, turn = _met(before, screening, me["paused_turns"])
        return await _answer(engine, person, me, row, event, pause, turn=turn)
    if before is None:
        return None
    if text.casefold().startswith(_ALWAYS):
        return None
    if not before.sure and says_heavier(text):
        pause = replace(before, sure=True)
        return await _answer(engine, person, me, row, event, pause, turn=0)
    offered = state_of(row).offered if row is not None else [tuple(one) for one in me["offered"]]
    picked = pick(offered, text)
    writes_on = picked is None and len(words(text)) >= _GOES_ON_FROM
    if writes_on and (not before.sure or (before.asked and not says_no(text))):
        # Nothing plain was said, or we have asked, and the person simply writes on about their
        # work: they have read what there was to read, and we may well have been wrong.
        engine.along(person, lambda scope: scope.change_me(paused=None, paused_turns=0))
        return None
    if wants_to_resume(picked[0] if picked is not None else text):
        return await _resume(engine, person, row, event)
    if (before.asked and says_yes(text)) or (not before.sure and says_only_work(text)):
        return await _resume(engine, person, row, event)
    country = country_named(text)
    if country is not None or (picked is not None and picked[0] == HELP_LINES):
        locale = country or me["locale"]
        again = help_again(before.kind, locale)
        return await _reply(engine, person, row, event, before, again, me["paused_turns"], locale)
    turn = me["paused_turns"] + 1
    if before.level == "indirect" and (writes_on or before.asked):
        # Somebody who writes on about their work is asked once whether to go on, not told again.
        before = replace(before, talked=before.talked + 1)
        if before.asked:
            asking = ask_to_go_on(before.kind, me["locale"])
            return await _reply(engine, person, row, event, before, asking, turn, me["locale"])
    return await _answer(engine, person, me, row, event, before, turn=turn)


async def seen(
    engine: Engine, standing: Standing, draft: Worded, event: Message | None, text: str
) -> Turned:
    """The reply where the voice saw danger in a message that the screen let through.

    What was read of it by then stays, and what belongs to danger follows; else help comes alone.
    """
    me, row = standing.me, standing.row
    assert row is not None
    level: Level = "explicit" if draft.risk == "explicit" else "indirect"
    screening = Screening(level, "self_harm", _language_of(row, text), level == "explicit")
    pause, turn = _met(_Pause.read(me["paused"]), screening, me["paused_turns"])
    said = response(pause.screening, me["locale"], turn)
    within = unit.current.get(None)
    if draft.text and within is not None and within.seen:
        said = SafetyReply(f"{draft.text}\n\n{said.text}", said.choices)
    if event is None:
        event = Message(row["conversation"], "", Sender("", "", ""), text, engine.clock())
    return await _reply(engine, standing.person, row, event, pause, said, turn, me["locale"])


def _language_of(row: Row, text: str) -> Language:
    """The language of a message, else of its talk, where help can begin in it; else English."""
    spoken = language_of(text) or state_of(row).language
    return next((one for one in get_args(Language) if one == spoken), "en")


@dataclass(frozen=True, slots=True)
class _Pause:
    """Why coaching is paused, and how many messages about something else have come since.

    Kept with the person as "level:kind:unsure:talked", the last two empty where there is nothing.
    """

    level: Level
    kind: str
    sure: bool
    language: Language = "en"
    talked: int = 0

    @classmethod
    def read(cls, kept: str | None) -> _Pause | None:
        if not kept:
            return None
        level, kind, unsure, talked = [*kept.split(":"), "", "", ""][:4]
        shown: Level = "explicit" if level == "explicit" else "indirect"
        return cls(shown, kind or "self_harm", unsure != _UNSURE, talked=int(talked or 0))

    @property
    def kept(self) -> str:
        talked = self.talked or ""
        return f"{self.level}:{self.kind}:{'' if self.sure else _UNSURE}:{talked}"

    @property
    def asked(self) -> bool:
        """Whether our last word was the question whether to go on."""
        return self.level == "indirect" and self.talked == _ASKED_AFTER

    @property
    def gravity(self) -> tuple[bool, bool]:
        return self.sure, self.level == "explicit"

    @property
    def screening(self) -> Screening:
        return Screening(self.level, self.kind, self.language, self.sure)


def _met(before: _Pause | None, screening: Screening, turns: int) -> tuple[_Pause, int]:
    """The pause after a message that shows danger, and which of its replies comes now (from 0).

    What stands is never weakened: after danger said outright a mere sign leaves it at that.
    """
    now = _Pause(screening.level, screening.kind or "self_harm", screening.sure, screening.language)
    if before is None or now.gravity > before.gravity:
        return now, 0
    return (now if now.gravity == before.gravity else replace(before, talked=0)), turns + 1


async def _answer(
    engine: Engine,
    person: str,
    me: Row,
    row: Row | None,
    event: Message,
    pause: _Pause,
    *,
    turn: int,
) -> Turned:
    said = response(pause.screening, me["locale"], turn)
    return await _reply(engine, person, row, event, pause, said, turn, me["locale"])


async def _reply(
    engine: Engine,
    person: str,
    row: Row | None,
    event: Message,
    pause: _Pause,
    said: SafetyReply,
    turn: int,
    locale: str | None,
) -> Turned:
    changes: dict[str, Any] = {
        "paused": pause.kept,
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
        return Turned(reply=reply, safety=pause.level, paused=True)
    draft = Draft()
    draft.say(said.text)
    draft.choices = list(said.choices)
    level = pause.level
    return await saying.say(
        engine, person, row, draft, state_of(row), said=event, safety=level, paused=True
    )


async def _resume(engine: Engine, person: str, row: Row | None, event: Message) -> Turned:
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
