"""Discord: what happens there becomes events, replies become messages; nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from bot.app import App
    from bot.platform import Platform


def create(app: App, settings: Settings) -> Platform:
    """Build it; see :mod:`bot.platform`. discord.py is loaded here and not before."""
    from bot.discord.running import DiscordPlatform

    if settings.discord_token is None:
        raise SettingsError("DISCORD_TOKEN is missing: it is on the page Bot of your app.")
    return DiscordPlatform(app, settings, settings.discord_token)
