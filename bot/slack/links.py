"""Lists of sessions with an address for each, in place of the ids that only the program reads."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import Post
from bot.slack.places import PLATFORM, place_of
from bot.slack.workspaces import Workspace
from storage import platforms
from storage.database import Database

_CONTINUE = "/coach continue "


async def linked(workspace: Workspace, database: Database, post: Post) -> Post:
    """The reply, with links to the sessions it names where Slack gives them."""
    reply = post.turned.reply
    ids = [one.id.removeprefix(_CONTINUE) for one in reply.choices if one.id.startswith(_CONTINUE)]
    named = [one for one in ids if f"`{one}`" in reply.text]
    if not named:
        return post
    text = reply.text
    places = await database.read(lambda one: platforms.conversations_of(one, named))
    for session in named:
        address = await _address(workspace, places.get(session, ""))
        if address is not None:
            text = text.replace(f"`{session}`", f"[open]({address})")
    return replace(post, turned=replace(post.turned, reply=replace(reply, text=text)))


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
