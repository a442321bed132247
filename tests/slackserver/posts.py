"""HTTP mode: signed requests to the app's address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from typing import Any

import aiohttp

from tests.slackserver.outgoing import Carrier, NotTakenError, Outgoing
from tests.slackserver.world import Json

VERSION = "v0"


def signed(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """The headers by which an app knows that a request is from Slack.

    Method: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    moment = int(time.time()) if at is None else at
    base = f"{VERSION}:{moment}:{body}".encode()
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": str(moment),
        "X-Slack-Signature": f"{VERSION}={digest}",
    }


class Posts(Carrier):
    """Brings everything to one address."""

    def __init__(self, url: str, secret: str, *args: Any) -> None:
        super().__init__(*args)
        self.url = url
        self._secret = secret
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        await super().close()
        if self._http is not None:
            await self._http.close()

    async def verify(self) -> bool:
        """Whether the address answers the challenge, as Slack asks when it is entered."""
        challenge = {"token": "t", "type": "url_verification", "challenge": "prove-it"}
        status, text = await self._post(json.dumps(challenge), "application/json", {})
        return status == 200 and "prove-it" in text

    async def carry(self, outgoing: Outgoing, retry: int, reason: str) -> Json | None:
        headers: dict[str, str] = {}
        if retry:
            headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        try:
            status, text = await self._post(*_body(outgoing), headers)
        except TimeoutError:
            raise NotTakenError("http_timeout") from None
        except aiohttp.ClientError:
            raise NotTakenError("connection_failed") from None
        if status != 200:
            raise NotTakenError("http_error")
        if not text or not outgoing.acknowledgeable:
            return None
        return json.loads(text) if text.startswith("{") else {"text": text}

    async def _post(self, body: str, kind: str, headers: dict[str, str]) -> tuple[int, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        own = {"Content-Type": kind, **signed(self._secret, body), **headers}
        async with asyncio.timeout(self.ack_s):
            async with self._http.post(self.url, data=body.encode(), headers=own) as answer:
                return answer.status, await answer.text()


def _body(outgoing: Outgoing) -> tuple[str, str]:
    if outgoing.kind == "events_api":
        return json.dumps(outgoing.payload), "application/json"
    form = "application/x-www-form-urlencoded"
    if outgoing.kind == "interactive":
        return urllib.parse.urlencode({"payload": json.dumps(outgoing.payload)}), form
    return urllib.parse.urlencode(outgoing.payload), form
