"""People in workspaces, for tests: what they do and what they see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.slackserver.auth import uninstalled
from tests.slackserver.chat import link
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.person import Person
from tests.slackserver.server import Server
from tests.slackserver.streams import end
from tests.slackserver.world import SCOPES, Channel, Json, Message, User


class Workspace:
    """A workspace with the app installed.

    Args:
        token: the bot's token; made up where none is given.
    """

    def __init__(
        self,
        server: Server,
        team: str = "T1",
        *,
        name: str = "Acme",
        token: str = "",
        scopes: Iterable[str] = SCOPES,
        enterprise: str | None = None,
        installed: bool = True,
        org_wide: bool = False,
    ) -> None:
        self.server = server
        self.team = server.world.team(team, name, enterprise)
        self.team.installed, self.team.org_wide = installed, org_wide
        self.token = token or f"xoxb-{team}-1"
        if installed:
            server.world.grant(team, self.token, frozenset(scopes))
        self._people: dict[str, Person] = {}

    @property
    def bot(self) -> str:
        """The app's user id, to mention it by."""
        return self.team.bot_user

    def user(
        self,
        user: str,
        name: str = "",
        tz: str = "Europe/Berlin",
        offset: int = 3600,
        team: str = "",
    ) -> Person:
        """A member, made on first use; ``team`` is that of somebody from another workspace."""
        if user not in self._people:
            shown = name or user.lower()
            self.team.users[user] = User(user, shown, shown.title(), tz, offset, team=team)
            self._people[user] = Person(self.server, self.team, user)
        return self._people[user]

    def channel(
        self,
        channel: str,
        *people: str,
        name: str = "",
        private: bool = False,
        bot: bool = True,
    ) -> Channel:
        """A channel with people, who are made where they are not there, and the app."""
        for one in people:
            self.user(one)
        members = {*people, *([self.bot] if bot else [])}
        kind = "group" if private else "channel"
        made = Channel(channel, name or channel.lower(), kind, members)
        made.shared = any(self.team.users[one].team for one in people)
        self.team.channels[channel] = made
        return made

    async def settled(self) -> None:
        await self.server.settled()

    def link(self, message: Message) -> str:
        return link(self.team, self.team.channels[message.channel], message)

    def events_of(self, message: Message) -> list[Outgoing]:
        """All events of a message, a mention's both among them."""
        return [
            one
            for one in self.server.sent
            if one.team == self.team.id
            and one.event.get("channel") == message.channel
            and message.ts in {one.event.get("ts"), one.event.get("message", {}).get("ts")}
        ]

    def again(self, message: Message) -> list[Outgoing]:
        """Bring each event of a message once more."""
        return [self.server.again(one) for one in self.events_of(message)]

    # What happens to the app ----------------------------------------------------------------------

    def install(self, user: str) -> str:
        """Somebody allows the app: returns the code that the install page hands back."""
        self.user(user)
        return self.server.world.codes.give(self.team.id, user)

    def uninstall(self) -> None:
        uninstalled(self.server.world, self.team)

    def revoke(self) -> None:
        """The tokens are dead, and nobody says so."""
        for one in self.server.world.tokens.values():
            if one.team == self.team.id:
                one.revoked = True

    def remove_bot(self, channel: str) -> None:
        self.team.channels[channel].members.discard(self.bot)
        left = {"type": "channel_left", "channel": channel, "actor_id": "U0ADMIN"}
        self._event(left)

    def close_messages(self) -> None:
        """Nobody can be written to directly any more."""
        self.team.messages_tab = False

    def archive(self, channel: str, archived: bool = True) -> None:
        self.team.channels[channel].archived = archived

    def deactivate(self, user: str) -> None:
        self.team.users[user].deleted = True
        self._event({"type": "user_change", "user": {"id": user, "deleted": True}})

    def kill_streams(self) -> int:
        """End all streams, as Slack does when one takes too long; returns how many there were."""
        dead = 0
        for channel in self.team.channels.values():
            for one in channel.messages.values():
                if one.streaming:
                    end(one, "errored")
                    dead += 1
        return dead

    def _event(self, event: Json) -> None:
        more: dict[str, Any] = {"event_ts": self.server.clock.ts()}
        self.server.world.on_event(self.team, {**event, **more})
