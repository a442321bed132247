"""Answers to commands, shown where they were given, to the caller alone."""

from __future__ import annotations

import discord

from bot.discord.calls import SUMMARY, Ticket, now
from bot.discord.places import place_of
from bot.discord.render import card
from bot.discord.rest import (
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    Rest,
    verdict,
)
from bot.inbox.contract import Begun, Post, TryLaterError
from personas.models import Coach

ORIGINAL = "@original"
# So long the first answer to an interaction may still be under way.
_YOUNG_S = 10.0
_SOON_S = 0.3


class Answers:
    """Brings the first answer to an interaction ("is thinking") to its final look."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def show(self, ticket: Ticket, post: Post, coach: Coach | None) -> Begun | None:
        """Answer a command where it was given; may be repeated. None when that way is closed.

        Raises:
            TryLaterError, UndeliverableError: as the platform says.
        """
        begun = Begun(f"{ticket.interaction}/{ORIGINAL}/", whole=not post.partial)
        if not ticket.good(now()):
            return None
        if post.partial:
            # "Is thinking" shows there until it is whole.
            return begun
        share = ticket.about == SUMMARY and not place_of(post.conversation).direct
        part = card(post, coach, share=share)
        try:
            await self._rest.original(ticket.app, ticket.token, part.payload, part.files)
        except discord.HTTPException as error:
            if error.code not in {UNKNOWN_WEBHOOK, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION}:
                raise verdict(error) from error
            if ticket.age(now()) < _YOUNG_S:
                # Its first answer ("is thinking") is on its way.
                raise TryLaterError(_SOON_S) from error
            return None
        except discord.RateLimited as error:
            raise verdict(error) from error
        return begun
