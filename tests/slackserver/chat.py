"""Writing, changing and deleting messages."""

from __future__ import annotations

from typing import Any

from tests.slackserver.blocks import blocks_wrong, too_long
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method, own, scope_error
from tests.slackserver.world import APP_ID, Channel, Json, Message, Team

TEXT, UPDATE_TEXT, MARKDOWN, METADATA = 40_000, 4_000, 12_000, 8_000


def content(args: Json, *, most: int = TEXT) -> Json:
    """Text, blocks and attachments of a message, checked. Raises RefusedError."""
    blocks, attachments, text = args.get("blocks"), args.get("attachments"), args.get("text")
    if args.get("markdown_text") is not None:
        if text or blocks:
            raise RefusedError("markdown_text_conflict")
        text, most = args["markdown_text"], MARKDOWN
    if blocks is not None and not isinstance(blocks, list):
        raise RefusedError("invalid_blocks_format")
    if not blocks and not attachments and not text:
        raise RefusedError("no_text")
    if text is not None and not isinstance(text, str):
        raise wrong("invalid_arguments", ["must be a string [json-pointer:/text]"])
    if len(text or "") > most:
        raise RefusedError("msg_too_long")
    if blocks:
        mistakes = blocks_wrong(blocks)
        if mistakes:
            raise wrong("invalid_blocks", mistakes)
        if too_long(blocks):
            raise RefusedError("msg_blocks_too_long")
    made: Json = {"text": text or ""}
    if blocks:
        made["blocks"] = blocks
    if attachments:
        made["attachments"] = attachments
    return made


def metadata_of(args: Json) -> Json | None:
    """The metadata of a message. Raises RefusedError where it is not as Slack wants it."""
    given: Any = args.get("metadata")
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise RefusedError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise RefusedError("invalid_metadata_schema")
    if len(str(given)) > METADATA:
        raise RefusedError("metadata_too_large")
    return given


def author(call: Call) -> Json:
    """Who a message is from; another name and icon need a scope of their own."""
    team = call.team
    shown: Json = {"bot_id": team.bot, "app_id": APP_ID}
    custom = {
        one: call.args[one] for one in ("username", "icon_emoji", "icon_url") if one in call.args
    }
    if not custom:
        return shown | {"user": team.bot_user}
    if not call.may("chat:write.customize"):
        raise scope_error(call, "chat:write.customize")
    icon = custom.get("icon_emoji", "")
    if icon and not (icon.startswith(":") and icon.endswith(":")):
        raise wrong(
            "invalid_arguments", ["must be an emoji name in colons [json-pointer:/icon_emoji]"]
        )
    icons = {"emoji": icon} if icon else {"image_48": custom.get("icon_url", "")}
    name = custom.get("username", team.users[team.bot_user].real_name)
    return shown | {"subtype": "bot_message", "username": name, "icons": icons}


def thread_of(channel: Channel, thread: Any) -> str:
    """The root of a thread. Raises RefusedError where there is none."""
    root = channel.messages.get(str(thread))
    if root is None:
        raise RefusedError("thread_not_found")
    if root.thread and root.thread != root.ts:
        # Slack would root a second thread at the reply, which no client shows.
        raise RefusedError("cannot_reply_to_message")
    return root.ts


@method("chat.postMessage", scope="chat:write", tier=60)
def post(call: Call) -> Json:
    (given,) = call.need("channel")
    channel = call.world.channel(call.team, given, writing=True)
    body = content(call.args) | author(call)
    metadata = metadata_of(call.args)
    if call.args.get("thread_ts"):
        body["thread_ts"] = thread_of(channel, call.args["thread_ts"])
    # The line that says that the app is at work goes with the next message.
    call.team.statuses.pop((channel.id, body.get("thread_ts", "")), None)
    message = call.world.add(call.team, channel, body, metadata=metadata)
    return {"channel": channel.id, "ts": message.ts, "message": message.shown(metadata=True)}


@method("chat.update", scope="chat:write")
def update(call: Call) -> Json:
    given, ts = call.need("channel", "ts")
    channel = call.world.channel(call.team, given, writing=True)
    message = call.world.message(channel, ts)
    own(call, message, "cant_update_message")
    if message.streaming:
        raise RefusedError("streaming_state_conflict")
    body = content(call.args, most=UPDATE_TEXT)
    metadata = metadata_of(call.args)
    if metadata is not None:
        message.metadata = metadata
    # Text alone takes the blocks away.
    body.setdefault("blocks", [])
    call.world.change(call.team, channel, message, body, edited=call.team.bot_user)
    shown = message.shown(metadata=True)
    return {"channel": channel.id, "ts": ts, "text": message.text, "message": shown}


@method("chat.delete", scope="chat:write")
def delete(call: Call) -> Json:
    given, ts = call.need("channel", "ts")
    channel = call.world.channel(call.team, given, writing=True)
    message = call.world.message(channel, ts)
    own(call, message, "cant_delete_message")
    call.world.remove(call.team, channel, message)
    return {"channel": channel.id, "ts": ts}


@method("chat.postEphemeral", scope="chat:write", tier=100)
def post_ephemeral(call: Call) -> Json:
    given, user = call.need("channel", "user")
    channel = call.world.channel(call.team, given, writing=True)
    if user not in channel.members:
        raise RefusedError("user_not_in_channel")
    body = content(call.args) | author(call)
    if call.args.get("thread_ts"):
        body["thread_ts"] = thread_of(channel, call.args["thread_ts"])
    return {"message_ts": call.world.add_ephemeral(channel, user, body).ts}


@method("chat.getPermalink", tier=300)
def permalink(call: Call) -> Json:
    given, ts = call.need("channel", "message_ts")
    channel = call.world.channel(call.team, given)
    message = call.world.message(channel, ts)
    return {"channel": channel.id, "permalink": link(call.team, channel, message)}


def link(team: Team, channel: Channel, message: Message) -> str:
    """A message's address, with its thread where it is a reply."""
    where = f"{team.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread and message.thread != message.ts:
        return f"{where}?thread_ts={message.thread}&cid={channel.id}"
    return where


@method("reactions.add", scope="reactions:write")
def react(call: Call) -> Json:
    given, ts, name = call.need("channel", "timestamp", "name")
    channel = call.world.channel(call.team, given, writing=True)
    message = call.world.message(channel, ts)
    reactions = message.body.setdefault("reactions", [])
    if any(one["name"] == name and call.team.bot_user in one["users"] for one in reactions):
        raise RefusedError("already_reacted")
    reactions.append({"name": name, "users": [call.team.bot_user], "count": 1})
    call.world.on_change()
    return {}


@method("reactions.remove", scope="reactions:write")
def unreact(call: Call) -> Json:
    given, ts, name = call.need("channel", "timestamp", "name")
    channel = call.world.channel(call.team, given, writing=True)
    reactions = call.world.message(channel, ts).body.get("reactions", [])
    for one in reactions:
        if one["name"] == name and call.team.bot_user in one["users"]:
            reactions.remove(one)
            return {}
    raise RefusedError("no_reaction")
