"""Session threads: started, switched, gone on with, taken up.

A thread begins with a message of the app that says who coaches and who can read along; its ``ts``
makes the conversation, and only then is the event accepted that opens the session.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_sdk.errors import SlackApiError

from bot.inbound import Command, Opened
from bot.inbox.contract import DeliveryError
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import unfinished
from bot.slack.blocks import Block
from bot.slack.desk import Desk, Visit
from bot.slack.history import find_note, note_metadata
from bot.slack.markdown import escape
from bot.slack.places import PLATFORM, Place, event_key, place_of, time_of
from bot.slack.web import code_of, verdict
from personas.models import Coach
from storage.queries import Row

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """What a session is to be started with.

    Attributes:
        text: what the person said already.
        channel: where its thread is to be; None for direct messages.
        before: the coach who hands over.
        about: a line on what it is about, in ``mrkdwn``: the message it began with.
    """

    coach: Coach
    text: str = ""
    channel: str | None = None
    before: Coach | None = None
    about: str = ""


async def start(desk: Desk, visit: Visit, what: Start) -> str | None:
    """Open a thread and start the session there, or take up the one with this coach.

    Returns:
        An address that leads to the thread; None when Slack gives none, or when this very start was
        done before.

    Raises:
        SlackApiError: the thread can't be opened.
        StorageError: the session can't be started; the thread is taken away again.
    """
    key = event_key(visit.workspace.tenant, "start", visit.id)
    again = not await desk.once("root", key)
    if again and await desk.was_done(key):
        return None
    person, sender = await desk.person(visit)
    channel = what.channel or await desk.people.direct(visit.workspace, visit.user)
    old = _open_with(await desk.sessions(person), what.coach.key)
    root = Place(visit.workspace.tenant, channel)
    await unfinished.note(desk, root, person, what.coach.key, key)
    ts, fresh = await _root(desk, visit, what, root, key, again=again)
    place = Place(root.tenant, channel, ts)
    opened = Opened(
        place.conversation, ts, sender, time_of(ts), coach=what.coach.key, text=what.text
    )
    try:
        await desk.keep_thread(place, person, what.coach.key)
        new = await desk.accept(key, opened)
    except BaseException:
        if fresh:
            await _take_away(desk, visit, place)
            desk.later(unfinished.forget(desk, root, key))
        raise
    desk.later(unfinished.forget(desk, root, key))
    if not new:
        # Another try was first, perhaps with this very root.
        if fresh and await desk.came_to(key) != place.conversation:
            await _take_away(desk, visit, place)
        return None
    link = await desk.link(place)
    if old is not None and link is not None:
        desk.later(_point(desk, visit, old, what.coach, link))
    return link


async def _root(
    desk: Desk, visit: Visit, what: Start, root: Place, key: str, *, again: bool
) -> tuple[str, bool]:
    """Post the root of a thread, once; returns its ``ts``, and whether it was posted just now.

    Slack has no argument that makes a repeat harmless, so a repeat looks first, by the mark the
    root carries; and where the answer to the posting was lost, it is looked for at once, for a
    command or a click does not come again.

    Args:
        key: of the event that starts it.
        again: an earlier try may have posted it.
    """
    mark = note_metadata("root", unfinished.root_key(key), text=what.text)
    if again and (found := await _posted(visit, root, key)) is not None:
        return found, False
    try:
        shown = root_blocks(what, root, visit.user)
        return await desk.say(visit.workspace, root, _headline(what), shown, what.coach, mark), True
    except Exception as error:
        if isinstance(error, SlackApiError) and verdict(error) is not None:
            desk.later(unfinished.forget(desk, root, key))
            raise
        _log.info("a root may or may not be there: %s", type(error).__name__)
        found = await _posted(visit, root, key)
        if found is None:
            raise
        return found, True


async def _posted(visit: Visit, root: Place, key: str) -> str | None:
    """The root that an earlier try posted; None also where that can't be found out."""
    try:
        found = await find_note(visit.workspace, root, unfinished.root_key(key))
        return found.ts if found is not None else None
    except DeliveryError as error:
        _log.warning("a root can't be looked for: %s", error)
        return None


