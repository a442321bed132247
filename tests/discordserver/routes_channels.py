"""REST: users, channels, messages, direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.discordserver import shapes
from tests.discordserver.errors import Json, RefusedError, no_access, unknown
from tests.discordserver.limits import check_message, check_name
from tests.discordserver.permissions import P, permissions
from tests.discordserver.rest import Call, need, route
from tests.discordserver.world import Channel, Message

if TYPE_CHECKING:
    from tests.discordserver.server import Server


@route("GET /users/@me")
def me(server: Server, call: Call) -> Json:
    return shapes.user(server.world.bot) | {"verified": True, "mfa_enabled": True, "email": None}


@route("GET /users/{user}")
def user(server: Server, call: Call) -> Json:
    found = server.world.users.get(call.ids["user"])
    if found is None:
        raise unknown("User")
    return shapes.user(found)


@route("GET /users/@me/guilds")
def my_guilds(server: Server, call: Call) -> list[Json]:
    limit, after = call.number("limit") or 200, call.number("after")
    own = sorted(server.core.guilds_with_bot(), key=lambda guild: guild.id)
    mine = [guild for guild in own if guild.id > after][:limit]
    names = ("id", "name", "icon", "banner", "features")
    bot = server.world.bot.id
    return [
        {name: shapes.guild(guild, server.world)[name] for name in names}
        | {"owner": False, "permissions": str(int(permissions(guild, bot)))}
        for guild in mine
    ]


@route("POST /users/@me/channels")
def open_direct(server: Server, call: Call) -> Json:
    need(call.body, "recipient_id")
    who = server.world.users.get(int(call.body["recipient_id"]))
    if who is None or who.bot:
        raise RefusedError(400, 50033, "Invalid Recipient(s)")
    return shapes.channel(server.world.direct(server.world.bot.id, who.id), server.world)


@route("GET /channels/{channel}")
def channel(server: Server, call: Call) -> Json:
    return shapes.channel(visible(server, call), server.world)


def visible(server: Server, call: Call) -> Channel:
    """The channel of a call, if the bot may see it."""
    found = server.world.channel(call.ids["channel"])
    server.core.may(found)
    return found


@route("PATCH /channels/{channel}")
def change_channel(server: Server, call: Call) -> Json:
    one = visible(server, call)
    if "name" in call.body:
        check_name(call.body["name"])
    if one.thread is not None:
        server.threads.change(one, call.body)
        return shapes.channel(one, server.world)
    if not one.guild:
        raise RefusedError(403, 50003, "Cannot execute action on a DM channel")
    server.core.may(one, P.MANAGE_CHANNELS)
    one.name = call.body.get("name", one.name)
    one.topic = call.body.get("topic", one.topic)
    shown = shapes.channel(one, server.world)
    server.core.tell("CHANNEL_UPDATE", shown, one)
    return shown


@route("DELETE /channels/{channel}")
def delete_channel(server: Server, call: Call) -> Json:
    one = visible(server, call)
    shown = shapes.channel(one, server.world)
    if one.thread is not None:
        server.core.may(one, P.MANAGE_THREADS)
    elif one.guild:
        server.core.may(one, P.MANAGE_CHANNELS)
    if one.guild:
        server.threads.drop(one)
    return shown


@route("POST /channels/{channel}/typing")
def typing(server: Server, call: Call) -> None:
    one = writable(server, call)
    server.typed.append((one.id, server.clock.now()))


def writable(server: Server, call: Call) -> Channel:
    """The channel of a call, if the bot may write in it."""
    one = server.world.channel(call.ids["channel"])
    if not one.guild:
        others = [server.world.users[who] for who in one.people if who != server.world.bot.id]
        if server.world.bot.id not in one.people:
            raise no_access()
        if any(other.closed for other in others):
            raise RefusedError(403, 50007, "Cannot send messages to this user")
        return one
    server.core.may(one, P.SEND_MESSAGES_IN_THREADS if one.thread else P.SEND_MESSAGES)
    return one


@route("POST /channels/{channel}/messages")
def post(server: Server, call: Call) -> Json:
    one = writable(server, call)
    if call.files:
        server.core.may(one, P.ATTACH_FILES)
    if call.body.get("embeds"):
        server.core.may(one, P.EMBED_LINKS)
    reads = server.world.may(server.world.bot.id, one) & P.READ_MESSAGE_HISTORY
    if call.body.get("message_reference") and not reads:
        words = "You cannot reply without permission to read message history."
        raise RefusedError(400, 160002, words)
    check_message(call.body, len(call.files), server.emoji_ids)
    return dict(server.messages.once(one, server.world.bot, call.body, call.files).body)


@route("GET /channels/{channel}/messages")
def history(server: Server, call: Call) -> list[Json]:
    one = visible(server, call)
    if not server.world.may(server.world.bot.id, one) & P.READ_MESSAGE_HISTORY:
        return []
    query = {name: int(value) for name, value in call.query.items()}
    return [read(server, found) for found in server.messages.history(one, query)]


def read(server: Server, message: Message) -> Json:
    """A message as the app may read it."""
    return shapes.message(message, server.world, server.core.reads)


def message_of(server: Server, call: Call) -> Message:
    one = visible(server, call)
    return server.world.message(one, call.ids["message"])


@route("GET /channels/{channel}/messages/{message}")
def message(server: Server, call: Call) -> Json:
    server.core.may(visible(server, call), P.READ_MESSAGE_HISTORY)
    return read(server, message_of(server, call))


@route("PATCH /channels/{channel}/messages/{message}")
def edit(server: Server, call: Call) -> Json:
    found = message_of(server, call)
    # A webhook's messages are the webhook's to change.
    if found.author != server.world.bot.id:
        raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
    check_message(call.body, len(call.files), server.emoji_ids, found.body)
    return dict(server.messages.edit(found, call.body, call.files).body)


@route("DELETE /channels/{channel}/messages/{message}")
def delete(server: Server, call: Call) -> None:
    found = message_of(server, call)
    if found.author != server.world.bot.id:
        server.core.may(visible(server, call), P.MANAGE_MESSAGES)
    server.messages.delete(found)


@route("PUT /channels/{channel}/messages/{message}/reactions/{token}/@me")
def react(server: Server, call: Call) -> None:
    found = message_of(server, call)
    server.core.may(visible(server, call), P.ADD_REACTIONS, P.READ_MESSAGE_HISTORY)
    reactions: list[Any] = found.body.setdefault("reactions", [])
    emoji = {"id": None, "name": call.token}
    if all(one["emoji"] != emoji for one in reactions):
        counts = {"burst": 0, "normal": 1}
        more = {"count": 1, "count_details": counts, "me": True, "me_burst": False}
        reactions.append({"emoji": emoji, "burst_colors": [], **more})


@route("DELETE /channels/{channel}/messages/{message}/reactions/{token}/@me")
def unreact(server: Server, call: Call) -> None:
    found = message_of(server, call)
    found.body["reactions"] = [
        one for one in found.body.get("reactions", []) if one["emoji"]["name"] != call.token
    ]
