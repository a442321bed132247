"""One person, several accounts: a code, a preview, yes on both sides; and two people on request.

Nothing is joined before both accounts have agreed, each seeing how much would come together and
none of its words (docs/decisions/0009).
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bot.engine import link_codes, reminding, saying
from bot.engine.call import Call
from bot.engine.errors import NotNowError
from bot.engine.link_words import Holdings, holdings_of, named, words_of
from bot.engine.sessions import Standing, columns_of, state_of
from bot.engine.turned import Turned
from bot.inbound import Linking, Sender, as_json
from bot.replies import Choice, Reply
from storage import inbox, link_offers, linking
from storage.clock import now as database_now
from storage.inbox import Arrival
from storage.linking import LaneBusyError, last_link
from storage.people import me_of
from storage.queries import PersonScope, Row
from storage.wakeups import notify

if TYPE_CHECKING:
    from bot.engine.engine import Engine
CODE_LIVES, ANSWER_LIVES = timedelta(minutes=15), timedelta(hours=1)
TRIES = 5
_UNDO = "/coach link undo"
_GONE = (
    "There is nothing here that waits for your answer: it was answered already, or its time ran "
    "out. `/coach link` begins anew."
)
_WRONG = (
    "That is no code I know: it may be mistyped, used already, or older than 15 minutes. "
    "`/coach link` on the other platform gives a new one."
)
_OWN = (
    "That is your own code. Send it on the other platform, as the account that is to be yours too."
)
_NOT_LINKED = "No accounts of yours are linked. `/coach link` begins it."


async def link(call: Call) -> Turned:
    """``/coach link``, ``/coach link CODE``, ``yes ID``, ``no ID``, ``undo``."""
    word, _, rest = call.argument.strip().partition(" ")
    try:
        match word.casefold():
            case "":
                return await _begin(call)
            case "undo":
                return await _undo(call)
            case "yes" | "no" as said:
                return await _answer(call, rest.strip(), yes=said == "yes")
            case _:
                return await _enter(call, call.argument)
    except LaneBusyError:
        # Somebody works for the other account: a moment later nobody does. Two who wait for each
        # other must not come back at the same time.
        wait = timedelta(seconds=random.uniform(0.2, 1.0))
        raise NotNowError(call.engine.clock() + wait) from None


async def told(engine: Engine, standing: Standing, event: Linking) -> Turned:
    """What the other account did: it asks, agreed, declined, or parted the two."""
    person = standing.person
    if event.about == "asked":
        now = engine.clock()
        asked = await engine.look(
            person, lambda scope: _pending(scope, engine, event.ref, now, as_maker=True)
        )
        if asked is None:
            return saying.silent(engine)
        return _unasked(engine, _question(asked))
    other = named(event.other)
    if event.about == "declined":
        return _unasked(engine, f"{other} said no. Nothing was linked.")
    if event.about == "undone":
        text = f"This account and {_inside(other)} are two again: `/coach link undo`."
        return _unasked(engine, text)
    return _unasked(engine, _done(other))


# What is said -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said to one of them, and what they may answer."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """An offer that waits for an answer, with what each side brings along."""

    key: str
    as_maker: bool
    here: Holdings
    there: Holdings
    mine: Sender
    other: Sender


def _question(asked: _Asked) -> _Said:
    choices = (
        Choice(f"/coach link yes {asked.key}", "Yes, both are me"),
        Choice(f"/coach link no {asked.key}", "No"),
    )
    other = named(asked.other)
    both = (
        f"- {named(asked.mine, here=True)}: {words_of(asked.here)}\n"
        f"- {other}: {words_of(asked.there)}"
    )
    after = (
        "Linked, both are one person: every coach knows what you told the others, and "
        "`/coach summary`, `/coach export` and `/coach forget` are about all of it. Each session "
        "stays where it is. `/coach link undo` parts them again."
    )
    if asked.as_maker:
        lead = f"**{other} entered your code. Is that you?**"
        care = (
            "Say yes only if that account is yours: whoever has it can then read all of this. "
            "`/coach link yes` or `/coach link no` will do as well."
        )
    else:
        lead = "**Are both of these you?**"
        care = f"If so, I will ask {_inside(other)} as well before anything is linked."
    return _Said(f"{lead}\n\n{both}\n\n{after}\n\n{care}", choices)


def _done(other: str) -> _Said:
    text = (
        f"Done. This account and {_inside(other)} are one person now. "
        "`/coach sessions` lists what both brought along; `/coach link undo` parts them again."
    )
    return _Said(text, (Choice(_UNDO, "Undo"),))


def _inside(name: str) -> str:
    """A name within a sentence."""
    return name[0].lower() + name[1:]


async def _private(engine: Engine, person: str, row: Row | None, said: _Said | str) -> Turned:
    """Tell somebody alone: of no session, so that no thread shows it."""
    said = _Said(said) if isinstance(said, str) else said
    offered = [(one.id, one.label) for one in said.choices]

    def work(scope: PersonScope) -> None:
        if row is None:
            # Both accounts of a person share this: a "1" on the other side must not part them.
            numbered = [list(one) for one in offered if one[0] != _UNDO]
            scope.change_me(offered=numbered)
            return
        state = state_of(row)
        state.offered = offered
        scope.change("persona_sessions", row["id"], **columns_of(state))

    if offered:
        await engine.change(person, work)
    return Turned(Reply(said.text, choices=said.choices), voice=engine.voice.name)


def _unasked(engine: Engine, said: _Said | str) -> Turned:
    """Tell somebody alone what they did not ask for: a number they type is no answer to it."""
    said = _Said(said) if isinstance(said, str) else said
    return Turned(Reply(said.text, choices=said.choices), voice=engine.voice.name)


def _refused(call: Call, sentence: str) -> Turned:
    return Turned(Reply(sentence, error=sentence), voice=call.engine.voice.name)


# A code -------------------------------------------------------------------------------------------


async def _begin(call: Call) -> Turned:
    """A new code; what waits for an answer is asked once more instead."""
    engine, now = call.engine, call.engine.clock()
    waiting = await call.look(lambda scope: _pending(scope, engine, "", now))
    if waiting is not None:
        return await _private(engine, call.person, call.row, _question(waiting))
    code = link_codes.new()
    digest = await asyncio.to_thread(link_codes.digest, code)
    maker = _side(call)

    def work(scope: PersonScope) -> Row | None:
        link_offers.make(scope.connection, scope.person, maker, digest, now + CODE_LIVES)
        return last_link(scope)

    linked = await call.change(work)
    shown = link_codes.shown(code)
    text = (
        f"Your code is **{shown}**. Send me `/coach link {shown}` within 15 minutes on the other "
        "platform, as the account that is yours too.\n\nIt is good for one use. Keep it to "
        "yourself: nothing is linked before you have said yes on both sides."
    )
    if linked is not None:
        text += "\n\n`/coach link undo` parts the accounts you linked last."
    return await _private(engine, call.person, call.row, text)


async def _enter(call: Call, typed: str) -> Turned:
    engine, now = call.engine, call.engine.clock()
    code = link_codes.read(typed)
    digest = await asyncio.to_thread(link_codes.digest, code) if code is not None else None
    taker = _side(call)

    def work(scope: PersonScope) -> _Asked | str:
        count, first = link_offers.note_try(scope.connection, scope.person, now)
        if count > TRIES:
            minutes = max(1, round((first + link_offers.HOUR - now).total_seconds() / 60))
            return (
                "That were too many codes in an hour. Try again in "
                f"{minutes} minute{'s' * (minutes != 1)}."
            )
        offer = link_offers.by_code(scope.connection, digest, now) if digest else None
        if offer is None:
            return _WRONG
        if offer["person_id"] == scope.person:
            return _OWN
        until = now + ANSWER_LIVES
        link_offers.take(scope.connection, offer["id"], scope.person, taker, until)
        return _pending(scope, engine, offer["id"], now) or _WRONG

    found = await call.change(work)
    if isinstance(found, str):
        return _refused(call, found)
    return await _private(engine, call.person, call.row, _question(found))


def _side(call: Call) -> dict[str, Any]:
    """By which account somebody takes part, and where they are to be told."""
    sender = call.event.sender
    account = [sender.platform, sender.tenant, sender.external_id]
    return {"sender": account, "place": call.event.conversation}


def _pending(
    scope: PersonScope, engine: Engine, key: str, now: datetime, *, as_maker: bool | None = None
) -> _Asked | None:
    """What waits for the person's answer: the offer of this id, or the last one."""
    waiting = link_offers.waiting_for(scope.connection, scope.person, now)
    fits = [one for one in waiting if not key or one["id"] == key]
    offer = fits[-1] if fits else None
    if offer is None or (as_maker and offer["person_id"] != scope.person):
        return None
    maker = offer["person_id"] == scope.person
    other = PersonScope(scope.connection, offer["taker_id"] if maker else offer["person_id"])
    sides = (offer["maker"], offer["taker"])
    mine, theirs = sides if maker else sides[::-1]
    return _Asked(
        offer["id"],
        maker,
        holdings_of(scope, engine.catalogue),
        holdings_of(other, engine.catalogue),
        Sender(*mine["sender"]),
        Sender(*theirs["sender"]),
    )


