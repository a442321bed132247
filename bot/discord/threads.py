"""Session threads: started, switched, taken up.

A thread is made, its first message says who coaches and who can read along, and only then is the
event accepted that opens the session; its id makes the conversation.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import discord

from bot.discord import limits
from bot.discord.components import Payload, cut
from bot.discord.desk import Desk
from bot.discord.markdown import small
from bot.discord.permissions import may_write_in_threads
from bot.discord.places import PLATFORM, Place, call_key, place_of, time_of
from bot.discord.rest import is_closed
from bot.engine.sessions import state_of
from bot.inbound import Command, Opened, Sender
from bot.platforms import wording
from personas.models import Coach, Slot
from storage.queries import PersonScope, Row

_log = logging.getLogger(__name__)
_WEEK_MINUTES = 10_080
_PUBLIC, _PRIVATE = 11, 12
Kind = Literal["private", "public", "direct"]


class PrivateRefusedError(Exception):
    """Private threads can't be opened here; another way has to be asked for."""


class NoPlaceError(Exception):
    """There is no place in which the two could talk."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a session is to be started with.

    Attributes:
        id: of the interaction or message that starts it.
        place: where the person is.
        kind: what the place of the session is to be.
        text: what the person said already.
        before: the coach who hands over.
        app_may: the permissions of the app where the person is, as far as they are told.
    """

    id: str
    place: Place
    user: str
    coach: Coach
    kind: Kind
    locale: str | None = None
    text: str = ""
    before: Coach | None = None
    app_may: int = -1


def kind_for(desk: Desk, place: Place, *, installed: bool = True) -> Kind:
    """Where a session is to be that is started here."""
    return "private" if installed and desk.may_start_in(place) else "direct"


async def start(desk: Desk, what: Start) -> Place | None:
    """Open a thread and the session in it, or take up the one with this coach.

    Returns:
        Where it is; None when this very start was done before.

    Raises:
        PrivateRefusedError: a private thread can't be opened here.
        NoPlaceError: direct messages are closed, or a thread can't be written in.
        StorageError: the session can't be started; the thread is taken away again.
    """
    key = f"{call_key(what.id)}:start"
    if await desk.was_done(key):
        return None
    place = await _made(desk, what)
    sender = await desk.sender(place, what.user, what.locale)
    person = await desk.person(sender)
    old = _open_with(await desk.sessions(person), what.coach.key)
    try:
        if not place.direct:
            await desk.say(place, first_lines(what), nonce=f"root{what.id}"[: limits.NONCE])
            await desk.keep_thread(place, person, what.coach.key)
        elif what.before is None:
            await desk.say(place, first_lines(what), nonce=f"root{what.id}"[: limits.NONCE])
        opened = Opened(
            place.conversation, what.id, sender, time_of(what.id), what.coach.key, text=what.text
        )
        new = await desk.accept(key, opened)
    except discord.HTTPException as error:
        await _take_away(desk, place)
        if is_closed(error):
            raise NoPlaceError from error
        raise
    except BaseException:
        await _take_away(desk, place)
        raise
    if not new:
        await _take_away(desk, place)
        return None
    leaving = _thread_of(old)
    if leaving is not None and leaving != place:
        desk.later(point(desk, leaving, what.coach, place))
    return place


async def _made(desk: Desk, what: Start) -> Place:
    try:
        if what.kind == "direct":
            return await desk.direct(what.user)
        if not may_write_in_threads(what.app_may):
            raise NoPlaceError
        body: Payload = {
            "name": thread_name(what.coach, what.text),
            "type": _PRIVATE if what.kind == "private" else _PUBLIC,
            "auto_archive_duration": _WEEK_MINUTES,
        }
        if what.kind == "private":
            body["invitable"] = False
        told = await desk.rest.call(
            "POST", "/channels/{channel_id}/threads", body, channel_id=what.place.parent
        )
    except discord.HTTPException as error:
        if what.kind == "direct":
            raise NoPlaceError from error
        if error.status not in {400, 403, 404}:
            raise
        _log.info("no thread in channel %s: %s", what.place.parent, error.code)
        if what.kind == "public":
            raise NoPlaceError from error
        raise PrivateRefusedError from error
    kind = int(told.get("type") or body["type"])
    place = desk.learn(what.place.tenant, str(told["id"]), kind, what.place.parent).place
    path = "/channels/{channel_id}/thread-members/{user}"
    await desk.rest.call("PUT", path, channel_id=place.channel, user=what.user)
    return place


