"""A small Bolt app, to see whether the local Slack is one for the real libraries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from tests.slackserver.server import APP_TOKEN, SIGNING_SECRET, Server

BUTTONS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "pick",
                "text": {"type": "plain_text", "text": "Pick David"},
                "value": "david",
            }
        ],
    }
]
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "about",
    "title": {"type": "plain_text", "text": "About you"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "goal",
            "label": {"type": "plain_text", "text": "Your goal"},
            "element": {"type": "plain_text_input", "action_id": "goal"},
        }
    ],
}


def client_of(server: Server, token: str) -> AsyncWebClient:
    made = AsyncWebClient(token, base_url=server.api_url)
    made.retry_handlers += [AsyncRateLimitErrorRetryHandler(2), AsyncServerErrorRetryHandler(2)]
    return made


def small_app(server: Server, token: str) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """An app that answers messages, mentions, a command, a button and a modal.

    Returns it and the list of events that it heard.
    """
    app = AsyncApp(client=client_of(server, token), signing_secret=SIGNING_SECRET)
    heard: list[dict[str, Any]] = []

    @app.event("message")
    async def _(event: dict[str, Any], say: Any) -> None:
        heard.append(event)
        if event.get("channel_type") == "im" and "subtype" not in event:
            await say(text=f"You said {event['text']}", thread_ts=event["ts"], blocks=BUTTONS)

    @app.event("app_mention")
    async def _(event: dict[str, Any]) -> None:
        heard.append(event)

    @app.command("/coach")
    async def _(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack(f"The coaches, {command['text']}")
        await client.views_open(trigger_id=command["trigger_id"], view=MODAL)

    @app.action("pick")
    async def _(ack: Any, action: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(f"Picked {action['value']}", replace_original=False)

    @app.view("about")
    async def _(ack: Any, view: dict[str, Any]) -> None:
        goal = view["state"]["values"]["goal"]["goal"]["value"]
        if goal == "?":
            await ack(response_action="errors", errors={"goal": "Say more"})
        else:
            await ack()

    return app, heard


@asynccontextmanager
async def serving(server: Server, app: AsyncApp) -> AsyncIterator[None]:
    """The app at work, by the way that the server sends."""
    if server.carrier is server.sockets:
        handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=app.client)
        await handler.connect_async()
        await server.sockets.connected()
        try:
            yield
        finally:
            await handler.close_async()
        return

    async def handle(request: web.Request) -> web.Response:
        body = await request.text()
        bolt = AsyncBoltRequest(body=body, headers=dict(request.headers))
        answer = await app.async_dispatch(bolt)
        kind = answer.headers.get("content-type", ["text/plain"])[0].split(";")[0]
        return web.Response(text=answer.body, status=answer.status, content_type=kind)

    place = web.Application()
    place.router.add_post("/slack/events", handle)
    runner = web.AppRunner(place, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.posts.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


async def refused(call: Any) -> str:
    """The error that a call ends with."""
    with pytest.raises(SlackApiError) as error:
        await call
    return error.value.response["error"]