# An answer ----------------------------------------------------------------------------------------


async def _answer(call: Call, key: str, *, yes: bool) -> Turned:
    engine, now = call.engine, call.engine.clock()
    person = call.person
    if not key:
        waiting = await call.look(
            lambda scope: link_offers.waiting_for(scope.connection, person, now)
        )
        if len(waiting) > 1:
            # A bare yes could mean another account than the one that is thought of.
            return await _begin(call)

    def work(scope: PersonScope) -> _Said | None:
        nonlocal person
        waiting = _pending(scope, engine, key, now)
        offer = link_offers.by_id(scope.connection, waiting.key, now) if waiting else None
        if waiting is None or offer is None:
            return None
        other = named(waiting.other)
        if not yes:
            link_offers.drop(scope.connection, offer["id"])
            if waiting.as_maker:
                _tell(scope.connection, call, offer["taker"], "declined", offer)
            return _Said("Good, nothing is linked.")
        if not waiting.as_maker:
            link_offers.ask(scope.connection, offer["id"], now + ANSWER_LIVES)
            _tell(scope.connection, call, offer["maker"], "asked", offer)
            return _Said(
                f"Thank you. I have asked {_inside(other)}: say yes there within an hour. Should "
                "the question not show there, type `/coach link` there."
            )
        person = _link(call, scope.connection, offer, now)
        _tell(scope.connection, call, offer["taker"], "done", offer)
        return _done(other)

    said = await call.change(work)
    if said is None:
        return _refused(call, _GONE)
    return await _private(engine, person, call.row, said)


