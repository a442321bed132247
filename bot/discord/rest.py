"""Requests to Discord: rate limits are discord.py's, errors become what the inbox understands.

Replies are sent by requests alone, so that a worker that holds no gateway connection sends as well.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bot.discord.components import Payload
from bot.discord.pacing import PacedClient
from bot.inbox.contract import DeliveryError, TryLaterError, UndeliverableError
from bot.replies import Attachment

_log = logging.getLogger(__name__)
# Longer waits are the inbox's: somebody else's reply may go out meanwhile.
_LONGEST_WAIT_S = 5.0
_HOOK_WAIT_S = 5.0
_UNAUTHORISED_S = 60.0
_CONNECTIONS = 250
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_KEPT = 5000
# First answers to interactions: tries, and seconds between two.
_TRIES, _AGAIN_S = 3, 0.3
# Signs under way at the same time; after a refusal there are none for a while.
_SIGNS_AT_ONCE, _NO_SIGNS_S = 50, 5.0

# A message there can't be shown any more, but perhaps elsewhere: unknown channel, no access, no
# permission, archived for good, locked, the person takes no direct messages.
UNKNOWN_CHANNEL, NO_ACCESS, NO_PERMISSION, ARCHIVED = 10003, 50001, 50013, 50083
CLOSED = frozenset(
    {UNKNOWN_CHANNEL, 10004, NO_ACCESS, NO_PERMISSION, 50007, ARCHIVED, 160005, 50278}
)
UNKNOWN_WEBHOOK, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION, ANSWERED = 10015, 10008, 10062, 40060
INVALID_TOKEN, INVALID = 50027, 50035


class Rest:
    """One bot's requests.

    Args:
        token: the bot's.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self._http: HTTPClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._opening = asyncio.Lock()
        self._me: Payload = {}
        self._app: Payload = {}
        self._direct: OrderedDict[str, str] = OrderedDict()
        self._hook_free_at: dict[str, float] = {}
        # Signs that are under way or wait for it.
        self.signs = 0
        self._signing = asyncio.Semaphore(_SIGNS_AT_ONCE)
        self._no_signs_until = 0.0

    async def open(self) -> HTTPClient:
        """Log in, once. Raises discord.LoginFailure, HTTPException, ClientError."""
        async with self._opening:
            if self._http is None:
                http = PacedClient(asyncio.get_running_loop())
                # Given at the beginning it would be half a minute at least.
                http.max_ratelimit_timeout = _LONGEST_WAIT_S
                try:
                    self._me = dict(await http.static_login(self.token))
                except BaseException:
                    await http.close()
                    raise
                self._http = http
                self._session = aiohttp.ClientSession(
                    timeout=_TIMEOUT, connector=aiohttp.TCPConnector(limit=_CONNECTIONS)
                )
            return self._http

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
        if self._session is not None:
            await self._session.close()
        self._http = self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """For files that people send; there after :meth:`open`."""
        if self._session is None:
            raise RuntimeError("not logged in yet")
        return self._session

    async def call(
        self,
        method: str,
        path: str,
        body: Payload | list[Payload] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        files: Sequence[Attachment] = (),
        **ids: str,
    ) -> Any:
        """Make a request; ``{names}`` in the path are filled from ``ids``.

        Raises:
            discord.HTTPException: Discord refuses it.
            discord.RateLimited: it wants us to wait for long.
            aiohttp.ClientError, OSError: the connection failed; it may have come through.
        """
        http = await self.open()
        route = Route(method, path, **ids)
        how: dict[str, Any] = {"params": dict(query)} if query else {}
        if files:
            return await http.request(route, form=_form(body, files), **how)
        if body is not None:
            how["json"] = body
        return await http.request(route, **how)

    # Who we are -----------------------------------------------------------------------------------

    async def me(self) -> Payload:
        """The bot's own user."""
        await self.open()
        return self._me

    async def app(self) -> Payload:
        """The application: its id, flags, where it may be installed."""
        if not self._app:
            self._app = dict(await self.call("GET", "/applications/@me"))
        return self._app

    async def direct(self, user: str) -> str:
        """The channel of direct messages with somebody."""
        if user not in self._direct:
            told = await self.call("POST", "/users/@me/channels", {"recipient_id": user})
            self.note_direct(user, str(told["id"]))
        return self._direct[user]

    def note_direct(self, user: str, channel: str) -> None:
        """Somebody wrote to us directly: that is the channel."""
        self._direct[user] = channel
        while len(self._direct) > _KEPT:
            self._direct.popitem(last=False)

    # Messages -------------------------------------------------------------------------------------

    async def post(
        self, channel: str, body: Payload, nonce: str = "", files: Sequence[Attachment] = ()
    ) -> Payload:
        """Send a message; with a nonce, once only."""
        if nonce:
            body = {**body, "nonce": nonce, "enforce_nonce": True}
        return await self.call(
            "POST", "/channels/{channel_id}/messages", body, files=files, channel_id=channel
        )

    async def edit(
        self, channel: str, message: str, body: Payload, files: Sequence[Attachment] = ()
    ) -> None:
        """Change a message of ours."""
        path = "/channels/{channel_id}/messages/{message_id}"
        await self.call("PATCH", path, body, files=files, channel_id=channel, message_id=message)

    async def delete(self, channel: str, message: str) -> None:
        """Take a message of ours away."""
        path = "/channels/{channel_id}/messages/{message_id}"
        await self.call("DELETE", path, channel_id=channel, message_id=message)

    async def history(self, channel: str, **query: str | int) -> list[Payload]:
        """Messages of a channel, the newest first."""
        path = "/channels/{channel_id}/messages"
        return list(await self.call("GET", path, query=query, channel_id=channel))

    async def typing(self, channel: str) -> None:
        """Show for ten seconds that we are writing."""
        await self.call("POST", "/channels/{channel_id}/typing", channel_id=channel)

    async def sign(self, channel: str) -> None:
        """As :meth:`typing`, but rather not at all than late: nothing waits, nothing is repeated.

        A sign counts like any request; where the bot has none left in this second, replies need
        them more.
        """
        http = await self.open()
        self.signs += 1
        try:
            async with self._signing:
                if time.monotonic() < self._no_signs_until:
                    return
                url = f"{Route.BASE}/channels/{channel}/typing"
                headers = {"Authorization": f"Bot {self.token}", "User-Agent": http.user_agent}
                async with self.session.post(url, headers=headers) as answer:
                    if answer.status == 429:
                        self._no_signs_until = time.monotonic() + _NO_SIGNS_S
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.info("no sign: %s", type(error).__name__)
        finally:
            self.signs -= 1

    # Interactions ---------------------------------------------------------------------------------

    async def respond(self, interaction: str, token: str, kind: int, data: Payload | None) -> None:
        """Answer an interaction for the first time; that it was answered already is no error.

        It may be repeated, counts for no limit of the bot's, and has three seconds: so it goes by
        a way of its own, which waits for nothing.
        """
        body: Payload = {"type": kind} if data is None else {"type": kind, "data": data}
        url = f"{Route.BASE}/interactions/{interaction}/{token}/callback"
        await self.open()
        for tries in range(1, _TRIES + 1):
            last = tries == _TRIES
            try:
                async with self.session.post(url, json=body) as answer:
                    if answer.status < 300:
                        return
                    error = _refusal(answer, await _told(answer))
            except (aiohttp.ClientError, TimeoutError):
                if last:
                    raise
                continue
            if isinstance(error, discord.HTTPException) and error.code == ANSWERED:
                return
            if last or (answer.status < 500 and answer.status != 429):
                raise error
            await asyncio.sleep(_AGAIN_S)

    async def original(
        self, app: str, token: str, body: Payload, files: Sequence[Attachment] = ()
    ) -> None:
        """Change the first answer to an interaction."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self.call("PATCH", path, body, files=files, webhook_id=app, webhook_token=token)

    async def shown_original(self, app: str, token: str) -> Payload:
        """The first answer to an interaction as it stands."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        return dict(await self.call("GET", path, webhook_id=app, webhook_token=token))

    async def drop_original(self, app: str, token: str) -> None:
        """Take the first answer to an interaction away."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self.call("DELETE", path, webhook_id=app, webhook_token=token)

    # Webhooks -------------------------------------------------------------------------------------

    async def by_hook(
        self, hook: str, token: str, thread: str, body: Payload, files: Sequence[Attachment] = ()
    ) -> Payload:
        """Send a message by a webhook, in one try: what it comes to is not told twice.

        discord.py repeats a request after an error of the server, and a webhook takes no nonce.

        Raises:
            as :meth:`call`.
        """
        return await self._once(hook, token, body, files, {"thread_id": thread})

    async def follow_up(
        self, app: str, token: str, body: Payload, files: Sequence[Attachment] = ()
    ) -> Payload:
        """Send one more answer to an interaction, in one try as :meth:`by_hook`."""
        return await self._once(app, token, body, files, {})

    async def _once(
        self,
        hook: str,
        token: str,
        body: Payload,
        files: Sequence[Attachment],
        where: Mapping[str, str],
    ) -> Payload:
        await self.open()
        await self._hook_turn(hook)
        url = f"{Route.BASE}/webhooks/{hook}/{token}"
        how: dict[str, Any] = {"params": {"wait": "true", **where}}
        if files:
            form = aiohttp.FormData(quote_fields=False)
            for field in _form(body, files):
                form.add_field(**field)
            how["data"] = form
        else:
            how["json"] = body
        async with self.session.post(url, **how) as answer:
            self._note_hook(hook, answer)
            told = await _told(answer)
            if answer.status >= 300:
                raise _refusal(answer, told)
            return told

    async def edit_by_hook(
        self,
        hook: str,
        token: str,
        thread: str,
        message: str,
        body: Payload,
        files: Sequence[Attachment] = (),
    ) -> None:
        """Change a message that a webhook sent."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
        ids = {"webhook_id": hook, "webhook_token": token, "message_id": message}
        await self.call("PATCH", path, body, query={"thread_id": thread}, files=files, **ids)

    async def _hook_turn(self, hook: str) -> None:
        wait = self._hook_free_at.get(hook, 0.0) - time.monotonic()
        if wait > _HOOK_WAIT_S:
            raise discord.RateLimited(wait)
        if wait > 0:
            await asyncio.sleep(wait)

    def _note_hook(self, hook: str, answer: aiohttp.ClientResponse) -> None:
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            after = float(answer.headers.get("X-RateLimit-Reset-After") or 0)
            self._hook_free_at[hook] = time.monotonic() + after


