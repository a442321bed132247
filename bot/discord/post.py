"""The adapter: shows replies in Discord, each once, whatever is repeated."""

from __future__ import annotations

import contextlib
import logging
import string
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import discord

from bot.discord import limits
from bot.discord.answers import ORIGINAL, Answers
from bot.discord.calls import NO_PREVIEWS, Ticket, ticket_of
from bot.discord.components import Handle, button, rows
from bot.discord.faces import Faces, Hook
from bot.discord.history import Found, Shown, look
from bot.discord.live import Live
from bot.discord.markdown import small
from bot.discord.places import PLATFORM, Place, direct_place, place_of, url_of
from bot.discord.render import COACHES, Part, growing, render, stopped
from bot.discord.rest import (
    ARCHIVED,
    INVALID,
    UNKNOWN_WEBHOOK,
    Rest,
    is_closed,
    verdict,
)
from bot.inbox.contract import (
    Begun,
    CannotLookError,
    Capabilities,
    DeliveryError,
    Post,
    UndeliverableError,
)
from bot.platforms import wording
from bot.platforms.links import linked
from personas.catalogue import Catalogue
from personas.models import Coach
from storage.database import Database

_log = logging.getLogger(__name__)
_KEPT = 2000
_DIGITS = string.digits + string.ascii_letters


@dataclass(slots=True)
class _Sent:
    """What this process knows to be shown of a reply.

    Attributes:
        sure: nothing else may be there.
        fresh: the first message was sent a moment ago, and says what it should.
    """

    parts: dict[int, Shown] = field(default_factory=dict[int, Shown])
    sure: bool = True
    fresh: bool = False


