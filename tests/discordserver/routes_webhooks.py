"""REST: webhooks, and answers to interactions, which go by the same paths."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.discordserver import shapes
from tests.discordserver.errors import Json, Problems, RefusedError, unknown
from tests.discordserver.limits import check_message
from tests.discordserver.permissions import P
from tests.discordserver.rest import Call, need, route
from tests.discordserver.routes_channels import visible
from tests.discordserver.world import Channel, Message, Webhook

if TYPE_CHECKING:
    from tests.discordserver.server import Server

MOST_WEBHOOKS = 15


@route("POST /interactions/{interaction}/{token}/callback", free=True)
def callback(server: Server, call: Call) -> Json | None:
    id_ = call.ids["interaction"]
    answer = server.interactions.respond(id_, call.token, call.body or {}, call.files)
    return answer if call.flag("with_response") else None


@route("POST /channels/{channel}/webhooks")
def create(server: Server, call: Call) -> Json:
    channel = visible(server, call)
    if channel.thread is not None or not channel.guild:
        raise RefusedError(400, 50024, "Cannot execute action on this channel type")
    server.core.may(channel, P.MANAGE_WEBHOOKS)
    need(call.body, "name")
    _check_name(call.body["name"])
    there = [one for one in server.world.webhooks.values() if one.channel == channel.id]
    if len(there) >= MOST_WEBHOOKS:
        raise RefusedError(400, 30007, f"Maximum number of webhooks reached ({MOST_WEBHOOKS})")
    bot = server.world.bot.id
    id_, token = server.clock.snowflake(), secrets.token_urlsafe(50)
    hook = Webhook(id_, channel.id, channel.guild, call.body["name"], token, bot, bot)
    server.world.webhooks[id_] = hook
    changed = {"guild_id": str(channel.guild), "channel_id": str(channel.id)}
    server.core.tell("WEBHOOKS_UPDATE", changed, channel)
    return shapes.webhook(hook, server.world)


def _check_name(name: str) -> None:
    problems = Problems()
    problems.length(("name",), name, 80, 1)
    if any(word in name.lower() for word in ("clyde", "discord")):
        words = 'Username cannot contain "discord" or "clyde"'
        problems.add(("name",), "USERNAME_INVALID_CONTAINS", words)
    problems.check()


@route("GET /channels/{channel}/webhooks")
def of_channel(server: Server, call: Call) -> list[Json]:
    channel = visible(server, call)
    server.core.may(channel, P.MANAGE_WEBHOOKS)
    hooks = server.world.webhooks.values()
    return [shapes.webhook(one, server.world) for one in hooks if one.channel == channel.id]


@route("GET /guilds/{guild}/webhooks")
def of_guild(server: Server, call: Call) -> list[Json]:
    guild = server.guild_with_bot(call.ids["guild"])
    server.core.guild_may(guild, P.MANAGE_WEBHOOKS)
    hooks = server.world.webhooks.values()
    return [shapes.webhook(one, server.world) for one in hooks if one.guild == guild.id]


def _managed(server: Server, call: Call) -> Webhook:
    """A webhook by its id alone, which needs the permission."""
    hook = server.world.webhooks.get(call.ids["webhook"])
    if hook is None:
        raise unknown("Webhook")
    server.core.may(server.world.channel(hook.channel), P.MANAGE_WEBHOOKS)
    return hook


@route("GET /webhooks/{webhook}")
def one(server: Server, call: Call) -> Json:
    return shapes.webhook(_managed(server, call), server.world)


@route("PATCH /webhooks/{webhook}")
def change(server: Server, call: Call) -> Json:
    hook = _managed(server, call)
    if "name" in call.body:
        _check_name(call.body["name"])
        hook.name = call.body["name"]
    return shapes.webhook(hook, server.world)


@route("DELETE /webhooks/{webhook}")
def delete(server: Server, call: Call) -> None:
    del server.world.webhooks[_managed(server, call).id]


def hook_of(server: Server, call: Call) -> Webhook:
    """The webhook of a path with its token."""
    hook = server.world.webhooks.get(call.ids["webhook"])
    if hook is None:
        raise unknown("Webhook")
    if hook.token != call.token:
        raise RefusedError(401, 50027, "Invalid Webhook Token")
    return hook


def _place(server: Server, call: Call, hook: Webhook) -> Channel:
    """The webhook's channel, or the thread in it that ``thread_id`` names."""
    channel = server.world.channel(hook.channel)
    thread = call.number("thread_id")
    if not thread:
        return channel
    found = server.world.channel(thread)
    if found.parent != channel.id:
        raise unknown("Channel")
    return found


@route("GET /webhooks/{webhook}/{token}", free=True)
def one_by_token(server: Server, call: Call) -> Json:
    shown = shapes.webhook(hook_of(server, call), server.world)
    del shown["user"]
    return shown


@route("DELETE /webhooks/{webhook}/{token}", free=True)
def delete_by_token(server: Server, call: Call) -> None:
    del server.world.webhooks[hook_of(server, call).id]


@route("POST /webhooks/{webhook}/{token}", free=True)
def execute(server: Server, call: Call) -> Json | None:
    body = call.body or {}
    if call.ids["webhook"] == server.world.bot.id:
        one = server.interactions.open(call.token)
        return dict(server.interactions.follow(one, body, call.files).body)
    hook = hook_of(server, call)
    place = _place(server, call, hook)
    if body.get("thread_name"):
        raise RefusedError(400, 220003, "Webhooks can only create threads in forum channels")
    check_message(body, len(call.files), server.emoji_ids)
    message = server.messages.create(place, hook, body, call.files)
    return dict(message.body) if call.flag("wait") else None


def _message(server: Server, call: Call, id_: int) -> Message:
    """A message that this webhook or interaction wrote."""
    if call.ids["webhook"] == server.world.bot.id:
        return server.interactions.message(server.interactions.open(call.token), id_)
    hook = hook_of(server, call)
    found = server.world.message(_place(server, call, hook), id_)
    if found.author != hook.id:
        raise unknown("Message")
    return found


def _edit(server: Server, call: Call, id_: int) -> Json:
    found = _message(server, call, id_)
    body = call.body or {}
    if call.ids["webhook"] == server.world.bot.id:
        one = server.interactions.open(call.token)
        return dict(server.interactions.edit(one, found, body, call.files).body)
    check_message(body, len(call.files), server.emoji_ids, found.body)
    return dict(server.messages.edit(found, body, call.files).body)


@route("GET /webhooks/{webhook}/{token}/messages/@original", free=True)
def original(server: Server, call: Call) -> Json:
    return dict(_message(server, call, 0).body)


@route("PATCH /webhooks/{webhook}/{token}/messages/@original", free=True)
def edit_original(server: Server, call: Call) -> Json:
    return _edit(server, call, 0)


@route("DELETE /webhooks/{webhook}/{token}/messages/@original", free=True)
def delete_original(server: Server, call: Call) -> None:
    server.messages.delete(_message(server, call, 0))


@route("GET /webhooks/{webhook}/{token}/messages/{message}", free=True)
def message(server: Server, call: Call) -> Json:
    return dict(_message(server, call, call.ids["message"]).body)


@route("PATCH /webhooks/{webhook}/{token}/messages/{message}", free=True)
def edit(server: Server, call: Call) -> Json:
    return _edit(server, call, call.ids["message"])


@route("DELETE /webhooks/{webhook}/{token}/messages/{message}", free=True)
def delete_message(server: Server, call: Call) -> None:
    server.messages.delete(_message(server, call, call.ids["message"]))
