"""Asking how it went: when a step is to be checked on, or a goal has its day.

A reminder is a row of the inbox with a time, written in the transaction that writes the step or the
goal. Its key names person, subject and day, so that it comes once however often it is put down; a
step that has another day by then makes it void.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.engine import saying, zones
from bot.engine.errors import NotNowError
from bot.engine.evidence import short_quote
from bot.engine.sessions import Standing, state_of
from bot.engine.state import Pending, SessionState
from bot.engine.turned import Turned
from bot.inbound import Due, Sender, as_json
from bot.replies import Choice, Draft, Reply, Source
from personas.models import Coach
from storage import inbox
from storage.inbox import Arrival
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine
About = Literal["commitment", "goal"]
# The kind of the question that a reminder puts.
CHECK_IN = "check_in"
# A talk in which nobody wrote for so long may be interrupted.
_QUIET = timedelta(minutes=10)
_TABLES: dict[About, tuple[str, str]] = {
    "commitment": ("commitments", "check_in"),
    "goal": ("goals", "target_date"),
}
_QUOTED = 18
WAY_OUT = "Say “stop reminding me” and I won't ask like this again."


@dataclass(frozen=True, slots=True)
class Subject:
    """A step or a goal to ask about, with its row."""

    about: About
    row: Row

    @property
    def table(self) -> str:
        """The table it is in."""
        return _TABLES[self.about][0]

    @property
    def column(self) -> str:
        """The column of its day."""
        return _TABLES[self.about][1]

    @property
    def ref(self) -> int:
        """The id of its row."""
        return self.row["id"]

    @property
    def day(self) -> date | None:
        """When it is to be asked about."""
        return self.row[self.column]

    @property
    def session(self) -> str | None:
        """The session it comes from."""
        return self.row["session_id"]

    @property
    def named(self) -> str:
        """What it is, in the person's words where there are some."""
        said = self.row["text"]
        return f"“{short_quote(said, _QUOTED)}”" if said else "the first step of your plan"

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where these words come from."""
        message = self.row["message_id"]
        ref = str(message) if message is not None else f"{self.about} {self.ref}"
        return (Source("user", ref, self.row["text"]),) if self.row["text"] else ()

    def command(self, verb: str, when: str = "") -> str:
        """The whole command that does something about it."""
        kind = "" if self.about == "commitment" else "goal "
        return f"/coach checkin {verb} {kind}{self.ref} {when}".rstrip()

    def choices(self) -> list[Choice]:
        """What the person may say to a reminder."""
        labels = (("done", "Done"), ("later", "Not yet"), ("change", "Change it"))
        return [Choice(self.command(verb), label) for verb, label in labels]

    def pending(self, kind: str, text: str) -> Pending:
        """A question about it that waits for an answer."""
        return Pending(key=f"{kind}:{self.about}:{self.ref}", kind=kind, text=text)


def subject_of(scope: PersonScope, about: About, ref: int) -> Subject | None:
    """A step or a goal of the person, or None."""
    rows = scope.rows(_TABLES[about][0], id=ref)
    return Subject(about, rows[0]) if rows else None


def subjects(scope: PersonScope, **equals: Any) -> Iterator[Subject]:
    """The person's steps and goals whose columns equal the values."""
    for about, (table, _) in _TABLES.items():
        for row in scope.rows(table, **equals):
            yield Subject(about, row)


# Putting down, moving, calling off ----------------------------------------------------------------


def put_down(
    scope: PersonScope, subject: Subject, now: datetime, conversation: str
) -> datetime | None:
    """Put down that a subject is to be asked about on its day.

    Args:
        conversation: where to ask, for a goal that comes from no session.

    Returns:
        When it will be; None when it won't: reminders are off, there is no day or it is over, or
        the person can't be reached there.
    """
    me, day = scope.me(), subject.day
    zone = zones.zone_named(me["time_zone"])
    if not me["reminders"] or day is None or day < zones.today(now, zone):
        return None
    due = zones.morning(day, zone, subject.row["created_at"])
    if due <= now:
        due = zones.next_morning(now, zone, subject.row["created_at"])
    session = scope.session(subject.session) if subject.session else None
    place = session["conversation"] if session is not None else conversation
    reached = _reached(scope, place, session["lane"] if session is not None else None)
    if reached is None:
        return None
    sender, lane = reached
    event = Due(place, "", sender, subject.about, subject.ref, day.isoformat(), now)
    account = (sender.platform, sender.tenant, sender.external_id)
    key = f"{_prefix(scope, subject)}{event.day}"
    arrival = Arrival(key, account, None, place, "due", as_json(event), due)
    inbox.schedule(scope.connection, lane, arrival, now)
    return due


