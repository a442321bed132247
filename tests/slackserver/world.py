"""What the local Slack keeps: workspaces, people, channels, messages, tokens. No network here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.slackserver.clock import Clock, Ids
from tests.slackserver.errors import RefusedError
from tests.slackserver.grants import Codes, Triggers

Json = dict[str, Any]
APP_ID = "A0000ROCKET"
STREAM_LIFE_S = 300.0
SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "users:read",
    }
)
# The kind of a channel, as events call it, and the scope that reads it.
KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


@dataclass(slots=True)
class User:
    """A member of a workspace; ``deleted`` once deactivated.

    ``team`` is the workspace of somebody from outside, who is here through a shared channel.
    """

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    locale: str = "en-US"
    team: str = ""
    deleted: bool = False
    is_bot: bool = False


@dataclass(slots=True)
class Message:
    """A message as kept.

    Attributes:
        body: what the API shows of it, without ``metadata``.
        only: the one person who sees it; empty for everybody in the channel.
        dies: when a stream ends by itself, in seconds of the server's clock; 0 for no stream.
    """

    channel: str
    body: Json
    metadata: Json | None = None
    only: str = ""
    dies: float = 0.0

    @property
    def ts(self) -> str:
        return self.body["ts"]

    @property
    def thread(self) -> str:
        """The ``ts`` of its thread's root; empty outside of threads."""
        return self.body.get("thread_ts", "")

    @property
    def text(self) -> str:
        return self.body.get("text", "")

    @property
    def blocks(self) -> list[Json]:
        return self.body.get("blocks", [])

    @property
    def streaming(self) -> bool:
        return self.dies > 0.0

    def shown(self, metadata: bool = False) -> Json:
        """What the API gives out of it."""
        more: Json = {"metadata": self.metadata} if metadata and self.metadata else {}
        return {**self.body, **more}

    def elements(self) -> Iterator[tuple[str, Json]]:
        """Its interactive elements with the id of their block."""
        yield from elements_of(self.blocks)


