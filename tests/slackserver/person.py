"""One person at the keyboard."""

from __future__ import annotations

import uuid
from typing import Any

from tests.slackserver import shapes
from tests.slackserver.files import file_of, file_shown
from tests.slackserver.forms import chosen, filled, find, typed
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.server import Server
from tests.slackserver.submissions import close_top
from tests.slackserver.world import Channel, Json, Message, Team

Where = Message | Json


class Person:
    """What somebody does; nothing of it waits for the app, ``await server.settled()`` does."""

    def __init__(self, server: Server, team: Team, user: str) -> None:
        self._server = server
        self._world = server.world
        self._team = team
        self.id = user

    # Writing --------------------------------------------------------------------------------------

    @property
    def im(self) -> str:
        """The direct message channel with the app."""
        return self._world.im(self._team, self.id).id

    def dm(self, text: str, thread: Message | str = "") -> Message:
        return self.say(self.im, text, thread)

    def say(self, channel: str, text: str, thread: Message | str = "", **more: Any) -> Message:
        """Write in a channel or a thread; a mention of the app is told as such besides."""
        place = self._place(channel)
        body: Json = {"user": self.id, "client_msg_id": str(uuid.uuid4()), **typed(text), **more}
        foreign = self._team.users[self.id].team
        if foreign:
            body |= {"team": foreign, "user_team": foreign, "source_team": foreign}
        if thread:
            body["thread_ts"] = _root(thread)
            parent = place.messages.get(body["thread_ts"])
            body["parent_user_id"] = parent.body.get("user", "") if parent else ""
        message = self._world.add(self._team, place, body)
        inside = self._team.bot_user in place.members
        if f"<@{self._team.bot_user}>" in text and place.kind != "im" and inside:
            event = {**message.body, "type": "app_mention", "channel": channel}
            self._world.on_event(self._team, event | {"event_ts": message.ts})
        return message

    def mention(self, channel: str, text: str, thread: Message | str = "") -> Message:
        return self.say(channel, f"<@{self._team.bot_user}> {text}", thread)

    def edit(self, message: Message, text: str) -> None:
        place = self._place(message.channel)
        assert message.body.get("user") == self.id, "only own messages can be edited"
        self._world.change(self._team, place, message, typed(text), edited=self.id)

    def delete(self, message: Message) -> None:
        assert message.body.get("user") == self.id, "only own messages can be deleted"
        self._world.remove(self._team, self._place(message.channel), message)

    def unfurl(self, message: Message) -> None:
        """Slack shows a preview of a link in it: an event like an edit, but nothing was edited."""
        place = self._place(message.channel)
        preview = {"attachments": [{"id": 1, "title": "A page", "from_url": "https://example.com"}]}
        self._world.change(self._team, place, message, preview)

    def upload(
        self,
        channel: str,
        name: str,
        content: str | bytes,
        thread: Message | str = "",
        text: str = "",
    ) -> Message:
        """Put a file into a channel or a thread."""
        data = content.encode() if isinstance(content, str) else content
        file = file_of(self._world, self._team, self.id, name, self._server.address)
        file |= {"size": len(data), "_bytes": data}
        self._team.files[file["id"]] = file
        more = {"subtype": "file_share", "files": [file_shown(file)], "upload": False}
        return self.say(channel, text, thread, **more)

    # Commands and shortcuts -----------------------------------------------------------------------

    def slash(self, name: str, text: str = "", channel: str = "") -> Outgoing:
        """A slash command; Slack offers none in threads."""
        place = self._place(channel or self.im)
        url = self._server.responses.give(self._team, place, self.id)
        payload = shapes.command(self._world, self._team, self.id, place, name, text, url)
        return self._send("slash_commands", payload)

    def shortcut(self, callback_id: str) -> Outgoing:
        return self._interact("shortcut", callback_id=callback_id, action_ts=self._world.clock.ts())

    def message_shortcut(self, message: Message, callback_id: str) -> Outgoing:
        place = self._place(message.channel)
        return self._interact(
            "message_action",
            callback_id=callback_id,
            action_ts=self._world.clock.ts(),
            message_ts=message.ts,
            message=dict(message.body),
            channel=shapes.place(place),
            response_url=self._server.responses.give(self._team, place, self.id, message),
        )

    # Buttons, menus and modals --------------------------------------------------------------------

    def click(self, where: Where, button: str) -> Outgoing:
        """Press a button of a message, the home tab or a modal, named by action_id or label."""
        block_id, element = find(where, button)
        assert element["type"] in {"button", "icon_button"}, element["type"]
        return self._act(where, shapes.action(self._world, block_id, element, None))

    def choose(self, where: Where, menu: str, option: Any) -> Outgoing:
        """Choose in a menu by an option's value or label, or give a picker its value."""
        block_id, element = find(where, menu)
        made = shapes.action(self._world, block_id, element, chosen(element, option))
        return self._act(where, made)

    def feedback(self, message: Message, *, positive: bool) -> Outgoing:
        for block_id, element in message.elements():
            if element["type"] == "feedback_buttons":
                button = element["positive_button" if positive else "negative_button"]
                return self._act(message, shapes.action(self._world, block_id, element, button))
        raise AssertionError("the message has no feedback buttons")

    def submit(self, values: Json | None = None, view: Json | None = None) -> Outgoing:
        """Fill in the topmost modal by action ids and send it in."""
        shown = view or self.modal
        assert shown is not None, "no modal is open"
        shown["state"] = {"values": filled(shown, values or {})}
        return self._interact("view_submission", view=dict(shown), response_urls=[])

    def close_modal(self) -> Outgoing | None:
        shown = self.modal
        assert shown is not None, "no modal is open"
        close_top(self._team, self.id)
        if not shown.get("notify_on_close"):
            return None
        return self._interact("view_closed", view=dict(shown), is_cleared=False)

    def open_home(self) -> None:
        more = {"view": self.home} if self.home else {}
        self._event({"type": "app_home_opened", "tab": "home", "channel": self.im, **more})

    def open_messages(self) -> None:
        self._event({"type": "app_home_opened", "tab": "messages", "channel": self.im})

    def stop(self, message: Message) -> None:
        """Press the Stop button while the app writes in a thread."""
        place = self._place(message.channel)
        root = message.thread or message.ts
        growing = [one.ts for one in place.replies(root) if one.streaming]
        where = {"channel": place.id, "thread_ts": root, "streaming_message_ts": growing}
        self._event({"type": "agent_session_stopped", **where})

    # Seeing ---------------------------------------------------------------------------------------

    def sees(self, channel: str = "", thread: Message | str = "") -> list[Message]:
        """All messages there that this person sees, in order, also those for nobody else."""
        place = self._place(channel or self.im)
        mine = [one for one in place.ephemeral if one.only == self.id]
        shown = sorted([*place.messages.values(), *mine], key=lambda one: one.ts)
        if not thread:
            return shown
        root = _root(thread)
        return [one for one in shown if root in {one.ts, one.thread}]

    def last(self, channel: str = "", thread: Message | str = "") -> Message:
        return self.sees(channel, thread)[-1]

    def reload(self) -> None:
        """Ephemeral messages do not outlive the client's memory."""
        for place in self._team.channels.values():
            place.ephemeral = [one for one in place.ephemeral if one.only != self.id]

    @property
    def modal(self) -> Json | None:
        """The topmost modal."""
        stack = self._team.stacks.get(self.id)
        return self._team.views[stack[-1]] if stack else None

    @property
    def form_errors(self) -> Json:
        """What the app found wrong with the modal, by block."""
        return self._team.form_errors.get(self.id, {})

    @property
    def home(self) -> Json | None:
        return self._team.homes.get(self.id)

    def status(self, message: Message) -> str:
        """The line under a thread that says that the app is at work; empty where there is none."""
        root = message.thread or message.ts
        found = self._team.statuses.get((message.channel, root))
        if found is None or self._server.clock.now() >= found["until"]:
            return ""
        return found["status"]

    def prompts(self, thread: str = "") -> list[Json]:
        return self._team.prompts.get((self.im, thread), {}).get("prompts", [])

    # ----------------------------------------------------------------------------------------------

    def _place(self, channel: str) -> Channel:
        if channel == self.im:
            return self._world.im(self._team, self.id)
        place = self._team.channels[channel]
        assert self.id in place.members, f"{self.id} is not in {channel}"
        return place

    def _act(self, where: Where, action: Json) -> Outgoing:
        if isinstance(where, Message):
            place = self._place(where.channel)
            url = self._server.responses.give(self._team, place, self.id, where)
            more: Json = {"container": shapes.container(where), "channel": shapes.place(place)}
            more |= {"response_url": url, "state": {"values": {}}}
            if not where.only:
                more["message"] = dict(where.body)
        else:
            more = {"container": {"type": "view", "view_id": where["id"]}, "view": dict(where)}
        return self._interact("block_actions", actions=[action], **more)

    def _interact(self, kind: str, **more: Any) -> Outgoing:
        payload = shapes.interaction(self._world, self._team, self.id, kind, **more)
        return self._send("interactive", payload)

    def _send(self, kind: Any, payload: Json) -> Outgoing:
        assert not self._team.users[self.id].deleted, f"{self.id} is deactivated"
        return self._server.send(Outgoing(kind, payload, self._team.id, self.id))

    def _event(self, event: Json) -> None:
        more = {"user": self.id, "event_ts": self._world.clock.ts()}
        self._world.on_event(self._team, {**event, **more})


def _root(thread: Message | str) -> str:
    return thread if isinstance(thread, str) else thread.thread or thread.ts
