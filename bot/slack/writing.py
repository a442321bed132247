"""One message of a reply: posted with its mark, and if need be in a plainer look."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack.faces import face
from bot.slack.history import metadata
from bot.slack.pace import Pace
from bot.slack.places import Place
from bot.slack.render import Part
from bot.slack.web import REFUSED, code_of
from bot.slack.workspaces import DEAD_TOKENS, Workspace, Workspaces
from personas.models import Coach

_log = logging.getLogger(__name__)


class Writer:
    """Posts messages of replies.

    Args:
        pace: of messages in a channel.
        public_url: where the coaches' pictures can be had; None for nowhere.
    """

    def __init__(self, workspaces: Workspaces, pace: Pace, public_url: str | None) -> None:
        self._workspaces = workspaces
        self._pace = pace
        self._public_url = public_url

    async def post(
        self,
        workspace: Workspace,
        place: Place,
        key: str,
        number: int,
        part: Part,
        coach: Coach | None,
    ) -> str:
        """Post one message of the reply ``key``; returns its ``ts``. Raises SlackApiError."""
        await self._pace.wait(place.channel)
        message: dict[str, Any] = {
            "channel": place.channel,
            "thread_ts": place.thread or None,
            "text": part.text,
            "blocks": list(part.blocks),
            "metadata": metadata(key, number),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        named = face(coach, workspace, self._public_url)
        try:
            told = await workspace.poster.call("chat.postMessage", **message, **named)
        except SlackApiError as error:
            code = code_of(error)
            if code in DEAD_TOKENS:
                self._workspaces.forget(workspace.tenant)
            if code == "missing_scope" and named:
                self._workspaces.forget(workspace.tenant)
                told = await workspace.poster.call("chat.postMessage", **message)
            elif code in REFUSED:
                # Better plain than not at all.
                _log.error("blocks of reply %s are refused: %s", key, code)
                message["blocks"] = None
                told = await workspace.poster.call("chat.postMessage", **message, **named)
            else:
                raise
        return str(told["ts"])
