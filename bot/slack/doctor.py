"""``rocket doctor slack``: what is set up, what is missing, and what to click."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from slack_sdk.errors import SlackApiError

from bot.platforms.findings import Finding
from bot.settings import Settings, SettingsError
from bot.slack.installs import Installations, Installed, Vault
from bot.slack.manifest import NEEDED_SCOPES, SCOPES
from bot.slack.web import Web, code_of
from bot.slack.workspaces import Credentials, OneToken, Workspaces
from storage.database import Database

_APPS = "https://api.slack.com/apps"
_SHOWN = 50
NOTHING = (
    "Nothing of Slack is set up: run `rocket slack manifest`, make an app from it at "
    f"{_APPS} (Create New App, From a manifest), and put its tokens into .env."
)


def findings(settings: Settings) -> list[Finding]:
    """What there is to say. Raises SettingsError where nothing is set up."""
    return asyncio.run(examine(settings))


async def examine(settings: Settings) -> list[Finding]:
    """Look at tokens, permissions, installations and what the API tells of the rest.

    Raises:
        SettingsError: nothing is set up, or a key is none.
        StorageError: the database with the installations can't be used.
    """
    if not any((settings.slack_bot_token, settings.slack_app_token, settings.slack_client_id)):
        raise SettingsError(NOTHING)
    workspaces = Workspaces(settings.slack_api_url)
    try:
        found = [*await _ways_in(settings, workspaces), *await _tokens(settings, workspaces)]
    finally:
        await workspaces.close()
    return [*found, _events(settings)]


async def _ways_in(settings: Settings, workspaces: Workspaces) -> list[Finding]:
    """How events come in."""
    if settings.slack_app_token is not None:
        return [await _app_token(settings.slack_app_token, workspaces)]
    if settings.slack_signing_secret is None:
        says = "Events can't reach this program."
        todo = (
            f"{_APPS}: your app, Basic Information, App-Level Tokens: Generate Token with "
            "connections:write, put it into .env as SLACK_APP_TOKEN. Or, with a public address, "
            "put the Signing Secret of the same page there as SLACK_SIGNING_SECRET."
        )
        return [Finding("events", "bad", says, todo)]
    if settings.public_url is None:
        says = "Events come by HTTP; pictures of the coaches can't be shown without an address."
        todo = "Put the address of this program into .env as PUBLIC_URL, then compare the manifest."
        return [Finding("events", "less", says, todo)]
    todo = (
        f"{_APPS}: your app, Event Subscriptions: while the program runs, press Retry where the "
        "Request URL is not Verified."
    )
    return [Finding("events", "good", f"Events come by HTTP to {settings.public_url}.", todo)]


async def _app_token(token: str, workspaces: Workspaces) -> Finding:
    try:
        await Web(workspaces.client(token)).call("apps.connections.open")
    except SlackApiError as error:
        code = code_of(error)
        todo = (
            f"{_APPS}: your app, Basic Information, App-Level Tokens: Generate Token with "
            "connections:write, and put it (xapp-…) into .env as SLACK_APP_TOKEN."
        )
        if code == "socket_mode_not_enabled" or code == "not_allowed":
            todo = f"{_APPS}: your app, Socket Mode: turn on Enable Socket Mode."
        return Finding("socket", "bad", f"Slack refuses SLACK_APP_TOKEN: {code}.", todo)
    return Finding("socket", "good", "Socket Mode works: no public address is needed.")


async def _tokens(settings: Settings, workspaces: Workspaces) -> list[Finding]:
    if settings.slack_bot_token is not None:
        return await _of(OneToken(settings.slack_bot_token, workspaces.client))
    if not (settings.slack_client_id and settings.slack_client_secret):
        says = "There is no SLACK_BOT_TOKEN, and no SLACK_CLIENT_ID with SLACK_CLIENT_SECRET."
        todo = (
            f"{_APPS}: your app, Install App: Install to Workspace, and put the Bot User OAuth "
            "Token (xoxb-…) into .env as SLACK_BOT_TOKEN."
        )
        return [Finding("token", "bad", says, todo)]
    vault = Vault(settings.token_keys)
    database = Database(settings.database_url)
    await database.open()
    try:
        tokens = Installed(
            Installations(database, vault),
            settings.slack_client_id,
            settings.slack_client_secret,
            workspaces.client,
        )
        return await _installed(tokens, workspaces)
    finally:
        await database.close()


async def _of(token: OneToken) -> list[Finding]:
    try:
        known = await token.learn()
    except SlackApiError as error:
        todo = (
            f"{_APPS}: your app, Install App: Reinstall to Workspace, and put the Bot User OAuth "
            "Token (xoxb-…) into .env as SLACK_BOT_TOKEN."
        )
        says = f"Slack refuses SLACK_BOT_TOKEN: {code_of(error)}."
        return [Finding("token", "bad", says, todo)]
    return [
        Finding("token", "good", f"The token is that of workspace {known.tenant}."),
        *_scopes(known, f"{_APPS}: your app, OAuth & Permissions"),
    ]


async def _installed(tokens: Installed, workspaces: Workspaces) -> list[Finding]:
    tenants: Sequence[str] = await tokens.all()
    if not tenants:
        says = "No workspace has installed the app yet."
        todo = (
            "Start `rocket serve` and open /slack/install at its public address; for other "
            f"workspaces than yours, {_APPS}: your app, Manage Distribution: Activate Public "
            "Distribution."
        )
        return [Finding("installations", "less", says, todo)]
    found: list[Finding] = []
    for tenant in tenants[:_SHOWN]:
        known = await tokens.of(tenant)
        if known is None:
            says = f"What is kept of {tenant} can't be read."
            todo = "Put the key it was kept with into TOKEN_KEYS, behind the first."
            found.append(Finding("installation", "bad", says, todo))
            continue
        try:
            await Web(workspaces.client(known.token)).headers("auth.test")
        except SlackApiError as error:
            says = f"Slack refuses the token of {tenant}: {code_of(error)}."
            todo = "Have the app installed there again: /slack/install at the public address."
            found.append(Finding("installation", "bad", says, todo))
            continue
        found.append(Finding("installation", "good", f"Installed in {tenant}."))
        found += _scopes(known, "/slack/install at the public address")
    return found


def _scopes(known: Credentials, where: str) -> list[Finding]:
    if not known.scopes:
        return [Finding("permissions", "less", "Slack does not tell which permissions it has.")]
    missing = [scope for scope in SCOPES if scope not in known.scopes]
    if not missing:
        return [Finding("permissions", "good", "It has all the permissions it uses.")]
    return [
        Finding(
            f"permission {scope}",
            "bad" if scope in NEEDED_SCOPES else "less",
            f"It is missing; it is for {SCOPES[scope]}.",
            f"{where}: add {scope}, then install the app again.",
        )
        for scope in missing
    ]


def _events(settings: Settings) -> Finding:
    """What the API does not tell, and how to see for oneself."""
    says = (
        "Slack tells nobody which events, shortcuts and commands an app has: compare them with "
        f"`rocket slack manifest` (the command is {settings.slack_command})."
    )
    return Finding("manifest", "good", says, f"{_APPS}: your app, App Manifest.")
