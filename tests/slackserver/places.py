"""Channels, people and what was said there."""

from __future__ import annotations

from tests.slackserver.chat import thread_of
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method, scope_error
from tests.slackserver.world import APP_ID, KINDS, Channel, Json, Message


@method("conversations.open", scope="im:write")
def open_im(call: Call) -> Json:
    given = call.args.get("users") or call.args.get("channel")
    if not given:
        raise RefusedError("users_list_not_supplied")
    if str(given).startswith("D"):
        channel = call.world.channel(call.team, str(given))
        return {"channel": {"id": channel.id}, "already_open": True, "no_op": True}
    users = given if isinstance(given, list) else str(given).split(",")
    if len(users) != 1:
        raise RefusedError("not_enough_users")
    user = call.world.user(call.team, users[0])
    if user.deleted:
        raise RefusedError("user_disabled")
    if user.is_bot:
        raise RefusedError("cannot_dm_bot")
    known = f"D{user.id[1:]}" in call.team.channels
    channel = call.world.im(call.team, user.id)
    return {"channel": {"id": channel.id}, "no_op": known, "already_open": known}


@method("conversations.info")
def info(call: Call) -> Json:
    (given,) = call.need("channel")
    channel = call.team.channels.get(given)
    if channel is None:
        raise RefusedError("channel_not_found")
    _readable(call, channel, "read")
    inside = call.team.bot_user in channel.members
    if channel.kind in {"group", "mpim"} and not inside:
        raise RefusedError("channel_not_found")
    member = {} if channel.kind == "im" else {"is_member": inside}
    return {"channel": channel.info() | member}


@method("conversations.join", scope="channels:join")
def join(call: Call) -> Json:
    (given,) = call.need("channel")
    channel = call.team.channels.get(given)
    if channel is None:
        raise RefusedError("channel_not_found")
    if channel.kind != "channel":
        raise RefusedError("method_not_supported_for_channel_type")
    if channel.archived:
        raise RefusedError("is_archived")
    channel.members.add(call.team.bot_user)
    return {"channel": channel.info()}


@method("conversations.history")
def history(call: Call) -> Json:
    (given,) = call.need("channel")
    channel = call.world.channel(call.team, given)
    _readable(call, channel, "history")
    shown = [one for one in channel.messages.values() if one.thread in {"", one.ts}]
    return _page(call, sorted(shown, key=lambda one: one.ts, reverse=True), [])


@method("conversations.replies")
def replies(call: Call) -> Json:
    given, ts = call.need("channel", "ts")
    channel = call.world.channel(call.team, given)
    _readable(call, channel, "history")
    found = channel.messages.get(ts)
    root = found.thread if found is not None and found.thread else thread_of(channel, ts)
    shown = sorted(channel.replies(root), key=lambda one: one.ts)
    first = [channel.messages[root]] if root in channel.messages else []
    return _page(call, shown, first)


def _readable(call: Call, channel: Channel, what: str) -> None:
    scope = f"{KINDS[channel.kind]}:{what}"
    if not call.may(scope):
        raise scope_error(call, scope)


def _page(call: Call, messages: list[Message], first: list[Message]) -> Json:
    """A page of messages within the given times; ``first`` stands before every page."""
    args = call.args
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9999999999")
    same = bool(args.get("inclusive"))
    kept = [
        one
        for one in messages
        if (float(oldest) < float(one.ts) < float(latest))
        or (same and float(one.ts) in {float(oldest), float(latest)})
    ]
    limit = args.get("limit", 100)
    if not isinstance(limit, int) or not 1 <= limit <= 999:
        raise wrong("invalid_limit", ["must be between 1 and 999 [json-pointer:/limit]"])
    start = int(args.get("cursor") or 0)
    page = [*first, *kept[start : start + limit]]
    more = start + limit < len(kept)
    metadata = bool(args.get("include_all_metadata"))
    return {
        "messages": [one.shown(metadata) for one in page],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


@method("users.info", scope="users:read", tier=100)
def user_info(call: Call) -> Json:
    (given,) = call.need("user")
    user = call.world.user(call.team, given)
    shown = {"id": user.id, "name": user.name, "deleted": user.deleted}
    shown |= {"team_id": user.team or call.team.id, "is_stranger": bool(user.team)}
    profile = {"real_name": user.real_name, "display_name": user.name}
    shown |= {"real_name": user.real_name, "is_bot": user.is_bot, "profile": profile}
    if not user.deleted:
        shown |= {"tz": user.tz, "tz_offset": user.tz_offset, "tz_label": user.tz}
    if call.args.get("include_locale") is True:
        shown["locale"] = user.locale
    return {"user": shown}


@method("team.info", scope="team:read")
def team_info(call: Call) -> Json:
    team = call.team
    shown: Json = {"id": team.id, "name": team.name, "domain": team.domain}
    if team.enterprise:
        shown["enterprise_id"] = team.enterprise
    return {"team": shown}


@method("bots.info", scope="users:read")
def bot_info(call: Call) -> Json:
    if call.args.get("bot", call.team.bot) != call.team.bot:
        raise RefusedError("bot_not_found")
    shown = {"id": call.team.bot, "app_id": APP_ID, "user_id": call.team.bot_user}
    return {"bot": shown | {"name": "rocket", "deleted": False}}
