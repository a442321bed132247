"""Interactions: what people do with commands and components, and what the app answers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.discordserver import shapes
from tests.discordserver.core import Core, File
from tests.discordserver.errors import Json, RefusedError, unknown
from tests.discordserver.limits import check_choices, check_message, check_modal
from tests.discordserver.messages import COMMAND_REPLY, MENU_REPLY, Messages
from tests.discordserver.permissions import P
from tests.discordserver.world import EPHEMERAL, LOADING, Channel, Message, User

COMMAND, COMPONENT, COMPLETE, SUBMIT = 2, 3, 4, 5
ANSWER, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
# What may answer what; an update needs a message that the interaction came from.
_FITS = {
    COMMAND: {ANSWER, DEFER, MODAL},
    COMPONENT: {ANSWER, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    COMPLETE: {CHOICES},
    SUBMIT: {ANSWER, DEFER, DEFER_UPDATE, UPDATE},
}
FIRST_S, TOKEN_S = 3.0, 900.0
# Follow-ups where the app is only somebody's own and not in the server.
MOST_FOLLOWUPS = 5
_IN_GUILD, _WITH_BOT, _AMONG_PEOPLE = 0, 1, 2


@dataclass(slots=True)
class Interaction:
    """One thing somebody did.

    Attributes:
        answered: the type of the first response; 0 before there is one. ``answered_at``: when.
        original: the message of the response, or the one that the component is on.
        choices: suggestions for an option. ``modal``: what was opened.
        visiting: the app is the person's own and not where they are.
        hidden: its messages are for the person only, whatever the app says.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    began: float
    name: str = ""
    source: Message | None = None
    answered: int = 0
    answered_at: float = 0.0
    original: Message | None = None
    choices: list[Json] | None = None
    modal: Json | None = None
    visiting: bool = False
    hidden: bool = False
    menu: bool = False
    followups: int = 0

    @property
    def text(self) -> str:
        """What stands in the answer; empty before there is one."""
        return self.original.content if self.original else ""


