"""Installations by OAuth: kept in our database, tokens encrypted, renewed before they run out."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from logging import Logger
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SettingsError
from bot.slack.places import PLATFORM
from bot.slack.workspaces import Credentials
from storage import platforms
from storage.database import Database

_log = logging.getLogger(__name__)
# Tokens that live shorter than this are renewed before they are used.
_MINUTES_LEFT = 120
_STATE_LIVES = timedelta(minutes=10)


class Vault:
    """Encrypts what is kept of installations.

    Args:
        keys: Fernet keys; the first one encrypts, all decrypt, so that a key can be replaced.

    Raises:
        SettingsError: there is no key, or one that is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SettingsError("TOKEN_KEYS: a key is needed; `rocket slack key` makes one.")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SettingsError(
                "TOKEN_KEYS: that is no key; `rocket slack key` makes one."
            ) from error

    def lock(self, value: dict[str, Any]) -> str:
        """Encrypt."""
        return self._fernet.encrypt(json.dumps(value).encode()).decode()

    def unlock(self, locked: str) -> dict[str, Any] | None:
        """Decrypt; None when no key fits any more."""
        try:
            return json.loads(self._fernet.decrypt(locked.encode()))
        except InvalidToken:
            _log.error("an installation can't be decrypted: its key is not in TOKEN_KEYS")
            return None


def tenant_of(team: str | None, enterprise: str | None, *, whole: bool) -> str:
    """The key of an installation: the organisation's where it is for all of it."""
    return str(enterprise if whole and enterprise else team or enterprise)


class Installations(AsyncInstallationStore):
    """Installations in our database, one a tenant; also what Bolt's OAuth flow writes to."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    @property
    def logger(self) -> Logger:
        """Where it logs."""
        return _log

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep the app's own tokens; nobody's user token is kept."""
        tenant = tenant_of(bot.team_id, bot.enterprise_id, whole=bot.is_enterprise_install)
        locked = self._vault.lock(
            {
                "team": None if bot.is_enterprise_install else bot.team_id,
                "enterprise": bot.enterprise_id,
                "token": bot.bot_token,
                "refresh": bot.bot_refresh_token,
                "expires": bot.bot_token_expires_at,
                "bot_id": bot.bot_id,
                "bot_user": bot.bot_user_id,
                "scopes": list(bot.bot_scopes),
                "app": bot.app_id,
            }
        )
        now = datetime.now(UTC)
        await self._database.write(
            lambda one: platforms.keep_installation(one, PLATFORM, tenant, locked, now)
        )

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """The app's tokens for an event."""
        tenants = [team_id, enterprise_id]
        for tenant in tenants[1:] if is_enterprise_install else tenants:
            if tenant and (kept := await self.kept(tenant)) is not None:
                return _bot(kept)
        return None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete what is kept of a workspace."""
        await self.remove(team_id or enterprise_id or "")

    async def kept(self, tenant: str) -> dict[str, Any] | None:
        """What is kept of a tenant, decrypted."""
        locked = await self._database.read(
            lambda one: platforms.installation(one, PLATFORM, tenant)
        )
        return self._vault.unlock(locked) if locked is not None else None

    async def tenants(self) -> list[str]:
        """Who has installed the app."""
        return await self._database.read(lambda one: platforms.installed(one, PLATFORM))

    async def remove(self, tenant: str) -> None:
        """Delete what is kept of a tenant."""
        await self._database.write(lambda one: platforms.drop_installation(one, PLATFORM, tenant))


def _bot(kept: dict[str, Any]) -> Bot:
    return Bot(
        app_id=kept["app"],
        enterprise_id=kept["enterprise"],
        team_id=kept["team"],
        bot_token=kept["token"],
        bot_id=kept["bot_id"],
        bot_user_id=kept["bot_user"],
        bot_scopes=kept["scopes"],
        bot_refresh_token=kept["refresh"],
        bot_token_expires_at=kept["expires"],
        is_enterprise_install=kept["team"] is None,
        installed_at=datetime.now(UTC),
    )


class Installed:
    """The credentials of everybody who installed the app.

    Args:
        client: makes a client without a token.
    """

    def __init__(
        self,
        installations: Installations,
        client_id: str,
        client_secret: str,
        client: Callable[[], AsyncWebClient],
    ) -> None:
        self._installations = installations
        self._ids = {"client_id": client_id, "client_secret": client_secret}
        self._client = client

    async def find(
        self, team: str | None, enterprise: str | None, *, whole: bool
    ) -> Credentials | None:
        """Those of the workspace, else of its organisation."""
        for tenant in (enterprise,) if whole else (team, enterprise):
            if tenant and (found := await self.of(tenant)) is not None:
                return found
        return None

    async def of(self, tenant: str) -> Credentials | None:
        """Those of a tenant; renewed where they were about to run out."""
        kept = await self._installations.kept(tenant)
        if kept is None:
            return None
        bot = await self._renewed(_bot(kept))
        return Credentials(
            tenant=tenant,
            token=bot.bot_token,
            team=kept["team"],
            enterprise=kept["enterprise"],
            bot_user=bot.bot_user_id,
            bot_id=bot.bot_id,
            scopes=frozenset(bot.bot_scopes),
        )

    async def _renewed(self, bot: Bot) -> Bot:
        if not bot.bot_refresh_token:
            return bot
        rotator = AsyncTokenRotator(**self._ids, client=self._client())
        try:
            fresh = await rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=_MINUTES_LEFT
            )
        except SlackTokenRotationError as error:
            # Another process may have renewed it just now, and the old one is good for a while.
            _log.warning("a token could not be renewed: %s", type(error).__name__)
            return bot
        if fresh is None:
            return bot
        await self._installations.async_save_bot(fresh)
        return fresh

    async def all(self) -> Sequence[str]:
        """Every tenant."""
        return await self._installations.tenants()

    async def drop(self, tenant: str) -> None:
        """Delete an installation."""
        await self._installations.remove(tenant)


class States(AsyncOAuthStateStore):
    """What tells that who comes back from Slack is who left from here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def logger(self) -> Logger:
        """Where it logs."""
        return _log

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state; good for ten minutes."""
        state = secrets.token_urlsafe(24)
        now = datetime.now(UTC)
        await self._database.write(lambda one: platforms.issue_state(one, state, now, _STATE_LIVES))
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued here; good for once."""
        now = datetime.now(UTC)
        return await self._database.write(lambda one: platforms.consume_state(one, state, now))