def _tell(connection: Connection, call: Call, side: dict[str, Any], about: Any, offer: Row) -> None:
    """Have the other account told, in its own lane.

    Raises:
        LaneBusyError: its mailbox is locked: whoever has it may want ours.
    """
    account, now = tuple(side["sender"]), database_now(connection)
    me = me_of(connection, *account)
    if me is None:
        return
    lane = str(me["lane"])
    if not inbox.take_idle(connection, [lane], call.standing.lane, now):
        raise LaneBusyError
    mine = call.event.sender
    event = Linking(side["place"], "", Sender(*account), about, offer["id"], mine, now)
    key = f"linking:{offer['id']}:{about}:{lane}"
    arrival = Arrival(key, account, None, side["place"], "linking", as_json(event), now)
    inbox.schedule(connection, lane, arrival, now)
    notify(connection)


def _link(call: Call, connection: Connection, offer: Row, now: datetime) -> str:
    """Make one person of both; returns who that is."""
    both, sides = (offer["person_id"], offer["taker_id"]), (offer["maker"], offer["taker"])
    merged = linking.merge(connection, *both, call.standing.lane, now, sides)
    place = call.event.conversation
    reminding.put_right({PersonScope(connection, merged.person): place}, now, ())
    return merged.person


# Two again ----------------------------------------------------------------------------------------


async def _undo(call: Call) -> Turned:
    engine, now = call.engine, call.engine.clock()

    def work(scope: PersonScope) -> tuple[str, Sender | None] | None:
        found = last_link(scope)
        if found is None:
            return None
        sides = found["kept"]["sides"]
        waiting = reminding.waiting(scope)
        off = not scope.me()["reminders"]
        parted = linking.part(scope.connection, found, call.standing.lane)
        places = {
            me["id"]: side["place"]
            for side in sides
            if (me := me_of(scope.connection, *side["sender"])) is not None
        }
        scopes = {
            PersonScope(scope.connection, one): places.get(one, call.event.conversation)
            for one in (parted.person, parted.other)
        }
        reminding.put_right(scopes, now, None if off else waiting)
        me = me_of(scope.connection, *_side(call)["sender"])
        assert me is not None
        others = [one for one in sides if _of_another(scope.connection, one, me["id"])]
        for one in others:
            _tell(scope.connection, call, one, "undone", found)
        return me["id"], Sender(*others[0]["sender"]) if others else None

    done = await call.change(work)
    if done is None:
        return _refused(call, _NOT_LINKED)
    person, other = done
    text = "Done: the accounts you linked are two people again, each with what it brought along."
    if other is not None:
        name = named(other)
        text = (
            f"Done: this account and {_inside(name)} are two people again. Each has "
            "what it brought along, and what was added there since."
        )
    return await _private(engine, person, call.row, text)


def _of_another(connection: Connection, side: dict[str, Any], person: str) -> bool:
    me = me_of(connection, *side["sender"])
    return me is not None and me["id"] != person