async def switch(desk: Desk, what: Start) -> Place | None:
    """Go on with another coach in a new thread, and point to it from the old one."""
    place = await start(desk, what)
    if place is not None and place != what.place and what.place.threaded:
        desk.later(point(desk, what.place, what.coach, place))
    return place


async def resume(
    desk: Desk, what: Start, sender: Sender, session: Row, place: Place
) -> Place | None:
    """Take a session up again where it is; where that place is closed, in a new thread."""
    here = _thread_of(session)
    if here is None or (here.direct and not place.direct):
        return await start(desk, what)
    if not here.direct:
        try:
            where = "/channels/{channel_id}"
            told: Payload = await desk.rest.call("GET", where, channel_id=here.channel)
            state: Payload = told.get("thread_metadata") or {}
            if state.get("locked"):
                return await start(desk, what)
            if state.get("archived"):
                await desk.rest.call("PATCH", where, {"archived": False}, channel_id=here.channel)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            return await start(desk, what)
    command = Command(
        here.conversation, what.id, sender, "continue", session["id"], time_of(what.id)
    )
    await desk.accept(call_key(what.id), command)
    return here


async def point(desk: Desk, old: Place, coach: Coach, new: Place) -> None:
    """Say in the thread that a session leaves where it goes on."""
    text = wording.POINTER.format(coach=wording.title(coach), link=new.url)
    await desk.say(old, small(text))


async def _take_away(desk: Desk, place: Place) -> None:
    if not place.threaded:
        return
    try:
        await desk.rest.call("DELETE", "/channels/{channel_id}", channel_id=place.channel)
    except discord.HTTPException as error:
        _log.info("a thread without a session stays: %s", error.code)


def _thread_of(session: Row | None) -> Place | None:
    """The place of a session; None where it is none of Discord's."""
    if session is None or not str(session["conversation"]).startswith(f"{PLATFORM}:"):
        return None
    return place_of(session["conversation"])


def _open_with(sessions: list[Row], coach: str) -> Row | None:
    open_ones = (row for row in sessions if row["status"] != "ended" and row["coach"] == coach)
    return next(open_ones, None)


def thread_name(coach: Coach, goal: str) -> str:
    """The name of a thread: who coaches, and what it is about once that is known."""
    name = f"{coach.emoji} {coach.first_name}"
    return cut(f"{name}: {goal}" if goal else f"{name}: {coach.title}", limits.THREAD_NAME)


async def name_by_goal(desk: Desk, place: Place, session: str, person: str) -> bool:
    """Have a thread's name carry what the session is about, as soon as that was said.

    Once only: Discord lets a name be changed twice in ten minutes, and people may choose another.

    Returns:
        Whether it does; False when nothing was said yet.
    """

    def goal_of(scope: PersonScope) -> tuple[str, str] | None:
        row = next(iter(scope.rows("persona_sessions", id=session)), None)
        if row is None:
            return None
        goal = state_of(row).evidence(Slot.GOAL)
        return (row["coach"], goal.quote) if goal is not None else None

    found = await desk.engine.look(person, goal_of)
    coach = desk.coach(found[0]) if found is not None else None
    if found is None or coach is None:
        return False
    if await desk.once("named", place.channel):
        body: Payload = {"name": thread_name(coach, found[1])}
        await desk.rest.call("PATCH", "/channels/{channel_id}", body, channel_id=place.channel)
    return True


def first_lines(what: Start) -> str:
    """The first message of a thread: who can read it, who coaches, how to talk."""
    owner = f"<@{what.user}>"
    reads = {
        "private": wording.WHO_READS_PRIVATE,
        "public": wording.WHO_READS_CHANNEL,
        "direct": wording.WHO_READS_DIRECT,
    }[what.kind].format(owner=owner)
    lines = [
        small(reads),
        f"**{wording.session_with(what.coach)}**, {what.coach.title}",
        what.coach.tagline,
    ]
    if what.before is not None:
        lines.append(f"> {wording.HANDED_OVER.format(before=wording.title(what.before))}")
    return "\n".join([*lines, small(wording.HOW)])