async def _told(answer: aiohttp.ClientResponse) -> Payload:
    """What an answer says; what stands before Discord answers with a page, which says nothing."""
    try:
        return dict(await answer.json(content_type=None))
    except (ValueError, TypeError):
        return {}


def _refusal(
    answer: aiohttp.ClientResponse, told: Payload
) -> discord.HTTPException | discord.RateLimited:
    """The error that an answer means."""
    if answer.status == 429:
        return discord.RateLimited(float(told.get("retry_after", _HOOK_WAIT_S)))
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if answer.status >= 500 else discord.HTTPException
    return kinds.get(answer.status, kind)(answer, told)


def _form(
    body: Payload | list[Payload] | None, files: Sequence[Attachment]
) -> list[dict[str, Any]]:
    given: Payload = dict(body) if isinstance(body, dict) else {}
    given["attachments"] = [
        {"id": number, "filename": one.name, "description": one.alt[:1024]}
        for number, one in enumerate(files)
    ]
    fields: list[dict[str, Any]] = [{"name": "payload_json", "value": json.dumps(given)}]
    fields[0]["content_type"] = "application/json"
    return fields + [
        {
            "name": f"files[{number}]",
            "value": one.data,
            "filename": one.name,
            "content_type": one.media_type,
        }
        for number, one in enumerate(files)
    ]


def verdict(error: Exception) -> Exception:
    """What an error of a request means to the inbox; itself where it says nothing."""
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, discord.RateLimited):
        return TryLaterError(error.retry_after)
    if isinstance(error, discord.LoginFailure):
        return TryLaterError(_UNAUTHORISED_S)
    if isinstance(error, discord.HTTPException):
        if error.status == 429:
            return TryLaterError(_HOOK_WAIT_S)
        if error.status == 401:
            return TryLaterError(_UNAUTHORISED_S)
        if error.status in {403, 404}:
            return UndeliverableError(f"Discord refuses it: {error.code}")
    return error


def is_closed(error: Exception) -> bool:
    """Whether a place is closed to us, so that another way may be open."""
    return isinstance(error, discord.HTTPException) and error.code in CLOSED
