"""The app's commands: what Discord takes, and which one somebody means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.discordserver.clock import Clock
from tests.discordserver.errors import Json, Problems, RefusedError
from tests.discordserver.world import World

SLASH, OF_USER, OF_MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
_MOST = {SLASH: 100, OF_USER: 5, OF_MESSAGE: 5}
# Letters and digits of any script, dash, underscore and apostrophe.
_NAME = re.compile(r"[-_'\w]{1,32}")
# Of name, descriptions and values of one command.
MOST_CHARACTERS = 8000
Path = tuple[str | int, ...]


class Commands:
    """Those of everywhere (guild 0) and those of single guilds."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._known: dict[int, list[Json]] = {}
        self.overwrites = 0

    def all(self, guild: int) -> Iterator[Json]:
        yield from self._known.get(guild, [])

    def overwrite(self, guild: int, given: list[Json]) -> list[Json]:
        """Replace all of them; those of the same name keep their id."""
        problems = Problems()
        for number, one in enumerate(given):
            _check_command(one, (number,), problems)
        problems.check()
        for kind, most in _MOST.items():
            if sum(_kind(one) == kind for one in given) > most:
                words = f"Maximum number of application commands reached ({most})."
                raise RefusedError(400, 30032, words)
        names = [(_kind(one), one["name"]) for one in given]
        if len(set(names)) < len(names):
            words = "Application command names must be unique"
            raise RefusedError(400, 50035, words)
        old = {(_kind(one), one["name"]): one for one in self.all(guild)}
        self._known[guild] = [self._keep(one, old.get((_kind(one), one["name"]))) for one in given]
        self.overwrites += 1
        return self._known[guild]

    def _keep(self, one: Json, old: Json | None) -> Json:
        kept: Json = {
            "default_member_permissions": None,
            "nsfw": False,
            "integration_types": [0, 1],
            "contexts": None,
            "options": [],
            "description": "",
            **{name: value for name, value in one.items() if value is not None},
            "type": _kind(one),
            "id": old["id"] if old else str(self._clock.snowflake()),
            "application_id": str(self._world.bot.id),
            "version": str(self._clock.snowflake()),
        }
        return kept

    def find(self, guild: int, kind: int, name: str) -> Json:
        """A command by name, the guild's own before that of everywhere.

        Raises:
            LookupError: there is none; people are shown none either.
        """
        for one in (*(self.all(guild) if guild else ()), *self.all(0)):
            if (one["type"], one["name"]) == (kind, name):
                return one
        raise LookupError(f"no command {name!r}")


def _kind(command: Json) -> int:
    return command.get("type") or SLASH


def _check_command(one: Json, path: Path, problems: Problems) -> None:
    if _kind(one) == SLASH:
        _check_name(one, path, problems)
        problems.length((*path, "description"), one.get("description") or "", 100, 1)
        _check_options(one.get("options") or [], (*path, "options"), problems, 0)
        if _size(one) > MOST_CHARACTERS:
            words = f"Command exceeds maximum size ({MOST_CHARACTERS})"
            problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", words)
    else:
        problems.length((*path, "name"), one.get("name") or "", 32, 1)
        if one.get("description"):
            words = "Context menu commands cannot have description"
            problems.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU", words)
    for name, most in (("contexts", 2), ("integration_types", 1)):
        values = one.get(name)
        if values is not None and (not values or any(v not in range(most + 1) for v in values)):
            words = f"Value must be one of 0 to {most}."
            problems.add((*path, name), "BASE_TYPE_CHOICES", words)


def _check_name(one: Json, path: Path, problems: Problems) -> None:
    name = one.get("name") or ""
    if not _NAME.fullmatch(name) or name != name.lower():
        words = "Command name is invalid"
        problems.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", words)


def _check_options(options: list[Json], path: Path, problems: Problems, depth: int) -> None:
    if len(options) > 25:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names = [one.get("name") for one in options]
    if len(set(names)) < len(names):
        words = "Option name already used"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
    nested = [one.get("type") in (SUBCOMMAND, GROUP) for one in options]
    if any(nested) and not all(nested):
        words = "Sub-command and sub-command group option types are mutually exclusive"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    optional = False
    for number, one in enumerate(options):
        _check_option(one, (*path, number), problems, depth)
        optional = optional or not one.get("required")
        if one.get("required") and optional:
            words = "Required options must be placed before non-required options"
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            problems.add((*path, number), code, words)


def _check_option(one: Json, path: Path, problems: Problems, depth: int) -> None:
    _check_name(one, path, problems)
    problems.length((*path, "description"), one.get("description") or "", 100, 1)
    kind = one.get("type")
    if kind not in range(1, 12) or (kind in (SUBCOMMAND, GROUP) and depth >= (3 - kind)):
        problems.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.")
    if kind in (SUBCOMMAND, GROUP):
        _check_options(one.get("options") or [], (*path, "options"), problems, depth + 1)
    choices = one.get("choices") or []
    if len(choices) > 25:
        words = "Must be 25 or fewer in length."
        problems.add((*path, "choices"), "BASE_TYPE_MAX_LENGTH", words)
    if choices and one.get("autocomplete"):
        words = "Options with choices cannot be autocompleted"
        problems.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", words)
    for number, choice in enumerate(choices):
        at = (*path, "choices", number)
        problems.length((*at, "name"), choice.get("name") or "", 100, 1)
        if kind == STRING:
            problems.length((*at, "value"), choice.get("value") or "", 100, 1)


def _size(one: Json) -> int:
    own = len(one.get("name") or "") + len(one.get("description") or "")
    own += sum(len(str(c["name"])) + len(str(c["value"])) for c in one.get("choices") or [])
    return own + sum(map(_size, one.get("options") or []))
