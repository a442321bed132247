"""The slash commands, made from the one table: ``/coach start``, ``/coach summary``, …"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands import COMMANDS, CommandSpec
from bot.discord import limits
from bot.discord.components import Payload, cut, option

GROUP, START, MESSAGE_COMMAND = "coach", "start", "Coach me on this"
# Options whose values are suggested while somebody types.
COACH, SESSION = "coach", "session"
_SUGGESTED = frozenset({COACH, SESSION})
# Discord takes 25 entries, so what goes together stands one step below: /coach finding confirm.
_FINDINGS = frozenset({"confirm", "correct"})
_SUB_COMMAND, _SUB_GROUP, _TEXT = 1, 2, 3
_CHAT, _ON_MESSAGE = 1, 3
# In servers, in direct messages with the app, in other direct messages; for servers and people.
_PLACES = {"contexts": [0, 1, 2], "integration_types": [0, 1]}


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it was called: its name in the table, and what was written after it."""

    name: str
    argument: str


def commands_json(table: Sequence[CommandSpec] = COMMANDS) -> list[Payload]:
    """What is told to Discord. Raises ValueError for more commands than a group takes."""
    finding = [_sub(command) for command in table if command.name in _FINDINGS]
    single = [_sub(command) for command in table if command.name not in _FINDINGS]
    options = [_group("finding", "Say whether a finding is right", finding)] if finding else []
    room = limits.COMMANDS - len(options)
    if len(single) > room:
        single, more = single[: room - 1], single[room - 1 :]
        if len(more) > limits.COMMANDS:
            raise ValueError(f"{len(table)} commands are more than Discord takes")
        options.append(_group("more", "What is needed less often", more))
    options = [*single, *options]
    group: Payload = {
        "name": GROUP,
        "type": _CHAT,
        "description": "Career coaching: seven coaches, one plan",
        "options": options,
        **_PLACES,
    }
    return [group, {"name": MESSAGE_COMMAND, "type": _ON_MESSAGE, **_PLACES}]


def _group(name: str, about: str, options: list[Payload]) -> Payload:
    return {"name": name, "type": _SUB_GROUP, "description": about, "options": options}


def version(commands: Sequence[Payload]) -> str:
    """Differs when the commands differ."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()[:16]


def _sub(command: CommandSpec) -> Payload:
    name, argument = command.name, command.argument
    if name == "pick":
        name, argument = START, COACH
    made: Payload = {
        "name": name,
        "type": _SUB_COMMAND,
        "description": cut(command.help[:1].upper() + command.help[1:], limits.HELP),
    }
    if argument:
        word = "what" if "|" in argument else argument.partition(" ")[0]
        about: Payload = {
            "name": word,
            "type": _TEXT,
            "description": cut(f"{argument} (may be left out)", limits.HELP),
            "required": False,
        }
        if word in _SUGGESTED:
            about["autocomplete"] = True
        made["options"] = [about]
    return made


def called(data: Mapping[str, Any]) -> Called | None:
    """The command in an interaction's data; None for one that is not of the group."""
    if data.get("name") != GROUP:
        return None
    for sub in _subs(data):
        if sub.get("type") == _SUB_COMMAND:
            words = [str(one.get("value", "")).strip() for one in _options(sub)]
            name = "pick" if sub["name"] == START else str(sub["name"])
            return Called(name, " ".join(filter(None, words)))
    return None


def focused(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """The option that is being typed, and what there is of it."""
    for sub in _subs(data):
        for one in _options(sub):
            if one.get("focused"):
                return str(one["name"]), str(one.get("value", ""))
    return None


def _options(of: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return of.get("options") or []


def _subs(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The command that was called, also where it stands in a group of its own."""
    found = _options(data)
    return [*found, *(one for sub in found if sub["type"] == _SUB_GROUP for one in _options(sub))]


def suggestions(offered: Sequence[tuple[str, str]], typed: str) -> list[Payload]:
    """Values (value, label) that fit what is typed: those that begin so, then those with it."""
    said = typed.strip().casefold()
    begins = [one for one in offered if one[1].casefold().startswith(said)]
    holds = [one for one in offered if said in f"{one[0]} {one[1]}".casefold()]
    found = dict.fromkeys([*begins, *holds])
    return [
        {"name": made["label"], "value": made["value"]}
        for value, label in list(found)[: limits.OPTIONS]
        for made in [option(label, value)]
    ]
