"""Slack: translates what happens there into events, and replies into messages; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app import App
    from bot.platform import Platform
    from bot.settings import Settings


def create(app: App, settings: Settings) -> Platform:
    """Slack, as far as it is set up; nothing of it is imported before. Raises SettingsError."""
    from bot.slack.app import Slack

    return Slack(app, settings)