def _prefix(scope: PersonScope, subject: Subject) -> str:
    """How the keys of its reminders begin: the same whether or not accounts were linked since."""
    session = scope.session(subject.session) if subject.session else None
    lane = session["lane"] if session is not None else subject.row.get("lane")
    return f"due:{lane or scope.person}:{subject.about}:{subject.ref}:"


def _reached(scope: PersonScope, conversation: str, lane: str | None) -> tuple[Sender, str] | None:
    """The account by which the person is in a conversation, and where what it brings in waits.

    Args:
        lane: that of the account to take, where several are there.
    """
    found = [
        row
        for row in scope.rows("accounts")
        if conversation.startswith(f"{row['platform']}:{row['tenant']}:")
    ]
    row = next((one for one in found if one["lane"] == lane), found[0] if found else None)
    if row is None:
        return None
    return Sender(row["platform"], row["tenant"], row["external_id"]), row["lane"] or scope.person


def call_off(scope: PersonScope, subject: Subject, now: datetime) -> None:
    """A subject is not to be asked about as it was put down."""
    inbox.call_off(scope.connection, scope.lanes(), _prefix(scope, subject), now)


def call_all_off(scope: PersonScope, now: datetime) -> int:
    """Nothing is to be asked about; returns how many reminders waited."""
    return inbox.call_off(scope.connection, scope.lanes(), "due:", now)


def replaced(scope: PersonScope, session: str, now: datetime) -> None:
    """The open steps and goals of a session give way to new ones, or are taken back."""
    for subject in list(subjects(scope, session_id=session, status="open")):
        call_off(scope, subject, now)
        scope.remove(subject.table, id=subject.ref)


def move_all(scope: PersonScope, now: datetime) -> None:
    """The person's clock is another: what waits comes in the morning of that clock."""
    known = {(one.about, one.ref): one for one in subjects(scope, status="open")}
    zone = zones.zone_named(scope.me().get("time_zone"))
    for row in inbox.reminders(scope.connection, scope.lanes()):
        kept = row["payload"]
        subject = known.get((kept["about"], kept["ref"]))
        if subject is None or subject.day is None:
            continue
        due = max(now, zones.morning(subject.day, zone, subject.row["created_at"]))
        inbox.move(scope.connection, row, kept["sender"]["platform"], due)


def waiting(scope: PersonScope) -> set[tuple[str, int]]:
    """What the person is going to be asked about."""
    rows = inbox.reminders(scope.connection, scope.lanes())
    return {(row["payload"]["about"], row["payload"]["ref"]) for row in rows}


def put_right(
    places: Mapping[PersonScope, str],
    now: datetime,
    wanted: Collection[tuple[str, int]] | None,
) -> None:
    """Accounts were linked or parted: each reminder comes once, to whose it is, where they are.

    Args:
        places: those people, each with where to ask about what comes from no session.
        wanted: what there is to be asked about; None for all that is open.
    """
    open_ones: dict[PersonScope, dict[tuple[str, int], Subject]] = {}
    for scope in places:
        mine = {(one.about, one.ref): one for one in subjects(scope, status="open")}
        open_ones[scope] = mine
        for row in inbox.reminders(scope.connection, scope.lanes()):
            subject = mine.get((row["payload"]["about"], row["payload"]["ref"]))
            reached = _reached(scope, row["conversation"], None) is not None
            key = row["event_key"]
            if subject is None or not reached or not key.startswith(_prefix(scope, subject)):
                inbox.call_off(scope.connection, scope.lanes(), key, now)
    for scope, mine in open_ones.items():
        if not scope.me()["reminders"]:
            call_all_off(scope, now)
            continue
        for key, subject in mine.items():
            if wanted is None or key in wanted:
                put_down(scope, subject, now, places[scope])
        move_all(scope, now)


def next_one(scope: PersonScope) -> tuple[Subject, datetime] | None:
    """What is asked about next, and when; None where nothing is."""
    for row in inbox.reminders(scope.connection, scope.lanes()):
        subject = subject_of(scope, row["payload"]["about"], row["payload"]["ref"])
        if subject is not None and _stands(subject, row["payload"]["day"]):
            return subject, row["due_at"]
    return None


