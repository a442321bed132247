"""Replies shown while they are written: Slack's streams where there are any, else edits.

A stream only grows, so it gets what is settled of the text; when the reply is whole, its message is
edited once into its final look. A stream that dies on the server, or is about to, is carried on by
edits of the same message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from slack_sdk.errors import SlackApiError

from bot.platforms.cutting import settled
from bot.slack import blocks as kit
from bot.slack import limits
from bot.slack.history import metadata
from bot.slack.markdown import calm, mrkdwn
from bot.slack.places import Place
from bot.slack.web import LACKING, code_of, wait_of
from bot.slack.workspaces import Workspace

_log = logging.getLogger(__name__)
# Seconds between two looks of the same message: appending has a limit of 100 a minute, editing 50.
_APPEND_S, _EDIT_S = 0.8, 1.5
_BEGINNING = "…"
NOT_STREAMING = frozenset({"message_not_in_streaming_state", "message_not_owned_by_app"})


@dataclass(slots=True)
class Live:
    """A reply that is being shown.

    Attributes:
        shown: the text that stands there, before it was made harmless.
        stopped: the person wanted no more of it.
    """

    key: str
    place: Place
    workspace: Workspace
    ts: str
    how: Literal["stream", "edit"]
    shown: str
    began: float
    next_at: float
    stopped: bool = False


class Streams:
    """The replies of this process that are being shown.

    Args:
        clock: in seconds; to tell when a stream is too old.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._live: dict[str, Live] = {}
        self._lacking: set[str] = set()

    def get(self, key: str) -> Live | None:
        """The reply with this key, if it is being shown."""
        return self._live.get(key)

    def in_place(self, place: Place) -> Live | None:
        """The reply that is being shown in a place."""
        return next((one for one in self._live.values() if one.place == place), None)

    async def begin(
        self,
        workspace: Workspace,
        place: Place,
        key: str,
        text: str,
        recipient: tuple[str, str | None],
        look: dict[str, str],
    ) -> str:
        """Show the beginning of a reply; returns its ``ts``. Raises SlackApiError.

        Args:
            recipient: whose reply it is, and their workspace: streams in channels need both.
        """
        ready = settled(text[: limits.PART])
        now = self._clock()
        ts, how = None, "edit"
        if place.thread and workspace.tenant not in self._lacking:
            ts = await self._start(workspace, place, ready, recipient, look)
            how = "stream"
        if ts is None:
            how, ts = "edit", await self._post(workspace, place, key, ready, look)
        self._live[key] = Live(
            key, place, workspace, ts, "stream" if how == "stream" else "edit", ready, now, now
        )
        return ts

    def carry_on(self, workspace: Workspace, place: Place, key: str, ts: str) -> None:
        """Go on with a message that an earlier try began."""
        now = self._clock()
        self._live[key] = Live(key, place, workspace, ts, "edit", "", now, now)

    async def _start(
        self,
        workspace: Workspace,
        place: Place,
        text: str,
        recipient: tuple[str, str | None],
        look: dict[str, str],
    ) -> str | None:
        user, team = (None, None) if place.direct else recipient
        try:
            told = await workspace.poster.call(
                "chat.startStream",
                channel=place.channel,
                thread_ts=place.thread,
                markdown_text=calm(text) or None,
                recipient_user_id=user,
                recipient_team_id=team,
                **look,
            )
        except SlackApiError as error:
            if code_of(error) not in LACKING:
                raise
            _log.info("no streams in a workspace: %s", code_of(error))
            self._lacking.add(workspace.tenant)
            return None
        return str(told["ts"])

    async def _post(
        self, workspace: Workspace, place: Place, key: str, text: str, look: dict[str, str]
    ) -> str:
        told = await workspace.poster.call(
            "chat.postMessage",
            channel=place.channel,
            thread_ts=place.thread or None,
            metadata=metadata(key, 0),
            unfurl_links=False,
            unfurl_media=False,
            **_words(text),
            **look,
        )
        return str(told["ts"])

    async def add(self, key: str, text: str) -> None:
        """Show more of a reply, when it is time again. Never raises: the next look may do."""
        live, now = self._live.get(key), self._clock()
        if live is None or live.stopped or now < live.next_at:
            return
        ready = settled(text[: limits.PART])
        if ready == live.shown:
            return
        try:
            if live.how == "stream" and now - live.began >= limits.STREAM_S:
                await self._end_stream(live)
            if live.how == "stream" and ready.startswith(live.shown):
                await self._append(live, ready)
            elif live.how == "edit":
                await self._edit(live, ready)
        except SlackApiError as error:
            wait = wait_of(error)
            if wait is None and code_of(error) in NOT_STREAMING:
                live.how = "edit"
            live.next_at = now + (wait or _EDIT_S)
            _log.info("a reply could not be shown further: %s", code_of(error))
        except Exception as error:
            live.next_at = now + _EDIT_S
            _log.info("a reply could not be shown further: %s", type(error).__name__)

    async def _append(self, live: Live, ready: str) -> None:
        more = calm(ready)[len(calm(live.shown)) :]
        await live.workspace.poster.call(
            "chat.appendStream", channel=live.place.channel, ts=live.ts, markdown_text=more
        )
        live.shown, live.next_at = ready, self._clock() + _APPEND_S

    async def _edit(self, live: Live, ready: str) -> None:
        await live.workspace.poster.call(
            "chat.update",
            channel=live.place.channel,
            ts=live.ts,
            metadata=metadata(live.key, 0),
            **_words(ready),
        )
        live.shown, live.next_at = ready, self._clock() + _EDIT_S

    async def end(self, key: str) -> None:
        """The reply is to be edited into its final look: end its stream. Raises SlackApiError."""
        live = self._live.get(key)
        if live is not None and live.how == "stream":
            await self._end_stream(live)

    def drop(self, key: str) -> None:
        """The reply is whole."""
        self._live.pop(key, None)

    async def _end_stream(self, live: Live) -> None:
        await end_stream(live.workspace, live.place.channel, live.ts, live.key)
        live.how = "edit"


async def end_stream(workspace: Workspace, channel: str, ts: str, key: str) -> None:
    """End a stream; one that has ended is fine. Raises SlackApiError."""
    try:
        await workspace.web.call(
            "chat.stopStream",
            channel=channel,
            ts=ts,
            metadata=metadata(key, 0),
            session_status="active",
        )
    except SlackApiError as error:
        if code_of(error) not in NOT_STREAMING | LACKING:
            raise


def _words(text: str) -> dict[str, Any]:
    shown = text.strip() or _BEGINNING
    return {
        "blocks": [kit.markdown(calm(shown))],
        "text": kit.cut(mrkdwn(shown), limits.PART),
    }
