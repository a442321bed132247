"""REST: the application itself, its commands and emojis, and where the gateway is."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from tests.discordserver import shapes
from tests.discordserver.errors import Json, Problems, RefusedError, unknown
from tests.discordserver.gateway import STARTS_A_DAY
from tests.discordserver.rest import Call, need, route

if TYPE_CHECKING:
    from tests.discordserver.server import Server

MOST_EMOJIS = 2000
MOST_EMOJI_BYTES = 256 * 1024
_NAME = re.compile(r"\w{2,32}", re.ASCII)
_DATA = re.compile(r"data:(image/\w+);base64,(.+)", re.DOTALL)


@route("GET /gateway")
def gateway(server: Server, call: Call) -> Json:
    return {"url": server.gateway.url}


@route("GET /gateway/bot")
def gateway_bot(server: Server, call: Call) -> Json:
    left = max(0, STARTS_A_DAY - len(server.gateway.starts))
    limit = {"total": STARTS_A_DAY, "remaining": left, "reset_after": 86_400_000}
    limit["max_concurrency"] = 1
    return {"url": server.gateway.url, "shards": server.shards, "session_start_limit": limit}


@route("GET /applications/@me")
def application(server: Server, call: Call) -> Json:
    return _application(server)


@route("GET /oauth2/applications/@me")
def application_oauth(server: Server, call: Call) -> Json:
    return _application(server)


def _application(server: Server) -> Json:
    installs = {"0": {}, "1": {}}
    return {
        "id": str(server.world.bot.id),
        "name": server.world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": server.core.flags,
        "owner": shapes.user(server.developer),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "approximate_guild_count": sum(1 for _ in server.core.guilds_with_bot()),
        "approximate_user_install_count": 0,
        "integration_types_config": installs,
        "bot": shapes.user(server.world.bot),
    }


def _own(server: Server, call: Call) -> None:
    if call.ids["application"] != server.world.bot.id:
        raise unknown("Application")


@route("GET /applications/{application}/commands")
def commands(server: Server, call: Call) -> list[Json]:
    _own(server, call)
    return list(server.commands.all(0))


@route("PUT /applications/{application}/commands")
def overwrite_commands(server: Server, call: Call) -> list[Json]:
    _own(server, call)
    return server.commands.overwrite(0, call.body)


@route("GET /applications/{application}/guilds/{guild}/commands")
def guild_commands(server: Server, call: Call) -> list[Json]:
    _own(server, call)
    return list(server.commands.all(call.ids["guild"]))


@route("PUT /applications/{application}/guilds/{guild}/commands")
def overwrite_guild_commands(server: Server, call: Call) -> list[Json]:
    _own(server, call)
    if call.ids["guild"] not in server.world.guilds:
        raise unknown("Guild")
    return server.commands.overwrite(call.ids["guild"], call.body)


@route("GET /applications/{application}/emojis")
def emojis(server: Server, call: Call) -> Json:
    _own(server, call)
    return {"items": list(server.core.emojis.values())}


@route("POST /applications/{application}/emojis")
def add_emoji(server: Server, call: Call) -> Json:
    _own(server, call)
    need(call.body, "name", "image")
    given = _DATA.fullmatch(call.body["image"])
    problems = Problems()
    if not _NAME.fullmatch(call.body["name"]):
        words = "Must be between 2 and 32 in length, of letters, digits and underscores."
        problems.add(("name",), "STRING_TYPE_REGEX", words)
    if any(one["name"] == call.body["name"] for one in server.core.emojis.values()):
        words = "An emoji with this name already exists"
        problems.add(("name",), "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", words)
    if given is None or len(base64.b64decode(given[2])) > MOST_EMOJI_BYTES:
        words = "File cannot be larger than 256.0 kb."
        problems.add(("image",), "BINARY_TYPE_MAX_SIZE", words)
    problems.check()
    if len(server.core.emojis) >= MOST_EMOJIS:
        raise RefusedError(400, 30008, "Maximum number of emojis reached")
    id_ = server.clock.snowflake()
    shown = {"id": str(id_), "name": call.body["name"], "roles": [], "require_colons": True}
    shown |= {"managed": False, "animated": False, "available": True}
    server.core.emojis[id_] = shown | {"user": shapes.user(server.world.bot)}
    return server.core.emojis[id_]


@route("DELETE /applications/{application}/emojis/{emoji}")
def delete_emoji(server: Server, call: Call) -> None:
    _own(server, call)
    if server.core.emojis.pop(call.ids["emoji"], None) is None:
        raise unknown("Emoji")


@route("GET /guilds/{guild}")
def guild(server: Server, call: Call) -> Json:
    found = server.guild_with_bot(call.ids["guild"])
    count = {"approximate_member_count": len(found.members), "approximate_presence_count": 1}
    return shapes.guild(found, server.world) | (count if call.flag("with_counts") else {})


@route("GET /guilds/{guild}/channels")
def guild_channels(server: Server, call: Call) -> list[Json]:
    found = server.guild_with_bot(call.ids["guild"])
    return [
        shapes.channel(one, server.world)
        for one in found.channels.values()
        if one.thread is None and server.core.seen(one)
    ]


@route("GET /guilds/{guild}/roles")
def guild_roles(server: Server, call: Call) -> list[Json]:
    return shapes.guild(server.guild_with_bot(call.ids["guild"]), server.world)["roles"]


@route("GET /guilds/{guild}/members/{user}")
def guild_member(server: Server, call: Call) -> Json:
    found = server.guild_with_bot(call.ids["guild"]).members.get(call.ids["user"])
    if found is None:
        raise unknown("Member")
    return shapes.member(found)


@route("GET /guilds/{guild}/members")
def guild_members(server: Server, call: Call) -> list[Json]:
    server.core.needs_members()
    found = server.guild_with_bot(call.ids["guild"])
    limit, after = call.number("limit") or 1, call.number("after")
    every = sorted(found.members.values(), key=lambda one: one.user.id)
    return [shapes.member(one) for one in every if one.user.id > after][:limit]


@route("DELETE /users/@me/guilds/{guild}")
def leave(server: Server, call: Call) -> None:
    server.remove_bot(server.guild_with_bot(call.ids["guild"]))
