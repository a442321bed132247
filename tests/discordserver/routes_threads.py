"""REST: threads and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discordserver import shapes
from tests.discordserver.errors import Json, archived, no_access, no_permission, unknown
from tests.discordserver.limits import check_name
from tests.discordserver.permissions import P
from tests.discordserver.rest import Call, route
from tests.discordserver.routes_channels import message_of, visible
from tests.discordserver.world import PRIVATE_THREAD, PUBLIC_THREAD, Channel

if TYPE_CHECKING:
    from tests.discordserver.server import Server

_DEFAULT_MINUTES = 4320


@route("POST /channels/{channel}/threads")
def make(server: Server, call: Call) -> Json:
    parent = visible(server, call)
    body = call.body or {}
    check_name(body.get("name"))
    # Without a type a thread is private.
    kind = body.get("type") or PRIVATE_THREAD
    private = kind == PRIVATE_THREAD
    server.core.may(parent, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
    minutes = body.get("auto_archive_duration") or _DEFAULT_MINUTES
    thread = server.threads.make(parent, kind, body["name"], server.world.bot, minutes)
    server.threads.of(thread).invitable = body.get("invitable") is not False
    return shapes.channel(thread, server.world)


@route("POST /channels/{channel}/messages/{message}/threads")
def make_on(server: Server, call: Call) -> Json:
    body = call.body or {}
    check_name(body.get("name"))
    found = message_of(server, call)
    server.core.may(visible(server, call), P.CREATE_PUBLIC_THREADS)
    minutes = body.get("auto_archive_duration") or _DEFAULT_MINUTES
    thread = server.threads.make_on(found, body["name"], server.world.bot, minutes)
    return shapes.channel(thread, server.world)


def _thread(server: Server, call: Call) -> Channel:
    found = visible(server, call)
    server.threads.of(found)
    return found


@route("PUT /channels/{channel}/thread-members/@me")
def join(server: Server, call: Call) -> None:
    server.threads.add(_thread(server, call), server.world.bot.id)


@route("DELETE /channels/{channel}/thread-members/@me")
def leave(server: Server, call: Call) -> None:
    server.threads.remove(_thread(server, call), server.world.bot.id)


@route("PUT /channels/{channel}/thread-members/{user}")
def add(server: Server, call: Call) -> None:
    thread = _thread(server, call)
    server.core.may(thread, P.SEND_MESSAGES_IN_THREADS)
    inside = server.threads.of(thread)
    bot, who = server.world.bot, call.ids["user"]
    manages = server.world.may(bot.id, thread) & P.MANAGE_THREADS
    if thread.private and not inside.invitable and inside.owner != bot.id and not manages:
        raise no_permission()
    if who not in server.world.users:
        raise unknown("User")
    parent = server.world.channel(thread.parent)
    # Only who sees the channel can come into its threads.
    if not server.world.may(who, parent) & P.VIEW_CHANNEL:
        raise no_access()
    server.threads.add(thread, who, bot)


@route("DELETE /channels/{channel}/thread-members/{user}")
def remove(server: Server, call: Call) -> None:
    thread = _thread(server, call)
    inside = server.threads.of(thread)
    if inside.archived:
        raise archived()
    if not (thread.private and inside.owner == server.world.bot.id):
        server.core.may(thread, P.MANAGE_THREADS)
    server.threads.remove(thread, call.ids["user"])


@route("GET /channels/{channel}/thread-members/{user}")
def member(server: Server, call: Call) -> Json:
    thread = _thread(server, call)
    joined = server.threads.of(thread).members.get(call.ids["user"])
    if joined is None:
        raise unknown("Member")
    return shapes.thread_member(thread, call.ids["user"], joined)


@route("GET /channels/{channel}/thread-members")
def members(server: Server, call: Call) -> list[Json]:
    server.core.needs_members()
    thread = _thread(server, call)
    every = server.threads.of(thread).members.items()
    return [shapes.thread_member(thread, who, joined) for who, joined in every]


@route("GET /channels/{channel}/threads/archived/public")
def archived_public(server: Server, call: Call) -> Json:
    return _archived(server, call, PUBLIC_THREAD)


@route("GET /channels/{channel}/threads/archived/private")
def archived_private(server: Server, call: Call) -> Json:
    server.core.may(visible(server, call), P.MANAGE_THREADS)
    return _archived(server, call, PRIVATE_THREAD)


@route("GET /channels/{channel}/users/@me/threads/archived/private")
def archived_mine(server: Server, call: Call) -> Json:
    return _archived(server, call, PRIVATE_THREAD, joined=True)


def _archived(server: Server, call: Call, kind: int, joined: bool = False) -> Json:
    parent = visible(server, call)
    server.core.may(parent, P.READ_MESSAGE_HISTORY)
    bot = server.world.bot.id
    found = [
        one
        for one in server.world.guilds[parent.guild].channels.values()
        if one.parent == parent.id and one.kind == kind and one.thread and one.thread.archived
    ]
    if joined:
        found = [one for one in found if bot in server.threads.of(one).members]
    found.sort(key=lambda one: server.threads.of(one).changed, reverse=True)
    limit = call.number("limit") or 50
    before = call.query.get("before")
    if before and not joined:
        found = [one for one in found if server.threads.of(one).changed < before]
    elif before:
        found = [one for one in found if one.id < int(before)]
    return _listed(server, found[:limit]) | {"has_more": len(found) > limit}


@route("GET /guilds/{guild}/threads/active")
def active(server: Server, call: Call) -> Json:
    guild = server.guild_with_bot(call.ids["guild"])
    every = [one for one in guild.channels.values() if one.thread and not one.thread.archived]
    return _listed(server, [one for one in every if server.core.seen(one)])


def _listed(server: Server, threads: list[Channel]) -> Json:
    bot = server.world.bot.id
    mine = [
        shapes.thread_member(one, bot, server.threads.of(one).members[bot])
        for one in threads
        if bot in server.threads.of(one).members
    ]
    return {"threads": [shapes.channel(one, server.world) for one in threads], "members": mine}