class DiscordAdapter:
    """Shows replies; see :class:`bot.inbox.contract.Adapter`.

    The id of a reply is ``channel/message/webhook`` of its first message; ``@original`` stands for
    the answer to an interaction.
    """

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=True, can_look=True, edits=True, private=True, files=True, identity=True
    )

    def __init__(
        self, rest: Rest, faces: Faces, catalogue: Catalogue, database: Database, live: Live
    ) -> None:
        self.live = live
        self._database = database
        self.answers = Answers(rest)
        self._rest = rest
        self._faces = faces
        self._catalogue = catalogue
        self._sent: OrderedDict[str, _Sent] = OrderedDict()

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        """Send the first message of a reply."""
        post = await self._linked(post)
        ticket = ticket_of(post.answers)
        answered = await self._answer(ticket, post, repeat) if ticket is not None else None
        if answered is not None:
            return answered
        coach, sent = self._coach(post), self._note(post.key)
        try:
            place = await self._home(post)
            if place is None:
                return await self._ask_again(post)
            if repeat:
                there = await self._there(place, post, sent)
                if there is not None:
                    where, first = there
                    if post.partial:
                        part = growing(post, coach, identity=bool(first.hook))
                        self._grow(post, where, first, part)
                    return Begun(_id_of(where, first), whole=False)
            return await self._first(place, post, coach, sent)
        except DeliveryError:
            raise
        except Exception as error:
            sent.sure = False
            raise verdict(error) from error

    async def fill(self, post: Post, platform_id: str) -> None:
        """Bring the first message to its final look, and send what follows it."""
        channel, _, rest = platform_id.partition("/")
        message, _, hook = rest.partition("/")
        post, coach = await self._linked(post), self._coach(post)
        if post.partial:
            await self.live.add(post.key, growing(post, coach, identity=bool(hook)))
            return
        ticket = ticket_of(post.answers)
        if message == ORIGINAL:
            if ticket is not None and await self._answer(ticket, post, True) is None:
                begun = await self.begin(post, repeat=True)
                if not begun.whole:
                    await self.fill(post, begun.platform_id)
            return
        home, sent = place_of(post.conversation), self._note(post.key)
        # A reply that had to go elsewhere stands among the direct messages.
        place = home if channel == home.channel else direct_place(channel)
        live = await self.live.end(post.key)
        first = Shown(message, hook)
        try:
            parts = render(post, coach, identity=bool(hook))
            # Help in danger is shown to those as well who wanted no more of what was being written.
            if live is not None and live.stopped and post.turned.safety is None:
                parts = (stopped(live.shown, post),)
            if not sent.fresh:
                await self._edit(place, first, parts[0])
                sent.sure = sent.sure and (live is not None or sent.parts.get(0) == first)
            sent.parts[0], sent.fresh = first, False
            if len(parts) > 1:
                await self._rest_of(place, post, coach, parts, sent)
        except DeliveryError:
            raise
        except Exception as error:
            sent.sure = False
            raise verdict(error) from error
        self.live.idle(place.channel)

    def unwanted(self, key: str, conversation: str) -> bool:
        """Whether the reply was stopped."""
        live = self.live.get(key)
        return live is not None and live.stopped

    async def busy(self, conversation: str) -> None:
        """Show typing, kept up until the reply is there."""
        self.live.busy(place_of(conversation).channel)

    def halt(self, key: str, conversation: str) -> None:
        """Stop a reply that grows here: another worker was told."""
        self.stop(key=key, conversation=conversation)

    def stop(self, *, key: str = "", conversation: str = "") -> bool:
        """Stop a reply that is being written here; returns whether there is one."""
        return self.live.stop(key=key, conversation=conversation)

    def is_writing(self, place: Place) -> bool:
        """Whether a reply is on its way to a place."""
        return self.live.is_busy(place.channel)

    # Answers to interactions ----------------------------------------------------------------------

    async def _answer(self, ticket: Ticket, post: Post, repeat: bool) -> Begun | None:
        return await self.answers.show(ticket, post, self._coach(post), repeat=repeat)

    async def _home(self, post: Post) -> Place | None:
        """Where a reply belongs; None where its person can't be written to.

        What answers a command, and what belongs to no thread, is for the eyes of one person.
        """
        place = place_of(post.conversation)
        if place.direct or (place.threaded and ticket_of(post.answers) is None):
            return place
        try:
            return direct_place(await self._rest.direct(post.recipient.external_id))
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            return None

    async def _ask_again(self, post: Post) -> Begun:
        """Say where the answer was expected, and to nobody by name, that it can't be shown."""
        place = place_of(post.conversation)
        if place.direct:
            raise UndeliverableError("direct messages are closed")
        with contextlib.suppress(CannotLookError):
            found = await look(self._rest, place.channel, post.key, _since(post))
            if found.parts:
                return Begun(_id_of(place, found.parts[0]), whole=True)
        below = rows([button("Coaches", Handle(COACHES, post.key, 0))])
        part = Part(wording.ASK_AGAIN, tuple(below))
        return Begun(_id_of(place, await self._send(place, post.key, 0, part, None, None)), True)

    # Messages -------------------------------------------------------------------------------------

    async def _first(
        self, place: Place, post: Post, coach: Coach | None, sent: _Sent, lead: str = ""
    ) -> Begun:
        try:
            shown, single = await self._open(place, post, coach, sent, lead)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            if lead:
                raise UndeliverableError("no place is open") from error
            try:
                channel = await self._rest.direct(post.recipient.external_id)
            except (discord.HTTPException, discord.RateLimited) as closed:
                raise verdict(closed) from closed
            if channel == place.channel:
                return await self._ask_again(post)
            note = small(wording.PLACE_CLOSED) + "\n"
            return await self._first(direct_place(channel), post, coach, sent, note)
        self.live.idle(place.channel)
        return Begun(_id_of(place, shown), whole=single)

    async def _open(
        self, place: Place, post: Post, coach: Coach | None, sent: _Sent, lead: str
    ) -> tuple[Shown, bool]:
        hook = await self._faces.hook(place, coach)
        if post.partial:
            part = growing(post, coach, identity=hook is not None)
            shown = await self._send(place, post.key, 0, part, coach, hook)
            self._grow(post, place, shown, part)
            return shown, False
        parts = render(post, coach, identity=hook is not None, lead=lead)
        shown = await self._send(place, post.key, 0, parts[0], coach, hook)
        sent.parts[0], sent.fresh = shown, len(parts) > 1
        return shown, len(parts) == 1

    async def _send(
        self,
        place: Place,
        key: str,
        number: int,
        part: Part,
        coach: Coach | None,
        hook: Hook | None,
    ) -> Shown:
        body = {**part.payload, "flags": NO_PREVIEWS}
        if hook is not None and coach is not None:
            try:
                look_of = await self._faces.look(coach)
                told = await self._rest.by_hook(
                    hook.id, hook.token, place.channel, {**body, **look_of}, part.files
                )
                return Shown(str(told["id"]), hook.id)
            except discord.HTTPException as error:
                if error.code != UNKNOWN_WEBHOOK:
                    raise
                # Somebody deleted it; nothing was sent. The next reply makes a new one.
                self._faces.forget(place.parent)
        try:
            told = await self._rest.post(place.channel, body, _nonce(key, number), part.files)
        except discord.HTTPException as error:
            if error.code != INVALID:
                raise
            # Better plain than not at all.
            _log.error("reply %s is refused as it is: %s", key, error.status)
            plain = rows([button("Coaches", Handle(COACHES, key, number))])
            body |= {"components": plain, "content": part.words[: limits.CONTENT], "embeds": []}
            told = await self._rest.post(place.channel, body, _nonce(key, number))
        return Shown(str(told["id"]))

    async def _edit(self, place: Place, shown: Shown, part: Part) -> None:
        try:
            await self._edit_once(place, shown, part)
        except discord.HTTPException as error:
            if error.code != ARCHIVED:
                raise
            path = "/channels/{channel_id}"
            await self._rest.call("PATCH", path, {"archived": False}, channel_id=place.channel)
            await self._edit_once(place, shown, part)

    async def _edit_once(self, place: Place, shown: Shown, part: Part) -> None:
        if not shown.hook:
            await self._rest.edit(place.channel, shown.message, part.payload, part.files)
            return
        hook = await self._faces.hook_of(place.parent)
        if hook is None or hook.id != shown.hook:
            raise UndeliverableError("the webhook of this message is gone")
        await self._rest.edit_by_hook(
            hook.id, hook.token, place.channel, shown.message, part.payload, part.files
        )

    async def _rest_of(
        self,
        place: Place,
        post: Post,
        coach: Coach | None,
        parts: tuple[Part, ...],
        sent: _Sent,
    ) -> None:
        """Send the messages after the first, but none that is there."""
        if not sent.sure:
            since = str(int(sent.parts[0].message) - 1)
            found = await look(self._rest, place.channel, post.key, since)
            sent.parts |= found.parts
        sent.sure = False
        hook = await self._faces.hook(place, coach)
        for number, part in enumerate(parts):
            if number not in sent.parts:
                sent.parts[number] = await self._send(place, post.key, number, part, coach, hook)
        sent.sure = True

    async def _there(self, place: Place, post: Post, sent: _Sent) -> tuple[Place, Shown] | None:
        """Where the first message of a reply stands that an earlier try may have sent."""
        since = _since(post)
        try:
            found = await look(self._rest, place.channel, post.key, since)
        except UndeliverableError:
            # It may have gone the way that was open instead.
            place, found = await self._there_directly(post, since)
        sent.parts, sent.sure = dict(found.parts), False
        # Its look may be that of a beginning: it is edited once more.
        first = sent.parts.pop(0, None)
        return (place, first) if first is not None else None

    async def _there_directly(self, post: Post, since: str) -> tuple[Place, Found]:
        try:
            place = direct_place(await self._rest.direct(post.recipient.external_id))
        except (discord.HTTPException, discord.RateLimited) as error:
            raise verdict(error) from error
        return place, await look(self._rest, place.channel, post.key, since)

    def _grow(self, post: Post, place: Place, shown: Shown, part: Part) -> None:
        async def edit(fresh: Part) -> None:
            await self._edit_once(place, shown, fresh)

        self.live.begin(post.key, post.conversation, part, edit)

    # Helpers --------------------------------------------------------------------------------------

    async def _linked(self, post: Post) -> Post:
        async def address(conversation: str) -> str | None:
            return url_of(conversation)

        reply = await linked(self._database, post.turned.reply, address)
        return replace(post, turned=replace(post.turned, reply=reply))

    def _coach(self, post: Post) -> Coach | None:
        key = post.turned.reply.coach
        try:
            return self._catalogue.coach(key) if key is not None else None
        except KeyError:
            return None

    def _note(self, key: str) -> _Sent:
        sent = self._sent.setdefault(key, _Sent())
        self._sent.move_to_end(key)
        while len(self._sent) > _KEPT:
            self._sent.popitem(last=False)
        return sent


def _since(post: Post) -> str:
    """An id that is older than the reply; empty where none is known."""
    ticket = ticket_of(post.answers)
    since = ticket.interaction if ticket is not None else post.answers
    return since if since.isdigit() else ""


def _id_of(place: Place, shown: Shown) -> str:
    return f"{place.channel}/{shown.message}/{shown.hook}"


def _nonce(key: str, number: int) -> str:
    return f"{key}{_DIGITS[number % len(_DIGITS)]}"[: limits.NONCE]
