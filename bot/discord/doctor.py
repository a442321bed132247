"""``rocket doctor discord``: what is set up, what is missing, and what to click."""

from __future__ import annotations

import discord

from bot.discord.components import Payload
from bot.discord.connection import point_at
from bot.discord.permissions import invite, missing, reads_along
from bot.discord.rest import Rest
from bot.discord.syncing import synced
from bot.platforms.findings import Finding
from bot.settings import Settings, SettingsError

_PORTAL = "https://discord.com/developers/applications"
_SERVERS = 20
NO_TOKEN = (
    "DISCORD_TOKEN is missing: open your app at https://discord.com/developers/applications, page "
    "Bot, click Reset Token, and put the token into .env."
)
REFUSED = (
    "DISCORD_TOKEN is refused: open your app at https://discord.com/developers/applications, page "
    "Bot, click Reset Token, and put the new token into .env."
)


async def examine(settings: Settings) -> list[Finding]:
    """Look at token, intents, installs, commands and permissions.

    Raises:
        SettingsError: there is no token, or it is refused.
    """
    if settings.discord_token is None:
        raise SettingsError(NO_TOKEN)
    point_at(settings)
    rest = Rest(settings.discord_token)
    try:
        me = await rest.me()
        app = await rest.app()
        return [
            Finding("token", "good", f"The token is that of {me['username']}."),
            _content(app),
            _installs(app),
            await _commands(rest),
            *await _servers(rest, str(app["id"])),
        ]
    except discord.LoginFailure as error:
        raise SettingsError(REFUSED) from error
    finally:
        await rest.close()


def _content(app: Payload) -> Finding:
    if reads_along(app):
        return Finding("message content", "good", "It may read what is written in its threads.")
    return Finding(
        "message content",
        "less",
        "It reads direct messages, mentions and answers to its messages, but nothing else in "
        "threads.",
        f"{_PORTAL}/{app['id']}/bot: turn on Message Content Intent, Save Changes, start again.",
    )


def _installs(app: Payload) -> Finding:
    ways: Payload = app.get("integration_types_config") or {}
    lacking = [
        name
        for key, name in (("0", "Guild Install"), ("1", "User Install"))
        if ways and key not in ways
    ]
    if not lacking:
        return Finding("installing", "good", "It can be added to servers and by single people.")
    return Finding(
        "installing",
        "less",
        f"It can't be added by {' and '.join(lacking)}.",
        f"{_PORTAL}/{app['id']}/installation: tick {' and '.join(lacking)}, Save Changes.",
    )


async def _commands(rest: Rest) -> Finding:
    if await synced(rest):
        return Finding("commands", "good", "Discord knows the commands as they are.")
    return Finding(
        "commands",
        "less",
        "Discord does not know the commands as they are.",
        "Start `rocket serve`: it tells them once.",
    )


async def _servers(rest: Rest, app: str) -> list[Finding]:
    told: list[Payload] = await rest.call("GET", "/users/@me/guilds", query={"limit": 200})
    if not told:
        return [
            Finding(
                "servers", "less", "It is in no server yet.", f"Open {invite(app)} and pick one."
            )
        ]
    return [_server(one, app) for one in told[:_SERVERS]]


def _server(told: Payload, app: str) -> Finding:
    lacking = missing(int(told.get("permissions") or 0))
    about = f"server {told['name']}"
    if not lacking:
        return Finding(about, "good", "It has every permission it asks for.")
    names = "; ".join(f"{one.name} ({one.purpose})" for one in lacking)
    return Finding(
        about,
        "bad" if any(one.needed for one in lacking) else "less",
        f"It lacks: {names}.",
        f"Open {invite(app)}, pick the server again and click Authorise; or Server Settings, "
        f"Roles, {about.removeprefix('server ')}: turn them on for the bot's role.",
    )
