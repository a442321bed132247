"""Somebody at the local Discord: what they write, and what they see."""

from __future__ import annotations

from typing import Any

from tests.discordserver.core import File
from tests.discordserver.permissions import P
from tests.discordserver.using import Using
from tests.discordserver.world import Channel, Message


class Person(Using):
    """Somebody who writes, clicks and looks."""

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    # Writing

    def say(
        self,
        where: Channel,
        text: str,
        reply_to: Message | None = None,
        files: tuple[File, ...] = (),
        **more: Any,
    ) -> Message:
        """Write in a channel, thread or direct message; ``more`` as ``poll`` or ``sticker_items``.

        Raises:
            PermissionError: they may not.
        """
        thread = where.thread
        need = P.SEND_MESSAGES_IN_THREADS if thread else P.SEND_MESSAGES
        if not self.server.world.may(self.id, where) & need:
            raise PermissionError(f"{self.user.name} may not write there")
        body: dict[str, Any] = {"content": text, **more}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
        if thread is not None and not thread.archived:
            self.server.threads.add(where, self.id)
        return self.server.messages.create(where, self.user, body, files)

    def dm(self, text: str, **more: Any) -> Message:
        """Write to the bot."""
        return self.say(self.direct, text, **more)

    @property
    def direct(self) -> Channel:
        """The direct message with the bot."""
        return self.server.world.direct(self.server.world.bot.id, self.id)

    def attach(self, where: Channel, name: str, data: bytes, text: str = "") -> Message:
        """Send a file."""
        kind = "audio/ogg" if name.endswith(".ogg") else "application/octet-stream"
        return self.say(where, text, files=(File(name, kind, data),))

    def edit(self, message: Message, text: str) -> None:
        assert message.author == self.id, "people edit what they wrote"
        self.server.messages.edit(message, {"content": text})

    def delete(self, message: Message) -> None:
        assert message.author == self.id, "people delete what they wrote"
        self.server.messages.delete(message)

    def types(self, where: Channel) -> None:
        """Begin to write."""
        now = int(self.server.clock.now())
        data = {"channel_id": str(where.id), "user_id": str(self.id), "timestamp": now}
        self.server.core.tell("TYPING_START", data, where)

    def close_direct(self, closed: bool = True) -> None:
        """Take no direct messages of the app any more."""
        self.user.closed = closed

    # Looking

    def sees(self, where: Channel) -> list[Message]:
        """What they see in a channel, oldest first; nothing where they may not look."""
        if not self.server.world.may(self.id, where) & P.VIEW_CHANNEL:
            return []
        shown = [m for m in where.messages.values() if m.only in (0, self.id)]
        return sorted(shown, key=lambda message: message.id)

    def last(self, where: Channel) -> Message:
        """The newest message that they see there."""
        return self.sees(where)[-1]
