"""Slack as a platform of ``rocket serve``: Socket Mode or HTTP, one workspace or many."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError

from bot.app import App
from bot.inbox.service import Inbox
from bot.settings import Settings, SettingsError
from bot.slack.desk import Desk
from bot.slack.front import Front
from bot.slack.installs import Installations, Installed, Vault
from bot.slack.people import People
from bot.slack.post import SlackAdapter
from bot.slack.unfinished import Unfinished
from bot.slack.web import Web, code_of
from bot.slack.workspaces import DEAD_TOKENS, OneToken, Workspaces

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = logging.getLogger(__name__)
_PING_S = 5.0
_LOOK_S = 1.0


class Slack:
    """Slack as a platform; see :class:`bot.platform.Platform`.

    Raises:
        SettingsError: the settings don't make a whole.
    """

    def __init__(self, app: App, settings: Settings) -> None:
        self._settings = settings
        self._installations: Installations | None = None
        self._workspaces = self._make_workspaces(app, settings)
        people = People()
        self.adapter = SlackAdapter(
            self._workspaces, app.database, app.catalogue, people, settings.public_url
        )
        self.desk = Desk(app.engine, settings, self._workspaces, people, self.adapter)
        self.unfinished = Unfinished(self.desk)
        self._front = Front(self.desk)
        self._socket: AsyncSocketModeHandler | None = None
        self._bolt: AsyncApp | None = None
        self._waiting = False
        self._router: APIRouter | None = None

    def _make_workspaces(self, app: App, settings: Settings) -> Workspaces:
        if not (settings.slack_app_token or settings.slack_signing_secret):
            raise SettingsError(
                "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is needed."
            )
        workspaces = Workspaces(settings.slack_api_url)
        if settings.slack_bot_token:
            workspaces.tokens = OneToken(settings.slack_bot_token, workspaces.client)
            return workspaces
        if not (settings.slack_client_id and settings.slack_client_secret):
            raise SettingsError(
                "SLACK_BOT_TOKEN, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are needed."
            )
        self._installations = Installations(app.database, Vault(settings.token_keys))
        workspaces.tokens = Installed(
            self._installations,
            settings.slack_client_id,
            settings.slack_client_secret,
            workspaces.client,
        )
        return workspaces

    @property
    def connected(self) -> bool:
        """Whether events can reach us."""
        if self._settings.slack_app_token is None:
            return self._waiting
        session = self._socket.client.current_session if self._socket is not None else None
        return self._waiting and session is not None and not session.closed

    @property
    def router(self) -> APIRouter | None:
        """Routes for events by HTTP, for installing, and for the coaches' pictures."""
        if self._router is None:
            from bot.slack.routes import routes

            self._router = routes(self.desk, self._settings, self._installations, self.bolt)
        return self._router

    def bolt(self) -> AsyncApp:
        """The Bolt app; made when first used, inside the running loop."""
        if self._bolt is None:
            self._bolt = self._make_bolt()
        return self._bolt

    def _make_bolt(self) -> AsyncApp:
        async def authorize(
            enterprise_id: str | None, team_id: str | None, context: Any
        ) -> AuthorizeResult | None:
            return await self._workspaces.authorize(
                enterprise_id, team_id, context.is_enterprise_install
            )

        made = AsyncApp(
            client=self._workspaces.client(),
            signing_secret=self._settings.slack_signing_secret or "",
            authorize=cast(Any, authorize),
            # Ours are told apart by bot/slack/reading.py; edits of ours carry no sender.
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
            user_facing_authorize_error_message="This app is not installed here any more.",
        )
        cast(Any, made).use(self._front.middleware)
        return made

    async def run(self, inbox: Inbox) -> None:
        """Take events until cancelled.

        Raises:
            SettingsError: Slack refuses a token.
        """
        await self._greet()
        # Learnt when first used, which takes longer than Slack waits for an answer.
        await asyncio.to_thread(self.desk.warm)
        await self._front.messages.missed.plan()
        self.desk.inbox = inbox
        self._waiting = True
        beside: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._front.messages.missed.look()),
            asyncio.create_task(self.unfinished.watch()),
        ]
        try:
            if self._settings.slack_app_token is None:
                await asyncio.Event().wait()
            await self._hold_socket(self._settings.slack_app_token or "")
        finally:
            self._waiting = False
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _greet(self) -> None:
        """Ask Slack whose tokens these are, so that wrong ones are refused at once."""
        try:
            await self._workspaces.tokens.all()
            if self._settings.slack_app_token is not None:
                client = Web(self._workspaces.client(self._settings.slack_app_token))
                await client.call("apps.connections.open")
        except SlackApiError as error:
            code = code_of(error)
            if code in DEAD_TOKENS | {"not_allowed_token_type", "missing_scope"}:
                raise SettingsError(
                    f"Slack refuses the token: {code}. `rocket doctor slack` says what to do."
                ) from error
            raise

    async def _hold_socket(self, token: str) -> None:
        handler = AsyncSocketModeHandler(
            self.bolt(),
            token,
            web_client=self._workspaces.client(token),
            ping_interval=_PING_S,
        )
        self._socket = handler
        try:
            await handler.connect_async()
            while True:
                # The SDK connects again by itself.
                await asyncio.sleep(_LOOK_S)
        finally:
            await handler.close_async()
            self._socket = None

    async def close(self) -> None:
        """Give everything back."""
        await self.desk.close()
        await self.adapter.close()
        await self._workspaces.close()
