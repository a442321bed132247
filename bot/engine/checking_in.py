"""What a person says to a reminder: done, not yet, change it; and reminders on or off."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bot.commands import Parsed
from bot.engine import planning, reminding, saying, zones
from bot.engine.calendar import date_in, say
from bot.engine.call import Call
from bot.engine.reminding import CHECK_IN, About, Subject
from bot.engine.sessions import state_of
from bot.engine.state import Pending, SessionState
from bot.engine.text import folded
from bot.engine.turned import Turned
from bot.inbound import Message
from bot.replies import Choice, Draft, Source
from personas.models import Coach, Slot
from storage.queries import PersonScope, Row

# The kind of the question when to ask again.
WHEN = "check_in_when"
_ASK_WHEN = "When shall I ask you about it again?"
_WHEN = ("tomorrow", "in three days", "next week")
_GONE = "That is no longer in your plan. `/coach plan` and `/coach goal` show what is."
_VERBS = ("done", "later", "change")
_ARGUMENT = re.compile(r"(done|later|change)\s+(goal\s+|step\s+)?(\d{1,18})(?:\s+(.*))?", re.I)
_NOT_YET = re.compile(
    r"^(?:(?:no|nope|nah|sorry|well|honestly|unfortunately)[,. ]+)*"
    r"(?:no|nope|nah|not (?:yet|really|quite|at all)|(?:i )?(?:have not|haven'?t|did not|didn'?t)|"
    r"almost|nearly|half of it|partly|still (?:open|working)|it did not|it didn'?t)\b"
)
_DONE = re.compile(
    r"^(?:(?:yes|yep|yeah|yup|hey|hi|well)[,.! ]+)*(?:(?:yes|yep|yeah|yup)\W*$|"
    r"(?:all |it'?s (?:all )?|is )?(?:done|finished|completed)\b(?! with)|"
    r"(?:i|we) (?:did|have done|made) (?:it|that|this)\b|did (?:it|that)\b|"
    r"i'?ve done (?:it|that)\b|it worked\b)"
)
_TURNS_ROUND = re.compile(r"\b(?:not|except|almost|half)\b|n't\b")
_CHANGE = re.compile(
    r"^(?:i(?: want| would like|'?d like) to |let'?s |please )?change (?:it|that)\b"
)


def heard(pending: Pending | None, text: str) -> Parsed | None:
    """A plain answer to a reminder as the command it stands for; None for anything else."""
    if pending is None or not pending.kind.startswith(CHECK_IN):
        return None
    _, about, ref = pending.key.split(":")
    kind = "goal " if about == "goal" else ""
    flat = folded(" ".join(text.replace("’", "'").split()))
    if pending.kind == WHEN and date_in(flat, date(2000, 1, 1)) is not None:
        return Parsed("checkin", f"later {kind}{ref} {text}")
    if _CHANGE.match(flat):
        return Parsed("checkin", f"change {kind}{ref}")
    if _NOT_YET.match(flat):
        return Parsed("checkin", f"later {kind}{ref}")
    if _DONE.match(flat) and not _TURNS_ROUND.search(re.split(r"[,.;!]", flat)[0]):
        return Parsed("checkin", f"done {kind}{ref}")
    return None


async def checkin(call: Call) -> Turned:
    """``done 12``, ``later goal 5 next week``, ``change 12``; with nothing: what comes next."""
    found = _ARGUMENT.fullmatch(call.argument.strip())
    if found is None:
        return await _coming(call) if not call.argument else call.refused(_usage())
    verb, ref = found[1].lower(), int(found[3])
    about: About = "goal" if (found[2] or "").strip().lower() == "goal" else "commitment"

    def look(scope: PersonScope) -> tuple[Subject, Row | None, Row] | None:
        subject = reminding.subject_of(scope, about, ref)
        if subject is None:
            return None
        row = scope.session(subject.session) if subject.session else call.row
        return subject, row, scope.me()

    known = await call.look(look)
    if known is None:
        return call.refused(_GONE)
    subject, row, me = known
    answer = _Answer(call, subject, row, me)
    match verb:
        case "done":
            return await answer.done()
        case "later":
            return await answer.later(found[4] or "")
        case _:
            return await answer.change(found[4] or "")


def _usage() -> str:
    return (
        f"Say which, with its number: {', '.join(_VERBS)}. For example: /coach checkin done 12. "
        "/coach checkin alone shows what I will ask about next."
    )


async def _coming(call: Call) -> Turned:
    def look(scope: PersonScope) -> tuple[tuple[Subject, datetime] | None, Row]:
        return reminding.next_one(scope), scope.me()

    coming, me = await call.look(look)
    if coming is None:
        return await call.reply("There is nothing I would ask you about.")
    subject, due = coming
    text = f"I will ask about {subject.named} on {_moment(due, me)}."
    return await call.reply(text, *subject.choices(), sources=subject.sources)


def _moment(due: datetime, me: Row) -> str:
    zone = zones.zone_named(me["time_zone"])
    here = zones.local(due, zone)
    return f"{say(here.date())}, {here:%H:%M}{'' if zone else ' UTC'}"


class _Answer:
    """An answer to a reminder.

    Args:
        row: the session whose coach replies; None where no coach knows of it.
    """

    def __init__(self, call: Call, subject: Subject, row: Row | None, me: Row) -> None:
        self.call = call
        self.subject = subject
        self.row = row
        self.me = me
        self.now = call.engine.clock()
        self.coach: Coach | None = call.engine.catalogue.coach(row["coach"]) if row else None
        self.state: SessionState | None = state_of(row) if row else None

    async def _reply(self, draft: Draft) -> Turned:
        """Say it in the session it is about, else as the answer to a command."""
        call, row, state = self.call, self.row, self.state
        if row is None or state is None:
            return await call.reply(draft.text, *draft.choices, sources=tuple(draft.sources))
        event = call.event
        said = event if isinstance(event, Message) else None
        if said is not None and said.text.lstrip().startswith("/"):
            said = None
        return await saying.say(call.engine, call.person, row, draft, state, said=said)

    def _wait_for(self, pending: Pending | None) -> None:
        """The reminder is answered; another question may take its place."""
        state = self.state
        if state is None:
            return
        if state.pending is not None and state.pending.kind.startswith(CHECK_IN):
            state.pending = None
        if pending is not None:
            reminding.wait_for(state, pending)

    # Done -----------------------------------------------------------------------------------------

    async def done(self) -> Turned:
        """It is done: say so, and ask what made it work."""
        subject = self.subject
        draft = Draft()
        if subject.row["status"] == "done":
            draft.say(f"I have that as done already: {subject.named}.", *subject.sources)
            return await self._reply(draft)

        def work(scope: PersonScope) -> list[Row]:
            scope.change(subject.table, subject.ref, status="done")
            reminding.call_off(scope, subject, self.now)
            return scope.rows("outcomes") if subject.about == "goal" else []

        outcomes = await self.call.change(work)
        if self.coach is None:
            draft.say(f"Done: {subject.named}. That is off your list.", *subject.sources)
        else:
            draft.say(reminding.said(self.coach, "done", subject), *subject.sources)
        if outcomes:
            kinds = dict.fromkeys(one["kind"] for one in outcomes)
            told = ", ".join(
                f"{kind}: {sum(one['kind'] == kind for one in outcomes)}" for kind in kinds
            )
            draft.say(f"On the way there: {told}.", Source("score", "outcomes", told))
        self._wait_for(None)
        if self.coach is not None:
            asks = self.coach.lines.went_well
            question = asks[subject.ref % len(asks)]
            key = f"{self.coach.key}:went_well:{subject.ref}"
            pending = Pending(key=key, kind=planning.WENT_WELL, slot=Slot.STRENGTH, text=question)
            self._wait_for(pending)
            draft.ask(question)
        return await self._reply(draft)

    # Not yet --------------------------------------------------------------------------------------

    async def later(self, when: str) -> Turned:
        """Not yet: ask when to ask again, or put that down."""
        subject = self.subject
        here = zones.today(self.now, zones.zone_named(self.me["time_zone"]))
        day = date_in(when, here) if when else None
        draft = Draft()
        if day is None:
            lines = self.call.engine.catalogue.phrases.lines["not_yet"]
            draft.say(lines[subject.ref % len(lines)])
            draft.ask(_ASK_WHEN)
            draft.choices = [
                Choice(subject.command("later", one), one.capitalize()) for one in _WHEN
            ]
            self._wait_for(subject.pending(WHEN, _ASK_WHEN))
            return await self._reply(draft)
        day = max(day, here + timedelta(days=1))

        def work(scope: PersonScope) -> datetime | None:
            reminding.call_off(scope, subject, self.now)
            scope.change(subject.table, subject.ref, status="open", **{subject.column: day})
            fresh = reminding.subject_of(scope, subject.about, subject.ref)
            assert fresh is not None
            return reminding.put_down(scope, fresh, self.now, self.call.event.conversation)

        due = await self.call.change(work)
        self._wait_for(None)
        source = Source("calendar", "check-in", say(day))
        if due is None:
            draft.say(f"Noted for {say(day)}. Reminders are off, so I won't ask.", source)
        else:
            draft.say(f"Good, then I will ask about it on {_moment(due, self.me)}.", source)
        return await self._reply(draft)

    # Change it ------------------------------------------------------------------------------------

    async def change(self, words: str) -> Turned:
        """Change it: the step is asked for anew, and the plan changes as it was made."""
        subject, row, coach, state = self.subject, self.row, self.coach, self.state
        if subject.session is None or row is None or coach is None or state is None:
            return await self._change_goal(words)
        questions = [one.text for one in coach.questions if one.slot is Slot.STEP]
        question = questions[subject.ref % len(questions)] if questions else coach.lines.smaller[0]
        reopen(
            state,
            Pending(key=f"{coach.key}:changed", kind="smaller", slot=Slot.STEP, text=question),
        )
        await self.call.change(lambda scope: reminding.call_off(scope, subject, self.now))
        lines = self.call.engine.catalogue.phrases.lines["change_step"]
        draft = Draft()
        draft.say(lines[subject.ref % len(lines)].format(step=subject.named), *subject.sources)
        draft.ask(question)
        return await self._reply(draft)

    async def _change_goal(self, words: str) -> Turned:
        """A goal that no coach knows of is written anew by the person."""
        subject = self.subject
        if not words:
            example = f"`{subject.command('change')}`"
            return await self.call.reply(
                f"Your goal reads {subject.named}. Send {example} and behind it the new wording, "
                "with its date.",
                sources=subject.sources,
            )
        here = zones.today(self.now, zones.zone_named(self.me["time_zone"]))

        def work(scope: PersonScope) -> Subject:
            reminding.call_off(scope, subject, self.now)
            day = date_in(words, here)
            scope.change("goals", subject.ref, text=words[:500], target_date=day, status="open")
            fresh = reminding.subject_of(scope, "goal", subject.ref)
            assert fresh is not None
            reminding.put_down(scope, fresh, self.now, self.call.event.conversation)
            return fresh

        fresh = await self.call.change(work)
        by = f", by {say(fresh.day)}" if fresh.day else ""
        return await self.call.reply(f"Changed: {fresh.named}{by}.", sources=fresh.sources)


def reopen(state: SessionState, pending: Pending) -> None:
    """Have a finished session ask for its step once more; all else of the plan stays."""
    state.done, state.commitment = False, None
    state.slots.pop(Slot.WHEN, None)
    state.pending = pending
    again = {planning.SHOWN, planning.WHEN_ASKED}
    state.told_once = [one for one in state.told_once if one not in again]
    state.skipped = [slot for slot in state.skipped if slot is not Slot.STEP]
    for name in ("commit", "smaller", Slot.STEP.value):
        state.probed.pop(name, None)


# On and off ---------------------------------------------------------------------------------------


async def reminders(call: Call) -> Turned:
    """Reminders on or off; with nothing said, how it stands."""
    word = call.argument.strip().lower()
    if word not in {"on", "off"}:
        me = await call.look(lambda scope: scope.me())
        state = "on" if me["reminders"] else "off"
        return await call.reply(
            f"Reminders are {state}. They come in the morning, once for each step or goal.",
            Choice("/coach reminders on", "Turn them on"),
            Choice("/coach reminders off", "Turn them off"),
        )
    now, place = call.engine.clock(), call.event.conversation

    def work(scope: PersonScope) -> tuple[tuple[Subject, datetime] | None, Row]:
        scope.change_me(reminders=word == "on")
        if word == "off":
            reminding.call_all_off(scope, now)
        else:
            for subject in list(reminding.subjects(scope, status="open")):
                reminding.put_down(scope, subject, now, place)
        return reminding.next_one(scope), scope.me()

    coming, me = await call.change(work)
    if word == "off":
        return await call.reply(
            "I won't remind you of anything any more. `/coach reminders on` brings it back."
        )
    told = f" The next is about {coming[0].named}, on {_moment(coming[1], me)}." if coming else ""
    return await call.reply(f"Reminders are on.{told}")


def told_of(scope: PersonScope) -> str:
    """How reminders stand, for the list of what is remembered."""
    me = scope.me()
    if not me["reminders"]:
        return "off (`/coach reminders on`)"
    coming = reminding.next_one(scope)
    told = f"; the next: {_moment(coming[1], me)}, about {coming[0].named}" if coming else ""
    return f"on (`/coach reminders off`){told}"
