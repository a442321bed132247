"""What somebody does with the app: commands, suggestions, buttons, selects, modals, menus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.discordserver import shapes
from tests.discordserver.commands import GROUP, OF_MESSAGE, SLASH, SUBCOMMAND
from tests.discordserver.components import BUTTON, INPUT, LABEL, ROW, SELECT, SELECTS, walk
from tests.discordserver.errors import Json
from tests.discordserver.interactions import COMMAND, COMPLETE, COMPONENT, SUBMIT, Interaction
from tests.discordserver.permissions import P
from tests.discordserver.server import Server
from tests.discordserver.world import DM, Channel, Message, User

_OPTION_USER = 6
_WITH_BOT, _AMONG_PEOPLE = 1, 2


class Using:
    """The app's side of a person.

    Attributes:
        at: where they are: what they use without naming a place is used there. At first their
            direct message with the bot.
    """

    def __init__(self, server: Server, user: User) -> None:
        self.server = server
        self.user = user
        self.at: Channel = server.world.direct(server.world.bot.id, user.id)

    # Commands

    def slash(self, name: str, /, where: Channel | None = None, **options: Any) -> Interaction:
        """Use a command: ``slash("coach start", coach="david")``.

        Args:
            options: values by name; a person for an option of that kind.

        Raises:
            LookupError: there is no such command here.
        """
        command, data = self._command(name, where or self.at, options)
        return self._begin(COMMAND, where, data, name=self._whole(command, name))

    async def autocomplete(
        self,
        name: str,
        /,
        focus: str,
        typed: str = "",
        where: Channel | None = None,
        **options: Any,
    ) -> list[Json]:
        """The suggestions for the option ``focus`` with ``typed`` in it.

        Raises:
            TimeoutError: none came.
        """
        _, data = self._command(name, where or self.at, {**options, focus: typed}, focus)
        one = self._begin(COMPLETE, where, data)
        await self.server.until(lambda: one.answered != 0)
        return one.choices or []

    def context_menu(self, name: str, message: Message) -> Interaction:
        """Use a command of the menu of a message."""
        where = self.server.world.channels[message.channel]
        command = self._find(OF_MESSAGE, name, where)
        shown = dict(message.body)
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": OF_MESSAGE,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): shown}},
        }
        return self._begin(COMMAND, where, data, name=name, menu=True)

    def commands(self, where: Channel | None = None) -> list[str]:
        """The names of the commands that they are offered somewhere."""
        place = where or self.at
        every = [*self.server.commands.all(place.guild), *self.server.commands.all(0)]
        return [one["name"] for one in every if self._offered(one, place)]

    def _find(self, kind: int, name: str, where: Channel) -> Json:
        if where.guild and not self.server.world.may(self.user.id, where) & (
            P.USE_APPLICATION_COMMANDS
        ):
            raise LookupError(f"{self.user.name} may not use commands there")
        command = self.server.commands.find(where.guild, kind, name)
        if not self._offered(command, where):
            raise LookupError(f"{name!r} is not offered there")
        return command

    def _offered(self, command: Json, where: Channel) -> bool:
        """Whether the app is there in one of its ways, and the command in that place."""
        bot = self.server.world.bot.id
        if where.guild:
            context, here = 0, bot in self.server.world.guilds[where.guild].members
        else:
            here = bot in where.people
            context = _WITH_BOT if here else _AMONG_PEOPLE
        kinds = command["integration_types"]
        present = (here and 0 in kinds) or (self.user.installed and 1 in kinds)
        return present and (command["contexts"] is None or context in command["contexts"])

    def _command(
        self, name: str, where: Channel, options: dict[str, Any], focus: str = ""
    ) -> tuple[Json, Json]:
        """The command and what is sent of it."""
        first, *steps = name.split()
        command = self._find(SLASH, first, where)
        data: Json = {"id": command["id"], "name": first, "type": SLASH}
        place, given = command, data
        for step in steps:
            inner = _named(place.get("options") or [], step)
            part = {"name": step, "type": inner["type"], "options": []}
            given["options"] = [part]
            place, given = inner, part
        below = {one["type"] for one in place.get("options") or []}
        if below & {SUBCOMMAND, GROUP}:
            raise LookupError(f"{name!r} is a group, it cannot be used itself")
        resolved: Json = {}
        values = [
            self._option(_named(place.get("options") or [], key), value, key == focus, resolved)
            for key, value in options.items()
        ]
        missing = [
            one["name"]
            for one in place.get("options") or []
            if one.get("required") and one["name"] not in options
        ]
        if missing and not focus:
            raise LookupError(f"{name!r} needs {missing}")
        given["options"] = values
        return command, data | ({"resolved": resolved} if resolved else {})

    def _option(self, option: Json, value: Any, focused: bool, resolved: Json) -> Json:
        if isinstance(value, Using):
            who = str(value.user.id)
            resolved.setdefault("users", {})[who] = shapes.user(value.user)
            value = who
        choices = [one["value"] for one in option.get("choices") or []]
        if choices and not focused and value not in choices:
            raise LookupError(f"{value!r} is no choice of {option['name']!r}")
        given: Json = {"name": option["name"], "type": option["type"], "value": value}
        return given | ({"focused": True} if focused else {})

    def _whole(self, command: Json, name: str) -> str:
        return " ".join([command["name"], *name.split()[1:]])

    # Components

    def click(self, message: Message, which: str) -> Interaction:
        """Press a button, found by its custom_id or its label."""
        return self._component(message, which, BUTTON, None)

    def choose(self, message: Message, which: str, *values: str) -> Interaction:
        """Choose in a select, found by its custom_id or placeholder, by values or labels."""
        return self._component(message, which, 0, values)

    def buttons(self, message: Message) -> list[str]:
        """The labels of the buttons they can press."""
        every = walk(message.components)
        pressable = [c for c in every if c["type"] == BUTTON and not c.get("disabled")]
        return [one.get("label") or one["emoji"]["name"] for one in pressable]

    def _component(
        self, message: Message, which: str, kind: int, values: tuple[str, ...] | None
    ) -> Interaction:
        self._look(message)
        kinds = (kind,) if kind else SELECTS
        found = [one for one in walk(message.components) if one["type"] in kinds]
        names = ("custom_id", "label", "placeholder")
        fits = [one for one in found if which in [one.get(name) for name in names]]
        if not fits:
            raise LookupError(f"nothing called {which!r} in {[c.get('custom_id') for c in found]}")
        one = fits[0]
        if one.get("disabled") or "custom_id" not in one:
            raise LookupError(f"{which!r} cannot be used")
        data: Json = {"custom_id": one["custom_id"], "component_type": one["type"], "id": one["id"]}
        if values is not None:
            data |= self._chosen(one, values)
        where = self.server.world.channels[message.channel]
        return self._begin(COMPONENT, where, data, source=message)

    def _chosen(self, one: Json, values: tuple[str, ...]) -> Json:
        least, most = one.get("min_values", 1), one.get("max_values") or 1
        if not least <= len(values) <= most:
            raise LookupError(f"{least} to {most} are to be chosen")
        return {"values": [_value(one, value) for value in values]}

    def _look(self, message: Message) -> None:
        where = self.server.world.channels[message.channel]
        allowed = self.server.world.may(self.user.id, where)
        if message.only not in (0, self.user.id) or not allowed & P.VIEW_CHANNEL:
            raise LookupError(f"{self.user.name} does not see this message")
        if message.id not in where.messages:
            raise LookupError("this message is gone")

    # Modals

    def submit(self, opened: Interaction, **values: Any) -> Interaction:
        """Fill in the modal that an interaction opened; fields by custom_id or label.

        Args:
            values: a text, or for a select the chosen values as a list.

        Raises:
            LookupError: there is no modal or field, or a required field stays empty.
        """
        if opened.modal is None:
            raise LookupError("no modal was opened")
        fields = {one["custom_id"]: (names, one) for names, one in _fields(opened.modal)}
        filled: Json = {}
        for key, value in values.items():
            fits = [id_ for id_, (names, _) in fields.items() if key in names]
            if not fits:
                raise LookupError(f"no field {key!r} among {list(fields)}")
            filled[fits[0]] = value
        for id_, (_, one) in fields.items():
            filled[id_] = _filled(one, filled.get(id_, one.get("value") or ""))
        data: Json = {"custom_id": opened.modal["custom_id"]}
        data["components"] = [_submitted(one, filled) for one in opened.modal["components"]]
        source = opened.source
        return self._begin(SUBMIT, opened.channel, data, source=source, name=opened.name)

    def _begin(self, kind: int, where: Channel | None, data: Json, **more: Any) -> Interaction:
        place = where or self.at
        if place.kind == DM and self.user.id not in place.people:
            raise LookupError("not their conversation")
        return self.server.interactions.begin(kind, self.user, place, data, **more)


def _named(options: list[Json], name: str) -> Json:
    for one in options:
        if one["name"] == name:
            return one
    raise LookupError(f"no {name!r} among {[one['name'] for one in options]}")


def _value(one: Json, value: str) -> str:
    """The value of an option that is named by value or label; others than strings as they are."""
    if one["type"] != SELECT:
        return value
    for option in one["options"]:
        if value in (option["value"], option["label"]):
            return option["value"]
    raise LookupError(f"{value!r} is no option")


def _fields(modal: Json) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The fields of a modal with what they are called."""
    for outer in modal["components"]:
        if outer["type"] == ROW:
            for one in outer["components"]:
                yield (one["custom_id"], one.get("label") or ""), one
        elif outer["type"] == LABEL:
            one = outer["component"]
            yield (one["custom_id"], outer["label"]), one


def _filled(field: Json, value: Any) -> Any:
    """What is sent of a field, if it may be."""
    needed = field.get("required", True)
    if field["type"] != INPUT:
        chosen = [_value(field, one) for one in value or []]
        if needed and not chosen:
            raise LookupError(f"{field['custom_id']!r} has to be chosen")
        return chosen
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if (needed and not value) or len(value) > most or (value and len(value) < least):
        raise LookupError(f"{field['custom_id']!r} takes {least} to {most} characters")
    return value


def _submitted(outer: Json, filled: Json) -> Json:
    def inner(one: Json) -> Json:
        name = "value" if one["type"] == INPUT else "values"
        kept = {key: one[key] for key in ("type", "id", "custom_id")}
        return kept | {name: filled[one["custom_id"]]}

    shown: Json = {"type": outer["type"], "id": outer["id"]}
    if outer["type"] == ROW:
        return shown | {"components": [inner(one) for one in outer["components"]]}
    if outer["type"] == LABEL:
        return shown | {"component": inner(outer["component"])}
    return shown
