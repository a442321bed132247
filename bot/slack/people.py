"""What Slack tells of people: their direct channel, language and time zone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.inbound import Sender
from bot.slack.places import PLATFORM
from bot.slack.web import code_of
from bot.slack.workspaces import Workspace

_log = logging.getLogger(__name__)
_KEPT = 20_000
# What is known is asked anew after a day: people travel.
_GOOD_S = 86_400.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Known:
    """A person's entry; what is not known is None."""

    locale: str | None = None
    zone: str | None = None
    team: str | None = None
    enterprise: str | None = None


class People:
    """Asks once for each person, and remembers."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()
        self._direct: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._asked: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._line = asyncio.Semaphore(_AT_ONCE)

    @property
    def crowded(self) -> bool:
        """Whether to ask Slack now is to stand in line."""
        return self._line.locked()

    async def sender(self, workspace: Workspace, user: str) -> Sender:
        """The person as the engine knows them."""
        return self._sender(workspace.tenant, user, await self.known(workspace, user))

    def sender_known(self, tenant: str, user: str) -> Sender:
        """The same of somebody the engine knows already: without asking Slack."""
        return self._sender(tenant, user, self._known.get((tenant, user), Known()))

    @staticmethod
    def _sender(tenant: str, user: str, known: Known) -> Sender:
        locale = known.locale.replace("-", "_") if known.locale else None
        return Sender(PLATFORM, tenant, user, locale, known.zone)

    async def known(self, workspace: Workspace, user: str) -> Known:
        """What is known of somebody; nothing where Slack does not tell."""
        key = (workspace.tenant, user)
        return self._known[key] if key in self._known else await self._ask(workspace, user)

    def due(self, tenant: str, user: str) -> bool:
        """Whether Slack should be asked about somebody again; who is told so does ask."""
        now, key = time.monotonic(), (tenant, user)
        if now < self._asked.get(key, -_GOOD_S) + _GOOD_S:
            return False
        self._keep(self._asked, key, now)
        return True

    async def ask_again(self, workspace: Workspace, user: str) -> None:
        """Learn what Slack tells of somebody by now."""
        await self._ask(workspace, user)

    async def _ask(self, workspace: Workspace, user: str) -> Known:
        key = (workspace.tenant, user)
        self._keep(self._asked, key, time.monotonic())
        if not workspace.may("users:read"):
            return self._known.get(key, Known())
        try:
            async with self._line:
                told = await workspace.web.read("users.info", user=user, include_locale=True)
        except SlackApiError as error:
            _log.info("nothing is known of a person: %s", code_of(error))
            found = self._known.get(key, Known())
        else:
            found = _known(told.get("user") or {})
        self._keep(self._known, key, found)
        return found

    async def direct(self, workspace: Workspace, user: str) -> str:
        """The channel of direct messages with somebody. Raises SlackApiError."""
        key = (workspace.tenant, user)
        if key not in self._direct:
            told = await workspace.web.call("conversations.open", users=user)
            self._keep(self._direct, key, str(told["channel"]["id"]))
        return self._direct[key]

    def note_direct(self, tenant: str, user: str, channel: str) -> None:
        """Somebody wrote to us directly: that is the channel."""
        self._keep(self._direct, (tenant, user), channel)

    @staticmethod
    def _keep(shelf: OrderedDict[Any, Any], key: tuple[str, str], value: object) -> None:
        shelf[key] = value
        while len(shelf) > _KEPT:
            shelf.popitem(last=False)


def _known(user: dict[str, Any]) -> Known:
    grid: dict[str, Any] = user.get("enterprise_user") or {}
    return Known(
        locale=user.get("locale"),
        zone=user.get("tz"),
        team=user.get("team_id"),
        enterprise=grid.get("enterprise_id"),
    )
