"""Where everything from Slack comes in: one middleware of Bolt, run before Slack is answered.

Bolt acknowledges an event before its listeners run, so there are no listeners: the middleware hands
on what came, and its answer is the acknowledgement. What can't be kept is not acknowledged, and
Slack sends it again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.inbound import Sender, TenantGone
from bot.platforms import wording
from bot.slack import home, limits, manifest, menus, reading
from bot.slack.actions import Clicks
from bot.slack.commands import Commands, Shortcuts
from bot.slack.desk import Desk, Visit
from bot.slack.events import Messages
from bot.slack.places import PLATFORM, Place, event_key
from bot.slack.reading import Payload
from bot.slack.views import Views
from bot.slack.web import CLOSED, code_of
from bot.slack.workspaces import Workspace
from storage import platforms
from storage.errors import StorageError

_log = logging.getLogger(__name__)
# Slack waits three seconds; what takes longer goes on after the acknowledgement.
ANSWER_S = 2.5
_GONE = frozenset({"app_uninstalled", "tokens_revoked"})


class Front:
    """Hands on what comes in."""

    def __init__(self, desk: Desk, answer_s: float = ANSWER_S) -> None:
        self._desk = desk
        self._answer_s = answer_s
        self.messages = Messages(desk)
        self._commands = Commands(desk)
        self._shortcuts = Shortcuts(desk)
        self._clicks = Clicks(desk)
        self._views = Views(desk)

    async def middleware(self, body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        """Take anything that Bolt has verified and found a workspace for."""
        if self._desk.inbox is None:
            return BoltResponse(status=503, body="")
        try:
            with self._desk.inbox.door.passing():
                return await self._take(body, context)
        except StorageError as error:
            _log.warning("an event could not be kept: %s", type(error).__name__)
            return BoltResponse(status=503, body="")

    async def _take(self, body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        event = reading.inner(body, "event")
        if event.get("type") in _GONE:
            await self._gone(body, event, context)
            return _fine()
        workspace = await self._desk.workspaces.find(
            context.team_id, context.enterprise_id, whole=bool(context.is_enterprise_install)
        )
        if workspace is None:
            return _fine()
        if body.get("type") == "event_callback":
            await self._event(workspace, event)
            return _fine()
        answer = await self._in_time(self._interaction(workspace, body), body)
        return _fine(answer)

    async def _event(self, workspace: Workspace, event: Payload) -> None:
        desk = self._desk
        match event.get("type"):
            case "message" | "app_mention":
                await self.messages.take(workspace, event)
            case "app_home_opened":
                visit = Visit(workspace, str(event["user"]), str(event.get("channel") or ""), "")
                tab = event.get("tab")
                if tab == "home":
                    desk.later(home.publish(desk, visit))
                elif tab == "messages":
                    desk.later(self._opened(visit))
            case "agent_session_stopped":
                place = Place(
                    workspace.tenant, str(event["channel"]), str(event.get("thread_ts") or "")
                )
                await desk.stop(place)
            case _:
                pass

    async def _opened(self, visit: Visit) -> None:
        """Somebody looks at the messages with the app: what they could say, and once hello."""
        desk = self._desk
        prompts = [{"title": title, "message": words} for title, words in manifest.PROMPTS]
        try:
            await visit.workspace.web.call(
                "assistant.threads.setSuggestedPrompts",
                channel_id=visit.channel,
                title="What is on your mind?",
                prompts=prompts[: limits.PROMPTS],
            )
        except SlackApiError as error:
            _log.info("no suggested prompts: %s", code_of(error))
        if await desk.once("hello", visit.workspace.tenant, visit.user):
            rows = menus.welcome(desk.command)
            await desk.say(visit.workspace, visit.place, "Hello. Pick a coach.", rows)

    # Interactions ---------------------------------------------------------------------------------

    async def _interaction(
        self, workspace: Workspace, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        visit = _visit(workspace, body)
        try:
            return await self._answered(visit, body)
        except SlackApiError as error:
            _log.warning("an answer failed: %s", code_of(error))
            closed = code_of(error) in CLOSED
            await self._desk.whisper(visit, wording.CLOSED_TO_ME if closed else wording.TRY_AGAIN)
            return None

    async def _answered(self, visit: Visit, body: dict[str, Any]) -> dict[str, Any] | None:
        if "command" in body:
            return await self._commands.take(visit, str(body.get("text") or ""))
        match body.get("type"):
            case "block_actions":
                await self._clicks.take(visit, body)
            case "view_submission":
                return await self._views.take(visit, reading.inner(body, "view"))
            case "shortcut":
                await self._shortcuts.start(visit)
            case "message_action":
                await self._shortcuts.on_message(visit, reading.inner(body, "message"))
            case _:
                pass
        return None

    async def _in_time(
        self, work: Awaitable[dict[str, Any] | None], body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The answer, if there is one while Slack still waits; else it is given afterwards."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=self._answer_s)
        if done:
            return task.result()
        self._desk.later(self._afterwards(task, body))
        return None

    async def _afterwards(
        self, task: asyncio.Future[dict[str, Any] | None], body: dict[str, Any]
    ) -> None:
        answer, address = await task, body.get("response_url")
        if answer is not None and address and "text" in answer:
            await self._desk.respond(address, answer["text"], answer.get("blocks") or ())

    # The end --------------------------------------------------------------------------------------

    async def _gone(self, body: Payload, event: Payload, context: AsyncBoltContext) -> None:
        """The app was removed: its tokens go, and with them what was said there."""
        desk = self._desk
        if event.get("type") == "tokens_revoked":
            revoked: dict[str, Any] = event.get("tokens") or {}
            if not revoked.get("bot"):
                return
        whole = bool(context.is_enterprise_install)
        tenant = context.enterprise_id if whole else context.team_id
        if tenant is None:
            return
        people = await desk.database.read(lambda one: platforms.people_of(one, PLATFORM, tenant))
        now, stamp = datetime.now(UTC), str(body.get("event_id") or body.get("event_time") or "")
        for user in people:
            gone = TenantGone(
                Place(tenant, "").conversation, "", Sender(PLATFORM, tenant, user), now
            )
            await desk.accept(event_key(tenant, "gone", stamp, user), gone)
        await desk.workspaces.tokens.drop(tenant)
        desk.workspaces.forget(tenant)


def _visit(workspace: Workspace, body: dict[str, Any]) -> Visit:
    """Who does something where, from the payload of a command, a click, a modal or a shortcut."""
    user = body.get("user_id") or reading.inner(body, "user").get("id")
    channel = body.get("channel_id") or reading.inner(body, "channel").get("id")
    message, container = reading.inner(body, "message"), reading.inner(body, "container")
    thread = message.get("thread_ts") or container.get("thread_ts")
    trigger = str(body.get("trigger_id") or "")
    view = reading.inner(body, "view")
    known = trigger or f"{view.get('id', '')}:{view.get('hash', '')}"
    return Visit(
        workspace,
        str(user or ""),
        str(channel or container.get("channel_id") or ""),
        known,
        str(thread or ""),
        trigger,
        body.get("response_url"),
    )


def _fine(answer: dict[str, Any] | None = None) -> BoltResponse:
    if answer is None:
        return BoltResponse(status=200, body="")
    headers: dict[str, str | Sequence[str]] = {"Content-Type": "application/json"}
    return BoltResponse(status=200, body=json.dumps(answer), headers=headers)
