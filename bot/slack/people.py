"""What Slack tells of people: their direct channel, language and time zone."""

from __future__ import annotations

import logging
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

    async def sender(self, workspace: Workspace, user: str) -> Sender:
        """The person as the engine knows them."""
        known = await self.known(workspace, user)
        locale = known.locale.replace("-", "_") if known.locale else None
        return Sender(PLATFORM, workspace.tenant, user, locale)

    async def known(self, workspace: Workspace, user: str) -> Known:
        """What is known of somebody; nothing where Slack does not tell."""
        key = (workspace.tenant, user)
        if key in self._known:
            return self._known[key]
        found = Known()
        if workspace.may("users:read"):
            try:
                told = await workspace.web.read("users.info", user=user, include_locale=True)
            except SlackApiError as error:
                _log.info("nothing is known of a person: %s", code_of(error))
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