class Interactions:
    """All that were begun; found by their tokens."""

    def __init__(self, core: Core, messages: Messages) -> None:
        self._core = core
        self._messages = messages
        self.known: dict[str, Interaction] = {}

    def begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        name: str = "",
        source: Message | None = None,
        menu: bool = False,
    ) -> Interaction:
        """Somebody did something: tell the app.

        Args:
            data: of the command, component or modal.
            source: the message of the component.
        """
        core = self._core
        one = Interaction(
            core.clock.snowflake(), secrets.token_urlsafe(32), kind, user, channel,
            core.clock.now(), name, source, menu=menu,
        )  # fmt: skip
        in_guild = bool(channel.guild)
        bot = core.world.bot.id
        here = bot in (core.world.guilds[channel.guild].members if in_guild else channel.people)
        one.visiting = not here
        allowed = core.world.may(user.id, channel)
        one.hidden = one.visiting and in_guild and not allowed & P.USE_EXTERNAL_APPS
        self.known[one.token] = one
        core.emit("INTERACTION_CREATE", self._shown(one, data), channel.guild)
        return one

    def _shown(self, one: Interaction, data: Json) -> Json:
        core = self._core
        channel, user = one.channel, one.user
        allowed = core.world.may(user.id, channel)
        bot_may = allowed if one.visiting else core.world.may(core.world.bot.id, channel)
        where = shapes.channel(channel, core.world) | {"permissions": str(int(allowed))}
        shown: Json = {
            "id": str(one.id),
            "application_id": str(core.world.bot.id),
            "type": one.kind,
            "data": data,
            "channel": where,
            "channel_id": str(channel.id),
            "token": one.token,
            "version": 1,
            "app_permissions": str(int(bot_may)),
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": 10 * 1024 * 1024,
            "authorizing_integration_owners": self._owners(one),
            "context": self._context(one),
        }
        if one.source is not None:
            shown["message"] = dict(one.source.body)
        if not channel.guild:
            return shown | {"user": shapes.user(user)}
        guild = core.world.guilds[channel.guild]
        part = {"id": str(guild.id), "locale": "en-US", "features": []}
        member = shapes.interacting(guild, user.id, allowed)
        more = {"guild_id": str(guild.id), "guild": part, "guild_locale": "en-US"}
        return shown | more | {"member": member}

    def _owners(self, one: Interaction) -> dict[str, str]:
        owners = {"1": str(one.user.id)} if one.user.installed else {}
        if not one.visiting:
            owners["0"] = str(one.channel.guild)
        return owners

    def _context(self, one: Interaction) -> int:
        if one.channel.guild:
            return _IN_GUILD
        return _WITH_BOT if self._core.world.bot.id in one.channel.people else _AMONG_PEOPLE

    @property
    def unanswered(self) -> list[Interaction]:
        """Those that the app let pass: people see that it did not answer."""
        return [one for one in self.known.values() if not one.answered]

    # The first response

    def respond(self, id_: int, token: str, body: Json, files: Sequence[File]) -> Json:
        """The callback; returns what ``with_response`` shows.

        Raises:
            RefusedError: 10062 after three seconds, 40060 the second time.
        """
        one = self.known.get(token)
        if one is None or one.id != id_:
            raise unknown("Interaction")
        if one.answered:
            raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
        if self._core.clock.now() - one.began > FIRST_S:
            raise unknown("Interaction")
        kind = body.get("type")
        updates = kind in (UPDATE, DEFER_UPDATE)
        if kind not in _FITS[one.kind] or (updates and one.source is None):
            words = f"Value {kind} does not answer an interaction of type {one.kind}."
            error = {"type": {"_errors": [{"code": "BASE_TYPE_CHOICES", "message": words}]}}
            raise RefusedError(400, 50035, "Invalid Form Body", more={"errors": error})
        self._first(one, kind, body.get("data") or {}, files)
        one.answered, one.answered_at = kind, self._core.clock.now()
        return self._callback(one)

    def _first(self, one: Interaction, kind: int, data: Json, files: Sequence[File]) -> None:
        emojis = {str(emoji) for emoji in self._core.emojis}
        if kind == CHOICES:
            check_choices(data.get("choices") or [])
            one.choices = data.get("choices") or []
        elif kind == MODAL:
            one.modal = check_modal(data, emojis)
        elif kind == ANSWER:
            check_message(data, len(files), emojis)
            one.original = self._post(one, data, files, original=True)
        elif kind == DEFER:
            one.original = self._post(one, data, (), original=True, loading=True)
        else:
            one.original = one.source
            if kind == UPDATE and one.source is not None:
                check_message(data, len(files), emojis, one.source.body)
                self._messages.edit(one.source, data, files)

    def _post(
        self,
        one: Interaction,
        data: Json,
        files: Sequence[File],
        *,
        original: bool = False,
        loading: bool = False,
    ) -> Message:
        hidden = bool((data.get("flags") or 0) & EPHEMERAL) or one.hidden
        bot = self._core.world.bot
        about: Json = {
            "id": str(one.id),
            "type": one.kind,
            "user": shapes.user(one.user),
            "authorizing_integration_owners": self._owners(one),
        }
        if one.name:
            about["name"] = one.name
        more: Json = {
            "application_id": str(bot.id),
            "webhook_id": str(bot.id),
            "interaction_metadata": about,
        }
        if loading:
            more["flags"] = LOADING | (EPHEMERAL if hidden else 0)
        if original and one.kind == COMMAND:
            more["type"] = MENU_REPLY if one.menu else COMMAND_REPLY
        only = one.user.id if hidden else 0
        return self._messages.create(one.channel, bot, data, files, only=only, more=more)

    def _callback(self, one: Interaction) -> Json:
        shown: Json = {"id": str(one.id), "type": one.kind, "channel_id": str(one.channel.id)}
        resource: Json = {"type": one.answered}
        if one.original is not None and one.answered in (ANSWER, DEFER, UPDATE):
            shown["response_message_id"] = str(one.original.id)
            shown["response_message_loading"] = bool(one.original.flags & LOADING)
            shown["response_message_ephemeral"] = bool(one.original.only)
            resource["message"] = dict(one.original.body)
        return {"interaction": shown, "resource": resource}

    # Afterwards, for fifteen minutes

    def open(self, token: str) -> Interaction:
        """The interaction of a token that still counts.

        Raises:
            RefusedError: 50027 after fifteen minutes, 10015 before the first response.
        """
        one = self.known.get(token)
        if one is None or self._core.clock.now() - one.began > TOKEN_S:
            raise RefusedError(401, 50027, "Invalid Webhook Token")
        if not one.answered:
            raise unknown("Webhook")
        return one

    def follow(self, one: Interaction, data: Json, files: Sequence[File]) -> Message:
        """One more message; the first after a deferred response takes its place."""
        if one.original is not None and one.original.flags & LOADING:
            return self.edit(one, one.original, data, files)
        if one.visiting and one.followups >= MOST_FOLLOWUPS:
            words = "Maximum number of follow up messages has been reached"
            raise RefusedError(400, 40094, words)
        check_message(data, len(files), {str(emoji) for emoji in self._core.emojis})
        one.followups += 1
        return self._post(one, data, files)

    def edit(
        self, one: Interaction, message: Message, data: Json, files: Sequence[File]
    ) -> Message:
        """Change a message of the interaction, or fill in the deferred one."""
        emojis = {str(emoji) for emoji in self._core.emojis}
        check_message(data, len(files), emojis, message.body)
        message.body["flags"] &= ~LOADING
        return self._messages.edit(message, data, files)

    def message(self, one: Interaction, id_: int = 0) -> Message:
        """The original response, or another message of the interaction."""
        if not id_:
            found: Message | None = one.original
        else:
            found = one.channel.messages.get(id_)
            about: Any = (found.body.get("interaction_metadata") or {}) if found else {}
            if found is not one.original and about.get("id") != str(one.id):
                found = None
        if found is None or found.id not in one.channel.messages:
            raise unknown("Message")
        return found
