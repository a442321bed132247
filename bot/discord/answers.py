"""Answers to commands, shown where they were given, to the caller alone.

That way is open for a quarter of an hour. Nobody but the caller sees what stands there, and the app
as long as the way is open: once it is closed, whether an earlier try came through can't be told,
and to send it another way might show it twice.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

import discord

from bot.discord.calls import SUMMARY, Ticket, now
from bot.discord.components import handles
from bot.discord.limits import TOKEN_S
from bot.discord.places import place_of, time_of
from bot.discord.render import card
from bot.discord.rest import (
    INVALID_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    Rest,
    verdict,
)
from bot.inbox.contract import Begun, CannotLookError, Post, TryLaterError
from personas.models import Coach

_log = logging.getLogger(__name__)
ORIGINAL = "@original"
# So long the first answer to an interaction may still be under way.
_YOUNG_S = 10.0
_SOON_S = 0.3
_LOADING = 1 << 7
# Clocks of databases and workers may differ by so much.
_CLOCKS = timedelta(seconds=30)
_KEPT = 2000


class Answers:
    """Brings the first answer to an interaction ("is thinking") to its final look."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        # Is told of each answer that was shown, and to whom.
        self.then: Callable[[Ticket, str], None] = lambda ticket, user: None
        # Replies that were first tried here, and whether this way was gone.
        self._tried: OrderedDict[str, bool] = OrderedDict()

    async def show(
        self, ticket: Ticket, post: Post, coach: Coach | None, *, repeat: bool
    ) -> Begun | None:
        """Answer a command where it was given; may be repeated.

        Args:
            repeat: an earlier try may have come through.

        Returns:
            None where it is not shown this way, and was not.

        Raises:
            CannotLookError: it may have been shown this way, which is closed.
            TryLaterError, UndeliverableError: as the platform says.
        """
        begun = Begun(f"{ticket.interaction}/{ORIGINAL}/", whole=not post.partial)
        if not repeat:
            self._note(post.key, tried=False)
        if not ticket.good(now()):
            return begun if await self._is_shown(ticket, post) else None
        if post.partial:
            # "Is thinking" shows there until it is whole.
            return begun
        share = ticket.about == SUMMARY and not place_of(post.conversation).direct
        part = card(post, coach, share=share)
        if post.key in self._tried:
            self._note(post.key, tried=True)
        try:
            await self._rest.original(ticket.app, ticket.token, part.payload, part.files)
        except discord.HTTPException as error:
            if error.code == INVALID_TOKEN:
                return begun if await self._is_shown(ticket, post) else None
            if error.code not in {UNKNOWN_WEBHOOK, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION}:
                raise verdict(error) from error
            if ticket.age(now()) < _YOUNG_S:
                # Its first answer ("is thinking") is on its way.
                raise TryLaterError(_SOON_S) from error
            return None
        except discord.RateLimited as error:
            raise verdict(error) from error
        self.then(ticket, post.recipient.external_id)
        return begun

    async def _is_shown(self, ticket: Ticket, post: Post) -> bool:
        """Whether an earlier try showed it this way. Raises CannotLookError."""
        over = time_of(ticket.interaction) + timedelta(seconds=TOKEN_S) + _CLOCKS
        if post.kept_at is not None and post.kept_at > over:
            return False
        if not self._tried.get(post.key, True):
            return False
        try:
            told = await self._rest.shown_original(ticket.app, ticket.token)
        except discord.HTTPException as error:
            if error.code == UNKNOWN_WEBHOOK:
                # It had no first answer.
                return False
            if error.code in {INVALID_TOKEN, UNKNOWN_MESSAGE}:
                raise CannotLookError("the answer's way is closed") from error
            raise verdict(error) from error
        except discord.RateLimited as error:
            raise verdict(error) from error
        if int(told.get("flags") or 0) & _LOADING:
            return False
        return any(one.key == post.key for one in handles(told.get("components")))

    def _note(self, key: str, *, tried: bool) -> None:
        self._tried[key] = tried
        self._tried.move_to_end(key)
        while len(self._tried) > _KEPT:
            self._tried.popitem(last=False)