async def switch(desk: Desk, visit: Visit, key: str, before: str | None) -> str | None:
    """Go on with another coach, in a new thread beside the one the person is in.

    Args:
        before: key of the coach of the thread.

    Returns:
        An address that leads to the new thread.
    """
    coach = desk.catalogue.coach(key)
    leaving = desk.coach(before) if before != key else None
    link = await start(desk, visit, Start(coach, channel=visit.channel or None, before=leaving))
    if link is not None and visit.thread:
        text = wording.POINTER.format(coach=wording.title(coach), link=f"<{link}|new thread>")
        desk.later(desk.say(visit.workspace, visit.place, text, [kit.context(text)], coach))
    return link


async def resume(desk: Desk, visit: Visit, session: Row) -> str | None:
    """Take a session up again where it is, or in a new thread where it is elsewhere.

    Returns:
        An address that leads to it.
    """
    _, sender = await desk.person(visit)
    place = thread_of(session, visit.workspace.tenant)
    if place is None:
        coach = desk.catalogue.coach(session["coach"])
        return await start(desk, visit, Start(coach))
    command = Command(
        place.conversation, visit.id, sender, "continue", session["id"], datetime.now(UTC)
    )
    await desk.accept(event_key(place.tenant, "resume", visit.id), command)
    return await desk.link(place)


async def go_on(desk: Desk, visit: Visit, key: str, session: Row) -> None:
    """Move an open session into the thread of a message that was just written; links back.

    Args:
        visit: its thread is the new one.
        key: of the message's event.
    """
    person, sender = await desk.person(visit)
    old, coach = thread_of(session, visit.workspace.tenant), desk.catalogue.coach(session["coach"])
    opened = Opened(
        visit.place.conversation,
        visit.thread,
        sender,
        time_of(visit.thread),
        coach=coach.key,
        quiet=True,
    )
    await desk.keep_thread(visit.place, person, coach.key)
    if await desk.accept(f"{key}:open", opened) and old is not None and old != visit.place:
        desk.later(_link_back(desk, visit, old, coach))


async def _link_back(desk: Desk, visit: Visit, old: Place, coach: Coach) -> None:
    link = await desk.link(old)
    if link is not None:
        earlier = f"<{link}|the earlier thread>"
        text = wording.WENT_ON.format(coach=wording.title(coach), link=earlier)
        await desk.say(visit.workspace, visit.place, text, [kit.context(text)], coach)


async def _point(desk: Desk, visit: Visit, session: Row, coach: Coach, link: str) -> None:
    """Say in the thread a session leaves where it goes on."""
    old = thread_of(session, visit.workspace.tenant)
    if old is None:
        return
    text = wording.POINTER.format(coach=wording.title(coach), link=f"<{link}|new thread>")
    try:
        await desk.say(visit.workspace, old, text, [kit.context(text)], coach)
    except SlackApiError as error:
        _log.info("an old thread is closed: %s", code_of(error))


async def _take_away(desk: Desk, visit: Visit, place: Place) -> None:
    try:
        await visit.workspace.web.call("chat.delete", channel=place.channel, ts=place.thread)
    except SlackApiError as error:
        _log.info("a thread without a session stays: %s", code_of(error))


def thread_of(session: Row, tenant: str) -> Place | None:
    """The thread of a session; None where it is not one of this workspace."""
    if not str(session["conversation"]).startswith(f"{PLATFORM}:{tenant}:"):
        return None
    place = place_of(session["conversation"])
    return place if place.thread else None


def last_open(sessions: list[Row]) -> Row | None:
    """The last session, if it is open."""
    rows = [row for row in sessions if row["status"] == "open"]
    return rows[0] if rows else None


def _open_with(sessions: list[Row], coach: str) -> Row | None:
    open_ones = (row for row in sessions if row["status"] != "ended" and row["coach"] == coach)
    return next(open_ones, None)


def _headline(what: Start) -> str:
    return wording.session_with(what.coach)


def root_blocks(what: Start, place: Place, owner: str) -> list[Block]:
    """The first message of a thread: who coaches, who can read along, how to talk."""
    coach = what.coach
    reads = (
        wording.WHO_READS_DIRECT
        if place.direct
        else wording.WHO_READS_CHANNEL.format(owner=f"<@{owner}>")
    )
    shown = [
        kit.section(
            f"*{escape(wording.session_with(coach))}*, {escape(coach.title)}\n"
            f"{escape(coach.tagline)}"
        )
    ]
    if what.before is not None:
        handed = wording.HANDED_OVER.format(before=wording.title(what.before))
        shown.append(kit.section(escape(handed)))
    if what.about:
        shown.append(kit.context(what.about))
    return [*shown, kit.context(reads), kit.context(wording.HOW)]
