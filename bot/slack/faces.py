"""How a coach looks in Slack: name and picture of a message, where the permission is there."""

from __future__ import annotations

import unicodedata

from bot.slack.workspaces import Workspace
from personas.models import Coach

IDENTITY_SCOPE = "chat:write.customize"
AVATARS_PATH = "/slack/avatars"


def icon_name(emoji: str) -> str:
    """Slack's name of an emoji: ``:scales:``. Slack names most of them as Unicode does."""
    name = unicodedata.name(emoji[0], "speech balloon").casefold()
    return f":{name.replace(' ', '_').replace('-', '_')}:"


def face(coach: Coach | None, workspace: Workspace, public_url: str | None) -> dict[str, str]:
    """Arguments that make a message the coach's; none where the permission is missing.

    Args:
        public_url: where pictures can be had; None for the coach's emoji.
    """
    if coach is None or not workspace.may(IDENTITY_SCOPE):
        return {}
    if public_url is not None:
        address = f"{public_url.rstrip('/')}{AVATARS_PATH}/{coach.key}.png"
        return {"username": coach.name, "icon_url": address}
    return {"username": coach.name, "icon_emoji": icon_name(coach.emoji)}
