"""What ``rocket discord …`` and ``rocket doctor discord`` print."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from bot.discord.doctor import NO_TOKEN, REFUSED, Finding, examine
from bot.settings import Settings, SettingsError

_MARKS = {"good": "✓", "less": "–", "bad": "✗"}


def invite_link(settings: Settings) -> str:
    """The address that adds the bot to a server. Raises SettingsError."""
    import discord

    from bot.discord.gateway import point_at
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


def findings(settings: Settings) -> list[dict[str, str]]:
    """What the doctor found, for scripts. Raises SettingsError."""
    return [asdict(one) for one in asyncio.run(examine(settings))]


def shown(found: list[dict[str, str]]) -> str:
    """The same for people."""
    lines: list[str] = []
    for one in (Finding(**kept) for kept in found):
        lines.append(f"{_MARKS[one.state]} {one.about}: {one.says}")
        if one.todo:
            lines.append(f"    {one.todo}")
    return "\n".join(lines)