def _stands(subject: Subject, day: str) -> bool:
    return (
        subject.row["status"] == "open"
        and subject.day is not None
        and subject.day.isoformat() == day
    )


# The moment ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reminder is about, whose session speaks, and where; ``talk`` is what goes on there."""

    subject: Subject
    row: Row | None
    place: str
    talk: Row | None


async def remind(engine: Engine, standing: Standing, event: Due) -> Turned:
    """Ask how it went; nothing, where that is settled, gone or put off.

    Raises:
        NotNowError: it is night there, or the person is talking about something else.
    """
    found = await engine.look(standing.person, lambda scope: _find(scope, event))
    if found is None or not standing.me["reminders"]:
        return saying.silent(engine)
    _not_now(engine.clock(), standing.me, found)
    if found.row is None:
        return await _ask_without(engine, standing.person, found)
    return await _ask(engine, standing.person, found, found.row)


def _find(scope: PersonScope, event: Due) -> _Found | None:
    subject = subject_of(scope, event.about, event.ref)
    if subject is None or not _stands(subject, event.day):
        return None
    row = scope.session(subject.session) if subject.session else None
    place = event.conversation
    # Where the session is now, as far as this account reaches.
    here = f"{event.sender.platform}:{event.sender.tenant}:"
    if row is not None and row["conversation"].startswith(here):
        place = row["conversation"]
    talk = scope.active(place)
    return _Found(subject, row or talk, place, talk)


def _not_now(now: datetime, me: Row, found: _Found) -> None:
    zone, made = zones.zone_named(me["time_zone"]), found.subject.row["created_at"]
    later = zones.too_late(now, zone, made)
    if later is not None:
        raise NotNowError(later)
    if me["paused"]:
        # Danger was in the air; nobody is asked about their plans then.
        raise NotNowError(zones.next_morning(now, zone, made))
    talk, row = found.talk, found.row
    if talk is not None and now - talk["last_at"] < _QUIET:
        open_question = not state_of(talk).done
        if open_question or row is None or talk["id"] != row["id"]:
            raise NotNowError(talk["last_at"] + _QUIET)
    if row is not None and _asked_today(row, now, zone):
        raise NotNowError(zones.next_morning(now, zone, made))


def _asked_today(row: Row, now: datetime, zone: str | None) -> bool:
    """Whether a reminder of today still waits for an answer: one a day is enough."""
    pending = state_of(row).pending
    if pending is None or pending.kind != CHECK_IN:
        return False
    return zones.today(row["last_at"], zone) == zones.today(now, zone)


async def _ask(engine: Engine, person: str, found: _Found, row: Row) -> Turned:
    subject, coach, state = found.subject, engine.catalogue.coach(row["coach"]), state_of(row)
    draft = Draft(notice=WAY_OUT)
    draft.say("", *subject.sources)
    draft.ask(said(coach, "check_ins", subject))
    draft.choices = subject.choices()
    wait_for(state, subject.pending(CHECK_IN, draft.text))
    if row["status"] == "ended":
        # Whoever asks must hear the answer.
        status = "completed" if state.done else "open"
        await engine.change(
            person, lambda scope: scope.change("persona_sessions", row["id"], status=status)
        )
    return await saying.say(engine, person, row, draft, state, conversation=found.place)


def said(coach: Coach, lines: Literal["check_ins", "done"], subject: Subject) -> str:
    """A line of the coach about a subject."""
    texts = getattr(coach.lines, lines)
    # Put off by a day, three days or a week, the next of four lines is another.
    day = subject.day.toordinal() if subject.day else 0
    text = texts[(subject.ref + day) % len(texts)].replace("{quote}", subject.named)
    return text[0].upper() + text[1:]


def wait_for(state: SessionState, pending: Pending) -> None:
    """Have the next message heard as an answer, unless the talk waits for another one."""
    before = state.pending
    if before is None or state.done or before.kind.startswith(CHECK_IN):
        state.pending = pending


async def _ask_without(engine: Engine, person: str, found: _Found) -> Turned:
    """Ask about a goal that no coach knows of."""
    subject = found.subject
    question = f"One of your goals has its day: {subject.named}. Where does it stand?"
    choices = subject.choices()
    offered = [[choice.id, choice.label] for choice in choices]
    await engine.change(person, lambda scope: scope.change_me(offered=offered))
    reply = Reply(
        question, question, choices=tuple(choices), sources=subject.sources, notice=WAY_OUT
    )
    return Turned(reply, conversation=found.place, voice=engine.voice.name)