def elements_of(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for one in inside:
            if isinstance(one, dict) and "action_id" in one:
                yield block.get("block_id", ""), one


@dataclass(slots=True)
class Channel:
    """A place to write in; ``kind`` is channel, group, im or mpim."""

    id: str
    name: str
    kind: str
    members: set[str]
    archived: bool = False
    # Whether people of another workspace are in it.
    shared: bool = False
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    # The replies of each thread by the ``ts`` of its root.
    threads: dict[str, dict[str, Message]] = field(default_factory=dict[str, dict[str, Message]])
    ephemeral: list[Message] = field(default_factory=list[Message])

    def replies(self, root: str) -> list[Message]:
        return list(self.threads.get(root, {}).values())

    def keep(self, message: Message) -> None:
        self.messages[message.ts] = message
        if message.thread and message.thread != message.ts:
            self.threads.setdefault(message.thread, {})[message.ts] = message

    def drop(self, message: Message) -> None:
        del self.messages[message.ts]
        self.threads.get(message.thread, {}).pop(message.ts, None)

    def info(self) -> Json:
        shown: Json = {"id": self.id, "created": 1, "is_archived": self.archived}
        if self.kind == "im":
            return shown | {"is_im": True, "user": next(iter(sorted(self.members)), "")}
        return shown | {
            "name": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_private": self.kind != "channel",
            "is_member": True,
            "num_members": len(self.members),
            "is_ext_shared": self.shared,
        }


@dataclass(slots=True)
class Token:
    """``expires`` is in seconds of the server's clock; 0 for never."""

    text: str
    team: str
    scopes: frozenset[str]
    revoked: bool = False
    expires: float = 0.0
    refresh: str = ""


@dataclass(slots=True)
class Team:
    """A workspace with the app's bot in it.

    Attributes:
        org_wide: the app is installed for the whole organisation, not for this workspace.
        messages_tab: whether people can write to the app directly.
        homes: the home tab of each person, by the person's id.
        views: open modals by id; ``stacks`` the ids that each person has open, topmost last.
        form_errors: what stands beside the fields of each person's modal.
        statuses, titles, prompts: of threads, by (channel, thread).
    """

    id: str
    name: str
    bot_user: str
    bot: str
    enterprise: str | None = None
    installed: bool = True
    org_wide: bool = False
    messages_tab: bool = True
    users: dict[str, User] = field(default_factory=dict[str, User])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    homes: dict[str, Json] = field(default_factory=dict[str, Json])
    views: dict[str, Json] = field(default_factory=dict[str, Json])
    stacks: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    form_errors: dict[str, Json] = field(default_factory=dict[str, Json])
    statuses: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    sessions: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    titles: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    prompts: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    files: dict[str, Json] = field(default_factory=dict[str, Json])

    @property
    def domain(self) -> str:
        return self.name.lower()

    @property
    def url(self) -> str:
        return f"https://{self.domain}.slack.com/"


class World:
    """All workspaces.

    Args:
        on_event: called with each team and event that an app may hear of.
        on_change: called after anything has changed.
    """

    def __init__(
        self,
        clock: Clock,
        on_event: Callable[[Team, Json], None],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock
        self.ids = Ids()
        self.triggers = Triggers(clock)
        self.codes = Codes(clock)
        self.teams: dict[str, Team] = {}
        self.tokens: dict[str, Token] = {}
        self.on_event = on_event
        self.on_change = on_change

    # Workspaces -----------------------------------------------------------------------------------

    def team(self, team: str, name: str, enterprise: str | None = None) -> Team:
        number = len(self.teams) + 1
        made = Team(team, name, f"U0BOT{number}", f"B0BOT{number}", enterprise)
        made.users[made.bot_user] = User(made.bot_user, "rocket", "Rocket Coach", is_bot=True)
        self.teams[team] = made
        return made

    def grant(
        self, team: str, text: str, scopes: frozenset[str] = SCOPES, expires: float = 0.0
    ) -> Token:
        """A bot token for a workspace."""
        self.tokens[text] = Token(text, team, scopes, expires=expires)
        self.teams[team].installed = True
        return self.tokens[text]

    def im(self, team: Team, user: str) -> Channel:
        """The direct message channel between a person and the app."""
        found = f"D{user[1:]}"
        if found not in team.channels:
            team.channels[found] = Channel(found, "", "im", {user})
        return team.channels[found]

    # Messages -------------------------------------------------------------------------------------

    def channel(self, team: Team, channel: str, *, writing: bool = False) -> Channel:
        """A channel that the bot may use. Raises RefusedError as Slack does."""
        if channel in team.users and writing:
            channel = self.im(team, channel).id
        found = team.channels.get(channel)
        if found is None:
            raise RefusedError("channel_not_found")
        if found.kind == "im" and writing and not team.messages_tab:
            raise RefusedError("messages_tab_disabled")
        if found.kind != "im" and team.bot_user not in found.members:
            hidden = found.kind != "channel"
            raise RefusedError("channel_not_found" if hidden else "not_in_channel")
        if writing and found.archived:
            raise RefusedError("is_archived")
        if writing and found.kind == "im":
            self._check_active(team, next(iter(found.members)))
        return found

    def user(self, team: Team, user: str) -> User:
        if user not in team.users:
            raise RefusedError("user_not_found")
        return team.users[user]

    def _check_active(self, team: Team, user: str) -> None:
        if team.users[user].deleted:
            raise RefusedError("channel_not_found")

    def message(self, channel: Channel, ts: str) -> Message:
        if ts not in channel.messages:
            raise RefusedError("message_not_found")
        return channel.messages[ts]

    def add(
        self, team: Team, channel: Channel, body: Json, *, metadata: Json | None = None
    ) -> Message:
        """Put a message into a channel and tell the app of it."""
        stamped = {"type": "message", "ts": self.clock.ts(), "team": team.id, **body}
        number_blocks(stamped.get("blocks", []), self.ids)
        message = Message(channel.id, stamped, metadata)
        channel.keep(message)
        if message.thread:
            self._count_replies(channel, message.thread)
        self._tell(team, channel, message.body)
        self.on_change()
        return message

    def add_ephemeral(self, channel: Channel, user: str, body: Json) -> Message:
        stamped = {"type": "message", "subtype": "bot_message", "ts": self.clock.ts(), **body}
        number_blocks(stamped.get("blocks", []), self.ids)
        message = Message(channel.id, stamped, only=user)
        channel.ephemeral.append(message)
        self.on_change()
        return message

    def change(
        self, team: Team, channel: Channel, message: Message, body: Json, *, edited: str = ""
    ) -> None:
        """Replace what is given; ``edited`` is who did it, where it is to be marked."""
        before = dict(message.body)
        number_blocks(body.get("blocks", []), self.ids)
        message.body.update(body)
        if edited:
            message.body["edited"] = {"user": edited, "ts": self.clock.ts()}
        change = {"message": dict(message.body), "previous_message": before}
        self._tell(team, channel, {"subtype": "message_changed", "hidden": True, **change})
        self.on_change()

    def remove(self, team: Team, channel: Channel, message: Message) -> None:
        """Delete a message; the root of a thread with replies leaves a tombstone."""
        before = dict(message.body)
        if channel.replies(message.ts):
            kept = {"ts": message.ts, "thread_ts": message.ts, "user": "USLACKBOT"}
            tombstone = {"type": "message", "subtype": "tombstone", "hidden": True, **kept}
            message.body = {**tombstone, "text": "This message was deleted."}
            told = {"subtype": "message_changed", "message": dict(message.body)}
        else:
            channel.drop(message)
            told = {"subtype": "message_deleted", "deleted_ts": message.ts}
            if message.thread and message.thread != message.ts:
                self._count_replies(channel, message.thread)
        self._tell(team, channel, {**told, "hidden": True, "previous_message": before})
        self.on_change()

    def _tell(self, team: Team, channel: Channel, body: Json) -> None:
        if channel.kind != "im" and team.bot_user not in channel.members:
            return
        ts = body["ts"] if "ts" in body else self.clock.ts()
        where = {"channel": channel.id, "channel_type": channel.kind}
        event = {"type": "message", **body, **where, "ts": ts, "event_ts": ts}
        self.on_event(team, event)

    def _count_replies(self, channel: Channel, root: str) -> None:
        parent = channel.messages.get(root)
        if parent is None:
            return
        replies = channel.replies(root)
        parent.body.update(thread_ts=root, reply_count=len(replies))
        parent.body["reply_users"] = sorted({one.body.get("user", "") for one in replies})
        if replies:
            parent.body["latest_reply"] = replies[-1].ts


def number_blocks(blocks: list[Json], ids: Ids) -> None:
    """Give blocks and elements the ids that they lack."""
    for block in blocks:
        block.setdefault("block_id", ids.next("b"))
        for one in [*block.get("elements", []), block.get("accessory"), block.get("element")]:
            if isinstance(one, dict) and one.get("type") in INTERACTIVE:
                one.setdefault("action_id", ids.next("a"))


INTERACTIVE = frozenset(
    {
        "button",
        "overflow",
        "checkboxes",
        "radio_buttons",
        "static_select",
        "multi_static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
        "datepicker",
        "timepicker",
        "plain_text_input",
        "feedback_buttons",
        "icon_button",
        "number_input",
        "email_text_input",
        "url_text_input",
    }
)
