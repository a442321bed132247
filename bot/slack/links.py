"""Lists of sessions with the permalink of each."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import Post
from bot.platforms import links
from bot.slack.places import PLATFORM, place_of
from bot.slack.workspaces import Workspace
from storage.database import Database


async def linked(workspace: Workspace, database: Database, post: Post) -> Post:
    """The reply, with links to the sessions it names where Slack gives them."""
    reply = await links.linked(
        database, post.turned.reply, lambda place: _address(workspace, place)
    )
    return replace(post, turned=replace(post.turned, reply=reply))


async def _address(workspace: Workspace, conversation: str) -> str | None:
    if not conversation.startswith(f"{PLATFORM}:{workspace.tenant}:"):
        return None
    place = place_of(conversation)
    if not place.thread:
        return None
    try:
        told = await workspace.web.read(
            "chat.getPermalink", channel=place.channel, message_ts=place.thread
        )
    except SlackApiError:
        return None
    return str(told.get("permalink") or "") or None
