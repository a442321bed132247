"""What ``rocket discord …`` and ``rocket doctor discord`` print."""

from __future__ import annotations

import asyncio

from bot.discord.doctor import NO_TOKEN, REFUSED, examine
from bot.platforms.findings import Finding
from bot.settings import Settings, SettingsError


def invite_link(settings: Settings) -> str:
    """The address that adds the bot to a server. Raises SettingsError."""
    import discord

    from bot.discord.connection import point_at
    from bot.discord.permissions import invite
    from bot.discord.rest import Rest

    async def asked(token: str) -> str:
        rest = Rest(token)
        try:
            return str((await rest.app())["id"])
        finally:
            await rest.close()

    if settings.discord_token is None:
        raise SettingsError(NO_TOKEN)
    point_at(settings)
    try:
        return invite(asyncio.run(asked(settings.discord_token)))
    except discord.LoginFailure as error:
        raise SettingsError(REFUSED) from error


def findings(settings: Settings) -> list[Finding]:
    """What the doctor found. Raises SettingsError."""
    return asyncio.run(examine(settings))
