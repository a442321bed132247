"""The workspaces that have the app: their tokens and the clients that speak for them.

Two clients each. What can be repeated (reading, editing, opening views) is repeated by the SDK when
the connection or the server fails. A new message is not: a lost answer does not mean that it was
not posted, so the inbox looks first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import ClientSession, ClientTimeout
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web import Web

_TIMEOUT_S = 20
_FRESH_S = 300.0
# Errors of a token that will never be good again.
DEAD_TOKENS = frozenset({"invalid_auth", "account_inactive", "token_revoked", "not_authed"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an installation gives.

    Attributes:
        tenant: the key of its people and conversations: the workspace's id, or the organisation's
            where the app is installed for all of it.
        team: the workspace; None for a whole organisation.
    """

    tenant: str
    token: str
    team: str | None
    enterprise: str | None
    bot_user: str | None
    bot_id: str | None
    scopes: frozenset[str]


class Tokens(Protocol):
    """Where credentials come from: one token of the settings, or what was installed."""

    async def find(
        self, team: str | None, enterprise: str | None, *, whole: bool
    ) -> Credentials | None:
        """Those that an event is for; ``whole`` when the app is in the whole organisation."""
        ...

    async def of(self, tenant: str) -> Credentials | None:
        """Those of a tenant; renewed where they were about to run out."""
        ...

    async def all(self) -> Sequence[str]:
        """Every tenant."""
        ...

    async def drop(self, tenant: str) -> None:
        """They are good no more."""
        ...


@dataclass(frozen=True, slots=True)
class Workspace:
    """One installation with its clients.

    Attributes:
        poster: for what must not happen twice; nothing is repeated.
        web: for everything else.
    """

    credentials: Credentials
    poster: Web
    web: Web

    @property
    def tenant(self) -> str:
        """See :class:`Credentials`."""
        return self.credentials.tenant

    def may(self, scope: str) -> bool:
        """Whether it has a permission; where nothing is known of them, it is tried."""
        return not self.credentials.scopes or scope in self.credentials.scopes


class Workspaces:
    """Finds the workspace of an event or a reply.

    Args:
        api_url: of the Web API, with a slash at its end.

    Attributes:
        tokens: where credentials come from; to be set before anything else is done.
    """

    tokens: Tokens

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._session: ClientSession | None = None
        self._made: dict[str, tuple[float, Workspace]] = {}

    async def find(
        self, team: str | None, enterprise: str | None, *, whole: bool
    ) -> Workspace | None:
        """The workspace that an event is for; None where the app is not installed (any more)."""
        known = enterprise if whole else team
        if known is not None and (made := self._fresh(known)) is not None:
            return made
        found = await self.tokens.find(team, enterprise, whole=whole)
        return self._make(found) if found is not None else None

    async def of(self, tenant: str) -> Workspace | None:
        """The workspace of a tenant; None where the app is not installed any more."""
        if (made := self._fresh(tenant)) is not None:
            return made
        found = await self.tokens.of(tenant)
        return self._make(found) if found is not None else None

    async def authorize(
        self, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None
    ) -> AuthorizeResult | None:
        """What Bolt asks for before it hands an event on."""
        try:
            found = await self.find(team_id, enterprise_id, whole=bool(is_enterprise_install))
        except SlackApiError:
            return None
        if found is None:
            return None
        known = found.credentials
        return AuthorizeResult(
            enterprise_id=known.enterprise,
            team_id=known.team,
            bot_user_id=known.bot_user,
            bot_id=known.bot_id,
            bot_token=known.token,
            bot_scopes=sorted(known.scopes),
        )

    def forget(self, tenant: str) -> None:
        """Ask for its credentials anew."""
        self._made.pop(tenant, None)

    def client(self, token: str | None = None, *, repeats: bool = True) -> AsyncWebClient:
        """A client; ``repeats`` what failed."""
        handlers: list[AsyncRetryHandler] = []
        if repeats:
            handlers = [
                AsyncRateLimitErrorRetryHandler(max_retry_count=2),
                AsyncConnectionErrorRetryHandler(max_retry_count=2),
                AsyncServerErrorRetryHandler(max_retry_count=2),
            ]
        return AsyncWebClient(
            token,
            base_url=self._api_url,
            timeout=_TIMEOUT_S,
            session=self.session,
            retry_handlers=handlers,
        )

    @property
    def session(self) -> ClientSession:
        """The connections all clients share; opened when first used."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=ClientTimeout(total=_TIMEOUT_S))
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _fresh(self, tenant: str) -> Workspace | None:
        until, made = self._made.get(tenant, (0.0, None))
        return made if made is not None and time.monotonic() < until else None

    def _make(self, found: Credentials) -> Workspace:
        poster = Web(self.client(found.token, repeats=False))
        made = Workspace(found, poster, Web(self.client(found.token)))
        self._made[found.tenant] = (time.monotonic() + _FRESH_S, made)
        return made


class OneToken:
    """The token of one workspace, from the settings.

    Args:
        client: makes a client for a token.
    """

    def __init__(self, token: str, client: Callable[[str], AsyncWebClient]) -> None:
        self._token = token
        self._client = client
        self._known: Credentials | None = None

    async def learn(self) -> Credentials:
        """Whose token it is. Raises SlackApiError."""
        if self._known is None:
            told, headers = await Web(self._client(self._token)).headers("auth.test")
            team, enterprise = told.get("team_id"), told.get("enterprise_id")
            whole = bool(told.get("is_enterprise_install"))
            scopes = headers.get("x-oauth-scopes", "")
            self._known = Credentials(
                tenant=str(enterprise if whole else team),
                token=self._token,
                team=None if whole else team,
                enterprise=enterprise,
                bot_user=told.get("user_id"),
                bot_id=told.get("bot_id"),
                scopes=frozenset(one.strip() for one in scopes.split(",") if one.strip()),
            )
        return self._known

    async def find(
        self, team: str | None, enterprise: str | None, *, whole: bool
    ) -> Credentials | None:
        """Ours, for events of our workspace or organisation."""
        known = await self.learn()
        return known if known.tenant in {team, enterprise} else None

    async def of(self, tenant: str) -> Credentials | None:
        """Ours, or None."""
        known = await self.learn()
        return known if known.tenant == tenant else None

    async def all(self) -> Sequence[str]:
        """Ours."""
        return [(await self.learn()).tenant]

    async def drop(self, tenant: str) -> None:
        """Ask anew: the token of the settings may be replaced by installing again."""
        self._known = None
