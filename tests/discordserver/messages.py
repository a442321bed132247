"""Messages: posted by people, the bot, its webhooks and its interactions; edited and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.discordserver import shapes
from tests.discordserver.components import numbered
from tests.discordserver.core import Core, File
from tests.discordserver.errors import Json, RefusedError, archived
from tests.discordserver.permissions import P
from tests.discordserver.world import COMPONENTS_V2, EPHEMERAL, Channel, Message, User, Webhook

DEFAULT, ADDED, RENAMED, THREAD_MADE, REPLY = 0, 1, 4, 18, 19
STARTER, COMMAND_REPLY, MENU_REPLY = 21, 20, 23
# How long a nonce counts.
NONCE_S = 180.0
# Flags that a sender may set: no embeds of links, silent, voice message, newer components.
_SETTABLE = (1 << 2) | (1 << 12) | (1 << 13) | COMPONENTS_V2
_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")


class Messages:
    """What happens to messages, and who is told of it.

    Attributes:
        bring: brings somebody into a thread, as naming them in it does.
        watch: told of every message that is "posted", "edited" or "deleted", hidden ones, too.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.bring: Callable[[Channel, int], None] = lambda thread, who: None
        self.watch: Callable[[str, Message], None] = lambda what, message: None
        self._nonces: dict[tuple[int, int, str], tuple[float, Message]] = {}

    def create(
        self,
        channel: Channel,
        author: User | Webhook,
        body: Json,
        files: Sequence[File] = (),
        *,
        kind: int = DEFAULT,
        only: int = 0,
        more: Json | None = None,
    ) -> Message:
        """Keep a new message and tell of it.

        Args:
            body: content, embeds, components, attachments, flags … as they come in.
            only: the one person who sees it.
            more: what else the API shows of it.
        """
        self._wake(channel, author)
        core = self._core
        id_ = core.clock.snowflake()
        flags = (body.get("flags") or 0) & _SETTABLE
        shown: Json = {
            "id": str(id_),
            "channel_id": str(channel.id),
            "type": kind,
            "author": self._author(author, body),
            "content": (body.get("content") or "").strip(),
            "timestamp": core.clock.iso(),
            "edited_timestamp": None,
            "tts": bool(body.get("tts")),
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self._attach(body, files, []),
            "embeds": [{"type": "rich", **one} for one in body.get("embeds") or []],
            "components": numbered(body.get("components") or []),
            "pinned": False,
            "flags": flags | (EPHEMERAL if only else 0),
            **(more or {}),
        }
        for name in ("nonce", "poll", "sticker_items"):
            if body.get(name) is not None:
                shown[name] = body[name]
        if isinstance(author, Webhook):
            shown["webhook_id"] = str(author.id)
            shown["application_id"] = str(author.application) if author.application else None
        self._refer(channel, shown, body)
        if "mentions" not in (more or {}):
            self._mention(channel, shown, body)
        message = Message(id_, channel.id, author.id, shown, only)
        channel.messages[id_] = message
        self.watch("posted", message)
        if not only:
            channel.last = id_
            self._tell("MESSAGE_CREATE", channel, message)
            self._bring(channel, message)
        return message

    def once(self, channel: Channel, author: User, body: Json, files: Sequence[File]) -> Message:
        """:meth:`create`, but with ``enforce_nonce`` the same nonce gives the same message."""
        nonce = body.get("nonce")
        key = (channel.id, author.id, str(nonce))
        if nonce is not None and body.get("enforce_nonce"):
            at, found = self._nonces.get(key, (0.0, None))
            if found is not None and self._core.clock.now() - at < NONCE_S:
                return found
        message = self.create(channel, author, body, files)
        if nonce is not None:
            self._nonces[key] = (self._core.clock.now(), message)
        return message

    def leapt(self, seconds: float) -> None:
        """The clock has leapt: for what was on its way, no time went by."""
        self._nonces = {key: (at + seconds, one) for key, (at, one) in self._nonces.items()}

    def edit(self, message: Message, body: Json, files: Sequence[File] = ()) -> Message:
        """Change what ``body`` names; the rest stays."""
        channel = self._core.world.channels[message.channel]
        if channel.thread is not None and channel.thread.archived:
            raise archived()
        shown = message.body
        for name in ("content", "embeds", "components"):
            if name in body:
                shown[name] = body[name] or ("" if name == "content" else [])
        if "embeds" in body:
            shown["embeds"] = [{"type": "rich", **one} for one in shown["embeds"]]
        numbered(shown["components"])
        if "flags" in body:
            # What the newer components are in cannot be taken back.
            kept = shown["flags"] & (EPHEMERAL | COMPONENTS_V2)
            shown["flags"] = ((body["flags"] or 0) & _SETTABLE) | kept
        if "attachments" in body or files:
            shown["attachments"] = self._attach(body, files, shown["attachments"])
        if "content" in body:
            self._mention(channel, shown, body)
        shown["edited_timestamp"] = self._core.clock.iso()
        self.watch("edited", message)
        if not message.only:
            self._tell("MESSAGE_UPDATE", channel, message)
        return message

    def preview(self, message: Message) -> None:
        """Discord adds what a link in it leads to, which is no change by its author."""
        message.body["embeds"] = [{"type": "link", "url": "https://example.com", "title": "It"}]
        self._tell("MESSAGE_UPDATE", self._core.world.channels[message.channel], message)

    def delete(self, message: Message) -> None:
        channel = self._core.world.channels[message.channel]
        if channel.thread is not None and channel.thread.archived:
            raise archived()
        del channel.messages[message.id]
        self.watch("deleted", message)
        if not message.only:
            gone: Json = {"id": str(message.id), "channel_id": str(channel.id)}
            gone |= {"guild_id": str(channel.guild)} if channel.guild else {}
            self._core.tell("MESSAGE_DELETE", gone, channel)

    def history(self, channel: Channel, query: dict[str, int]) -> list[Message]:
        """Messages for everybody, newest first: ``limit`` and one of before, after, around."""
        limit = query.get("limit", 50)
        if not 1 <= limit <= 100:
            raise RefusedError(400, 50035, "Invalid Form Body")
        every = [m for m in channel.messages.values() if not m.only]
        every.sort(key=lambda m: m.id)
        if "after" in query:
            found = [m for m in every if m.id > query["after"]][:limit]
        elif "around" in query:
            half = limit // 2
            older = [m for m in every if m.id < query["around"]][-half:] if half else []
            newer = [m for m in every if m.id >= query["around"]][: half + 1]
            found = [*older, *newer][:limit]
        else:
            before = query.get("before", 1 << 63)
            found = [m for m in every if m.id < before][-limit:]
        return found[::-1]

    # Parts of a message

    def _author(self, author: User | Webhook, body: Json) -> Json:
        if isinstance(author, User):
            return shapes.user(author)
        return {
            "id": str(author.id),
            "username": body.get("username") or author.name,
            "avatar": None,
            "discriminator": "0000",
            "bot": True,
            "global_name": None,
            "public_flags": 0,
            "flags": 0,
        }

    def _attach(self, body: Json, files: Sequence[File], had: list[Json]) -> list[Json]:
        """The attachments: those kept of before, and what came now."""
        described = {str(one.get("id")): one for one in body.get("attachments") or []}
        kept = had
        if "attachments" in body:
            kept = [one for one in had if one["id"] in described]
        return kept + [self._store(one, described.get(str(n), {})) for n, one in enumerate(files)]

    def _store(self, file: File, about: Json) -> Json:
        id_ = self._core.clock.snowflake()
        path = f"/attachments/{id_}/{file.name}"
        self._core.files[path] = file
        url = f"{self._core.address}{path}"
        shown: Json = {"id": str(id_), "filename": about.get("filename") or file.name}
        shown |= {"size": len(file.data), "url": url, "proxy_url": url}
        if about.get("description"):
            shown["description"] = about["description"]
        return shown | {"content_type": file.kind}

    def _refer(self, channel: Channel, shown: Json, body: Json) -> None:
        given = body.get("message_reference")
        if not given:
            return
        target = channel.messages.get(int(given["message_id"]))
        if target is None:
            if given.get("fail_if_not_exists", True):
                words = {"message_reference": {"_errors": [_NO_MESSAGE]}}
                raise RefusedError(400, 50035, "Invalid Form Body", more={"errors": words})
            return
        reference = {"type": 0, "message_id": str(target.id), "channel_id": str(channel.id)}
        shown["message_reference"] = reference | _in_guild(channel)
        shown["referenced_message"] = dict(target.body)
        shown["type"] = REPLY

    def _mention(self, channel: Channel, shown: Json, body: Json) -> None:
        """Whom the message pings: what it names, as far as ``allowed_mentions`` lets it."""
        allowed: dict[str, Any] | None = body.get("allowed_mentions")
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
        listed = {str(one) for one in (allowed or {}).get("users") or []}
        named = list(dict.fromkeys(_MENTION.findall(shown["content"])))
        pinged = [one for one in named if "users" in parse or one in listed]
        answered = shown.get("referenced_message")
        if answered and (allowed is None or allowed.get("replied_user")):
            pinged.append(answered["author"]["id"])
        users = self._core.world.users
        unique = [int(one) for one in dict.fromkeys(pinged) if int(one) in users]
        shown["mentions"] = [shapes.user(users[one]) for one in unique]
        roles = _ROLE.findall(shown["content"]) if "roles" in parse else []
        shown["mention_roles"] = list(dict.fromkeys(roles))
        everyone = re.search(r"@(everyone|here)\b", shown["content"])
        may = self._core.world.may(int(shown["author"]["id"]), channel) & P.MENTION_EVERYONE
        shown["mention_everyone"] = bool(everyone and "everyone" in parse and may)

    # Around a message

    def _bring(self, channel: Channel, message: Message) -> None:
        """Who is named in a thread comes into it, if they are in the guild."""
        if channel.thread is None or message.body["type"] not in (DEFAULT, REPLY):
            return
        people = self._core.world.guilds[channel.guild].members
        for one in message.body["mentions"]:
            if int(one["id"]) in people:
                self.bring(channel, int(one["id"]))

    def _wake(self, channel: Channel, author: User | Webhook) -> None:
        """An archived thread opens when somebody writes in it, unless it is locked."""
        thread = channel.thread
        if thread is None:
            return
        manages = self._core.world.may(author.id, channel) & P.MANAGE_THREADS
        if thread.locked and not manages:
            raise RefusedError(403, 160005, "Thread is locked")
        thread.changed = self._core.clock.iso()
        if thread.archived:
            thread.archived = False
            shown = shapes.channel(channel, self._core.world)
            self._core.tell("THREAD_UPDATE", shown, channel)

    def _tell(self, event: str, channel: Channel, message: Message) -> None:
        core = self._core
        data = message.body | _in_guild(channel) | {"channel_type": channel.kind}
        if channel.guild and "webhook_id" not in data:
            writer = core.world.guilds[channel.guild].members.get(message.author)
            if writer is not None:
                data["member"] = shapes.member(writer, whole=False)
        core.tell(event, data, channel, message)


def _in_guild(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild)} if channel.guild else {}


_NO_MESSAGE = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
