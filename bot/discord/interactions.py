"""Interactions: each is answered within three seconds, and what changes a session is kept first."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.commands import BY_NAME, parse
from bot.discord import kept, menus, render, sharing, suggesting, threads
from bot.discord.calls import (
    CLICK,
    COMMAND,
    DEFER,
    DEFER_EDIT,
    EPHEMERAL,
    MODAL,
    SAY,
    SUGGEST,
    SUMMARY,
    VALUES,
    WINDOW,
    Call,
    whisper,
)
from bot.discord.components import Handle, Payload, handle_of, written
from bot.discord.desk import Desk
from bot.discord.places import Place, call_key
from bot.discord.render import pointer
from bot.discord.table import MESSAGE_COMMAND, Called, called
from bot.discord.threads import NoPlaceError, PrivateRefusedError, Start
from bot.engine import menu
from bot.inbound import Choice, Command, Feedback, Sender
from bot.platforms import wording
from storage.queries import Row

_log = logging.getLogger(__name__)
_OPEN = "Open it"
# What comes of it later comes by no interaction: where nobody else sees it.
LINK = "link"
_LATER = frozenset({"goal", "checkin", "reminders"})


@dataclass(frozen=True, slots=True)
class _Here:
    """Who calls, and whose place it is.

    Attributes:
        mine: the place is free for them: their thread, or nobody's.
    """

    call: Call
    sender: Sender
    person: str | None
    row: Row | None

    @property
    def mine(self) -> bool:
        return self.row is None or self.row["person_id"] == self.person

    @property
    def session(self) -> bool:
        return self.mine and self.row is not None and self.row["session"] is not None

    @property
    def coach(self) -> str | None:
        return self.row["coach"] if self.row is not None and self.mine else None


class Interactions:
    """Takes commands, clicks, windows and half-typed words."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clicks: dict[str, Callable[[_Here, Handle], Awaitable[None]]] = {
            render.PICK: self._picked,
            render.PICK_ONE: self._picked,
            render.UP: self._thumb,
            render.DOWN: self._thumb,
            render.AGAIN: self._again,
            render.MORE: self._more,
            render.STOP: self._stop,
            render.COACHES: self._coaches,
            menus.LINK: self._coaches,
            menus.START: self._started,
            menus.PUBLIC: self._started_as,
            menus.DIRECTLY: self._started_as,
            menus.ASK: self._ask,
            menus.DO: self._do,
            render.SHARE: self._share,
            sharing.SHARE_NOW: self._share_now,
        }

    async def take(self, call: Call) -> None:
        """Take an interaction.

        Raises:
            StorageError: it is not kept, and not answered: the person sees that it failed.
        """
        desk = self._desk
        if call.kind == SUGGEST:
            await self._respond(call, VALUES, {"choices": await suggesting.suggested(desk, call)})
            return
        if not desk.lets_in(call.user):
            await self._say(call, whisper(wording.NOT_FOR_YOU))
            return
        sender, person = await desk.known_as(call.place, call.user, call.locale)
        row = await desk.thread(call.place)
        here = _Here(call, sender, person, row)
        if call.kind == COMMAND:
            await self._called(here)
        elif call.kind == CLICK:
            handle = handle_of(call.custom_id)
            if handle is not None and handle.what in self._clicks:
                await self._clicks[handle.what](here, handle)
        elif call.kind == WINDOW:
            handle = handle_of(call.custom_id)
            if handle is not None and handle.what == menus.ASKED:
                text = written(call.data.get("components"))
                await self._privately(here, Called("recommend", text))

    # Commands -------------------------------------------------------------------------------------

    async def _called(self, here: _Here) -> None:
        call = here.call
        if call.data.get("name") == MESSAGE_COMMAND:
            await self._coach_on_this(here)
            return
        found = called(call.data)
        if found is not None:
            await self._run(here, found)

    async def _coach_on_this(self, here: _Here) -> None:
        call = here.call
        resolved: Mapping[str, Any] = call.data.get("resolved") or {}
        messages: Mapping[str, Any] = resolved.get("messages") or {}
        told: Mapping[str, Any] = messages.get(str(call.data.get("target_id"))) or {}
        text = str(told.get("content") or "").strip()
        if not text:
            await self._say(call, whisper(wording.NOTHING_TO_READ))
            return
        await self._privately(here, Called("recommend", text))

    async def _run(self, here: _Here, asked: Called) -> None:
        desk, call = self._desk, here.call
        if asked.name == "help":
            await self._say(call, menus.help_message())
        elif asked.name == "pick" and not asked.argument:
            await self._coaches(here, Handle(menus.LINK))
        elif asked.name in {"pick", "switch"} and (
            key := menu.resolve(desk.catalogue, asked.argument) if asked.argument else None
        ):
            await self._begin(here, key)
        elif asked.name == "switch" and not asked.argument:
            await self._coaches(here, Handle(menus.LINK))
        elif asked.name == "continue":
            await self._continue(here, asked)
        elif BY_NAME[asked.name].in_session and here.session:
            await self._in_session(here, asked)
        else:
            await self._privately(here, asked)

    async def _privately(self, here: _Here, asked: Called) -> None:
        """A command whose answer only the person sees: it goes by the interaction."""
        call = here.call
        # In somebody else's thread the person asks for themselves, not in that conversation.
        place = call.place if here.mine else replace(call.place, channel=call.place.parent)
        sender = here.sender
        if asked.name == LINK or (asked.name in _LATER and (call.public or not here.session)):
            try:
                place = await self._desk.direct(call.user)
            except (discord.HTTPException, discord.RateLimited):
                if asked.name == LINK:
                    await self._say(call, whisper(wording.NO_DIRECT))
                    return
            sender = await self._desk.sender(place, call.user, call.locale)
        ticket = replace(call.ticket, about=asked.name if asked.name == SUMMARY else "")
        event = Command(
            place.conversation, str(ticket), sender, asked.name, asked.argument, call.at
        )
        await self._desk.accept(call_key(call.id), event)
        await self._respond(call, DEFER, {"flags": EPHEMERAL})

    async def _in_session(self, here: _Here, asked: Called) -> None:
        """A command that is answered in the session itself, by the coach."""
        call = here.call
        event = Command(
            call.place.conversation, call.id, here.sender, asked.name, asked.argument, call.at
        )
        await self._desk.accept(call_key(call.id), event)
        if call.kind == CLICK and not call.ephemeral:
            await self._respond(call, DEFER_EDIT)
            return
        await self._respond(
            call, DEFER if call.kind == COMMAND else DEFER_EDIT, {"flags": EPHEMERAL}
        )
        self._desk.later(self._desk.rest.drop_original(call.app, call.token))

    async def _continue(self, here: _Here, asked: Called) -> None:
        desk, call = self._desk, here.call
        rows, wanted = await desk.sessions(here.person), asked.argument
        key = menu.resolve(desk.catalogue, wanted) if wanted else None
        session = next(
            (one for one in rows if not wanted or wanted == one["id"] or key == one["coach"]), None
        )
        coach = desk.coach(session["coach"]) if session is not None else None
        if session is None or coach is None:
            await self._privately(here, asked)
            return
        await self._respond(call, DEFER, {"flags": EPHEMERAL})
        what = self._start_of(here, coach.key)
        await self._opened(here, what, threads.resume(desk, what, here.sender, session, call.place))

    # Beginning ------------------------------------------------------------------------------------

    def _start_of(self, here: _Here, key: str, kind: threads.Kind | None = None) -> Start:
        desk, call = self._desk, here.call
        kind = kind or self._kind(call)
        before = desk.coach(here.coach) if here.session and here.coach != key else None
        coach = desk.catalogue.coach(key)
        return Start(
            call.id,
            call.place,
            call.user,
            coach,
            kind,
            call.locale,
            before=before,
            app_may=call.app_may,
        )

    def _kind(self, call: Call) -> threads.Kind:
        return threads.kind_for(self._desk, call.place, installed=call.installed)

    async def _begin(self, here: _Here, key: str, kind: threads.Kind | None = None) -> None:
        await self._respond(here.call, DEFER, {"flags": EPHEMERAL})
        what = self._start_of(here, key, kind)
        await self._opened(here, what, threads.switch(self._desk, what))

    async def _opened(self, here: _Here, what: Start, opening: Awaitable[Place | None]) -> None:
        """Answer with the way to the session, or with what is in its way."""
        desk, call, coach = self._desk, here.call, what.coach
        try:
            place = await opening
        except PrivateRefusedError:
            answer = menus.where_to(coach)
        except NoPlaceError:
            answer = menus.no_place(coach, what.app_may, what.kind)
        except (discord.HTTPException, discord.RateLimited) as error:
            _log.warning("a session could not be opened: %s", error)
            answer = whisper(wording.TRY_AGAIN)
        else:
            if place is None:
                return
            text = wording.STARTED.format(coach=wording.title(coach), link=place.url)
            answer = pointer(text, _OPEN, place.url)
        answer.pop("flags", None)
        await desk.rest.original(call.app, call.token, answer)
        await kept.show(desk, call.ticket, call.user)

    # Clicks ---------------------------------------------------------------------------------------

    async def _started(self, here: _Here, handle: Handle) -> None:
        value = here.call.value
        if value.startswith("continue "):
            await self._continue(here, Called("continue", value.removeprefix("continue ")))
        elif self._desk.coach(value) is not None:
            await self._begin(here, value)

    async def _started_as(self, here: _Here, handle: Handle) -> None:
        kind: threads.Kind = "public" if handle.what == menus.PUBLIC else "direct"
        if kind == "public" and not self._desk.may_start_in(here.call.place):
            await self._say(here.call, whisper(wording.NOT_HERE))
        elif self._desk.coach(handle.rest) is not None:
            await self._begin(here, handle.rest, kind)

    async def _picked(self, here: _Here, handle: Handle) -> None:
        desk, call = self._desk, here.call
        choice = call.value or handle.rest
        if not here.mine and not call.ephemeral:
            await self._not_yours(here)
            return
        if call.place.direct and not call.ephemeral:
            await self._choose_last(here, handle, choice)
            return
        command = parse(choice) if choice.startswith("/") else None
        if command is not None and command.name:
            await self._run(here, Called(command.name, command.argument))
            return
        if desk.coach(choice) is not None and not (here.session and not call.ephemeral):
            await self._begin(here, choice)
            return
        await self._choose_last(here, handle, choice)

    async def _choose_last(self, here: _Here, handle: Handle, choice: str) -> None:
        """Pick one of what the last reply offers; what others offered is no longer open."""
        call = here.call
        last = await self._desk.last_key(call.place.conversation)
        # A whole command says by itself what it is about.
        if last is not None and handle.key != last and parse(choice) is None:
            await self._say(call, whisper(wording.STALE))
            return
        # What one person alone was shown is answered to them alone.
        alone = call.ephemeral
        answers = str(call.ticket) if alone else call.id
        event = Choice(call.place.conversation, answers, here.sender, choice, call.at)
        await self._desk.accept(call_key(call.id), event)
        if alone:
            await self._respond(call, DEFER, {"flags": EPHEMERAL})
        else:
            await self._respond(call, DEFER_EDIT)

    async def _thumb(self, here: _Here, handle: Handle) -> None:
        call = here.call
        if not here.mine:
            await self._not_yours(here)
            return
        value = 1 if handle.what == render.UP else -1
        event = Feedback(call.place.conversation, handle.rest, here.sender, value, call.at)
        await self._desk.accept(call_key(call.id), event)
        await self._say(call, whisper(wording.THANKS))

    async def _again(self, here: _Here, handle: Handle) -> None:
        desk, call = self._desk, here.call
        if not here.mine:
            await self._not_yours(here)
            return
        last = await desk.last_key(call.place.conversation)
        if last is not None and handle.key != last:
            await self._say(call, whisper(wording.STALE_AGAIN))
            return
        await self._run(here, Called("again", ""))

    async def _more(self, here: _Here, handle: Handle) -> None:
        if here.mine:
            await self._say(here.call, menus.more(here.session))
        else:
            await self._not_yours(here)

    async def _do(self, here: _Here, handle: Handle) -> None:
        if here.call.value in BY_NAME:
            await self._run(here, Called(here.call.value, ""))

    async def _stop(self, here: _Here, handle: Handle) -> None:
        if not here.mine:
            await self._not_yours(here)
            return
        await self._desk.stop(here.call.place, key=handle.key)
        await self._respond(here.call, DEFER_EDIT)

    async def _share(self, here: _Here, handle: Handle) -> None:
        where = sharing.target(here.call, own=here.mine and here.row is not None)
        await self._say(here.call, sharing.look(here.call, where))

    async def _share_now(self, here: _Here, handle: Handle) -> None:
        call = here.call
        where = sharing.target(call, own=here.mine and here.row is not None)
        await self._respond(call, DEFER_EDIT)
        told = await sharing.share(self._desk, call, where)
        await self._desk.rest.original(call.app, call.token, told)

    async def _coaches(self, here: _Here, handle: Handle) -> None:
        desk = self._desk
        rows = [row for row in await desk.sessions(here.person) if row["status"] == "open"]
        resume = suggesting.labelled(desk, rows[:5])
        await self._say(here.call, menus.coaches(desk.catalogue, resume, self._kind(here.call)))

    async def _ask(self, here: _Here, handle: Handle) -> None:
        await self._respond(here.call, MODAL, menus.window())

    async def _not_yours(self, here: _Here) -> None:
        owner = await self._desk.owner(here.row) if here.row is not None else None
        text = wording.BUTTONS_NOT_YOURS.format(owner=f"<@{owner}>" if owner else "somebody")
        await self._say(here.call, whisper(text))

    # Answers --------------------------------------------------------------------------------------

    async def _say(self, call: Call, data: Payload) -> None:
        await self._respond(call, SAY, data)

    async def _respond(self, call: Call, kind: int, data: Payload | None = None) -> None:
        try:
            await self._desk.rest.respond(call.id, call.token, kind, data)
        except discord.HTTPException as error:
            # Too late, or the person is gone: what was accepted is worked on all the same.
            _log.info("an interaction could not be answered: %s", error.code)
            return
        if kind in {SAY, DEFER_EDIT}:
            self._desk.later(kept.show(self._desk, call.ticket, call.user))
