"""Who may do what where: Discord's permission bits and how roles and overwrites add up."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.discordserver.world import Channel, Guild


class Permission(IntFlag):
    """The permissions that matter here, by their bits."""

    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


P = Permission
EVERYTHING = Permission((1 << 53) - 1)
# What @everyone has in a new guild.
EVERYONE = (
    P.ADD_REACTIONS
    | P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS
    | P.USE_APPLICATION_COMMANDS
    | P.CREATE_PUBLIC_THREADS
    | P.CREATE_PRIVATE_THREADS
    | P.SEND_MESSAGES_IN_THREADS
    | P.USE_EXTERNAL_APPS
)
# In a direct message there is nobody to ask.
DIRECT = EVERYONE & ~(P.CREATE_PUBLIC_THREADS | P.CREATE_PRIVATE_THREADS)


def permissions(guild: Guild, user: int, channel: Channel | None = None) -> Permission:
    """What somebody may do in a guild, or in one of its channels or threads.

    Roles are added, then the channel's overwrites for everybody, for roles and for the person;
    a thread has those of its channel. Who is no member may do nothing.
    """
    member = guild.members.get(user)
    if member is None:
        return Permission(0)
    if guild.owner == user:
        return EVERYTHING
    allowed = guild.roles[guild.id].permissions
    for role in member.roles:
        allowed |= guild.roles[role].permissions
    if allowed & P.ADMINISTRATOR:
        return EVERYTHING
    if channel is None:
        return Permission(allowed)
    over = (guild.channels[channel.parent] if channel.thread else channel).overwrites
    groups = ([guild.id], member.roles, [user])
    for targets in groups:
        denies = allows = Permission(0)
        for target in targets:
            allow, deny = over.get(target, (Permission(0), Permission(0)))
            denies |= deny
            allows |= allow
        allowed = (allowed & ~denies) | allows
    return Permission(allowed if allowed & P.VIEW_CHANNEL else 0)
