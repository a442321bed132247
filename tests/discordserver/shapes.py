"""How users, channels, guilds and messages look in JSON."""

from __future__ import annotations

from typing import Any

from tests.discordserver.errors import Json
from tests.discordserver.permissions import Permission
from tests.discordserver.world import Channel, Guild, Member, Message, Role, User, Webhook, World

# Until a channel is written in again, a thread shows as many messages as there are, at most this.
_MOST_COUNTED = 50
HIDDEN: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name,
        "global_name": None if one.bot else one.name.title(),
        "discriminator": "0000" if one.bot else "0",
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member(one: Member, whole: bool = True) -> Json:
    shown: Json = {
        "roles": [str(role) for role in one.roles],
        "nick": None,
        "avatar": None,
        "joined_at": one.joined,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "communication_disabled_until": None,
        "flags": 0,
    }
    return {**shown, "user": user(one.user)} if whole else shown


def role(one: Role, place: int) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(int(one.permissions)),
        "position": place,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
    }


def thread_member(thread: Channel, who: int, joined: str) -> Json:
    return {"id": str(thread.id), "user_id": str(who), "join_timestamp": joined, "flags": 0}


def channel(one: Channel, world: World) -> Json:
    last = str(one.last) if one.last else None
    shown: Json = {"id": str(one.id), "type": one.kind, "last_message_id": last, "flags": 0}
    if one.thread:
        return shown | _thread(one, world)
    if not one.guild:
        others = [world.users[who] for who in one.people if who != world.bot.id]
        return shown | {"recipients": [user(other) for other in others]}
    overwrites = [
        {
            "id": str(target),
            "type": 0 if target in world.guilds[one.guild].roles else 1,
            "allow": str(int(allow)),
            "deny": str(int(deny)),
        }
        for target, (allow, deny) in one.overwrites.items()
    ]
    return shown | {
        "guild_id": str(one.guild),
        "name": one.name,
        "topic": one.topic,
        "position": 0,
        "nsfw": False,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": overwrites,
    }


def _thread(one: Channel, world: World) -> Json:
    inside = one.thread
    assert inside is not None
    count = min(_MOST_COUNTED, sum(1 for m in one.messages.values() if not m.only))
    shown: Json = {
        "guild_id": str(one.guild),
        "parent_id": str(one.parent),
        "owner_id": str(inside.owner),
        "name": one.name,
        "message_count": count,
        "total_message_sent": count,
        "member_count": min(_MOST_COUNTED, len(inside.members)),
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": inside.archived,
            "locked": inside.locked,
            "auto_archive_duration": inside.minutes,
            "archive_timestamp": inside.changed,
            "invitable": inside.invitable,
            "create_timestamp": inside.changed,
        },
    }
    joined = inside.members.get(world.bot.id)
    if joined is not None:
        shown["member"] = thread_member(one, world.bot.id, joined)
    return shown


def guild(one: Guild, world: World) -> Json:
    """A guild as REST shows it."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(one.owner),
        "region": "us-west",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role(r, place) for place, r in enumerate(one.roles.values())],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "max_members": 500_000,
    }


def guild_created(one: Guild, world: World) -> Json:
    """A guild as GUILD_CREATE brings it: of its members only the bot, and what the bot sees."""
    seen = [c for c in one.channels.values() if world.may(world.bot.id, c)]
    return guild(one, world) | {
        "unavailable": False,
        "large": len(one.members) > 250,
        "joined_at": one.joined,
        "member_count": len(one.members),
        "members": [member(one.members[world.bot.id])],
        "channels": [channel(c, world) for c in seen if c.thread is None],
        "threads": [channel(c, world) for c in seen if c.thread and not c.thread.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def webhook(one: Webhook, world: World) -> Json:
    shown: Json = {
        "id": str(one.id),
        "type": 1,
        "guild_id": str(one.guild),
        "channel_id": str(one.channel),
        "name": one.name,
        "avatar": None,
        "application_id": str(one.application) if one.application else None,
        "user": user(world.users[one.user]),
    }
    # Others' tokens are not shown to an app.
    own = one.application == world.bot.id
    return shown | ({"token": one.token} if own else {})


def message(one: Message, world: World, content: bool) -> Json:
    """A message as REST shows it; ``content`` where the app may read what others wrote."""
    if content or readable(one, world):
        return dict(one.body)
    hidden = one.body | HIDDEN
    hidden.pop("poll", None)
    answered = hidden.get("referenced_message")
    if answered and answered["author"]["id"] != str(world.bot.id):
        hidden["referenced_message"] = answered | HIDDEN
    return hidden


def readable(one: Message, world: World) -> bool:
    """What the app reads without the Message Content intent: its own, DMs, mentions of it."""
    if one.author == world.bot.id or one.body.get("application_id") == str(world.bot.id):
        return True
    if not world.channels[one.channel].guild:
        return True
    return any(m["id"] == str(world.bot.id) for m in one.body["mentions"])


def bot_permissions(world: World, where: Channel) -> str:
    return str(int(world.may(world.bot.id, where)))


def interacting(guild: Guild, who: int, allowed: Permission) -> Json:
    """Somebody in a guild, as an interaction shows them."""
    shown: dict[str, Any] = member(guild.members[who])
    return shown | {"permissions": str(int(allowed))}
