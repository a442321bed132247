"""Slack over HTTP: events, installing, and the pictures of the coaches."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any, cast

from fastapi import APIRouter, HTTPException, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse

from bot.settings import Settings
from bot.slack import menus
from bot.slack.desk import Desk
from bot.slack.faces import AVATARS_PATH
from bot.slack.installs import Installations, States, tenant_of
from bot.slack.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH, SCOPES
from bot.slack.places import Place
from personas.catalogue import HERE

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rocket Coach</title>'
    '<meta name="viewport" content="width=device-width">'
    "<body style='font-family:system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem'>"
    "<h1>{title}</h1><p>{text}</p></body></html>"
)
_A_DAY = {"Cache-Control": "public, max-age=86400"}


def routes(
    desk: Desk,
    settings: Settings,
    installations: Installations | None,
    bolt: Callable[[], AsyncApp],
) -> APIRouter:
    """The routes.

    Args:
        installations: None where there is one workspace, by its token.
        bolt: makes the Bolt app when the first event comes.
    """
    router = APIRouter()

    async def events(request: Request) -> Response:
        return await AsyncSlackRequestHandler(bolt()).handle(request)

    async def avatar(key: str) -> Response:
        if desk.coach(key) is None:
            raise HTTPException(404)
        path = HERE / "avatars" / f"{key}.png"
        if not path.is_file():
            raise HTTPException(404)
        return Response(path.read_bytes(), media_type="image/png", headers=_A_DAY)

    if settings.slack_signing_secret is not None:
        router.add_api_route(EVENTS_PATH, events, methods=["POST"])
    router.add_api_route(AVATARS_PATH + "/{key}.png", avatar, methods=["GET"])
    if installations is not None:
        _add_oauth(router, desk, settings, installations)
    return router


def _add_oauth(
    router: APIRouter, desk: Desk, settings: Settings, installations: Installations
) -> None:
    flow: list[AsyncOAuthFlow] = []

    def the_flow() -> AsyncOAuthFlow:
        # Made inside the running loop, for its client needs one.
        if not flow:
            flow.append(_flow(desk, settings, installations))
        return flow[0]

    async def install(request: Request) -> Response:
        asked = to_async_bolt_request(request, b"")
        return to_starlette_response(await the_flow().handle_installation(asked))

    async def redirect(request: Request) -> Response:
        asked = to_async_bolt_request(request, b"")
        return to_starlette_response(await the_flow().handle_callback(asked))

    router.add_api_route(INSTALL_PATH, install, methods=["GET"])
    router.add_api_route(REDIRECT_PATH, redirect, methods=["GET"])


def _flow(desk: Desk, settings: Settings, installations: Installations) -> AsyncOAuthFlow:
    async def success(arguments: AsyncSuccessArgs) -> BoltResponse:
        made = cast(Any, arguments.installation)
        tenant = tenant_of(made.team_id, made.enterprise_id, whole=bool(made.is_enterprise_install))
        desk.workspaces.forget(tenant)
        if made.user_id:
            desk.later(_greet(desk, tenant, str(made.user_id)))
        name = html.escape(str(made.team_name or made.enterprise_name or "your workspace"))
        text = (
            f"Rocket Coach is in {name}. Go back to Slack: a message from it waits for you, and "
            f"anybody can type {html.escape(settings.slack_command)}."
        )
        return _page(200, "Installed", text)

    async def failure(arguments: AsyncFailureArgs) -> BoltResponse:
        text = (
            f"Slack says: {html.escape(arguments.reason)}. Nothing was installed. Begin again at "
            f'<a href="{INSTALL_PATH}">the install page</a>.'
        )
        return _page(arguments.suggested_status_code, "That did not work", text)

    base = settings.public_url.rstrip("/") if settings.public_url else None
    made = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret,
        scopes=sorted(SCOPES),
        user_scopes=[],
        redirect_uri=base + REDIRECT_PATH if base else None,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=States(desk.database),
        callback_options=AsyncCallbackOptions(success=success, failure=failure),
    )
    return AsyncOAuthFlow(settings=made, client=desk.workspaces.client())


async def _greet(desk: Desk, tenant: str, user: str) -> None:
    """Who installed the app gets a hello with one button."""
    workspace = await desk.workspaces.of(tenant)
    if workspace is None or not await desk.once("hello", tenant, user):
        return
    channel = await desk.people.direct(workspace, user)
    rows = menus.welcome(desk.command)
    await desk.say(workspace, Place(tenant, channel), "Hello. Pick a coach.", rows)


def _page(status: int, title: str, text: str) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = {"Content-Type": "text/html; charset=utf-8"}
    return BoltResponse(status=status, body=_PAGE.format(title=title, text=text), headers=headers)
