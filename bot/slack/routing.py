"""Where a message goes. The rules in their order, the first that fits:

====================================================================  =================
a message                                                             goes to
====================================================================  =================
in a channel, in nobody's thread, that calls the app                  ``offer``
in a channel, in nobody's thread                                      ``ignore``
in the session thread of somebody else                                ``not_yours``
"stop" while a reply is being written                                 ``stop``
"switch to David" in a session                                        ``switch``
in a channel, a command about the person ("profile")                  ``private``
in a channel, the menu or the help                                    ``whisper``
in a thread with an open session                                      ``turn``
in a thread whose session went on elsewhere, or ended                 ``take_up``
in a thread of direct messages that began with a question             ``ask``
a direct message with a command or the name of a coach                ``ask``
a direct message, and the last session is open                        ``go_on``
a direct message                                                      ``ask``
====================================================================  =================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.commands import BY_NAME, Parsed

Route = Literal[
    "offer",
    "ignore",
    "not_yours",
    "stop",
    "switch",
    "private",
    "whisper",
    "turn",
    "take_up",
    "ask",
    "go_on",
]
_WHISPERED = frozenset({"pick", "help", "recommend"})
# What is said of a session may stand in its thread, also where others read along.
_ABOUT_THE_SESSION = frozenset({"switch", "end", "panel"})


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a message before it is routed.

    Attributes:
        direct: written to the app alone.
        threaded: below another message.
        called: the app is mentioned.
        owner: whose thread it is, seen from who wrote.
        session: whether an open session is in this conversation.
        coach: the coach of the thread, also of a session that went on elsewhere or ended.
        command: the command it is, if it is one.
        names_coach: it is the name of a coach and nothing else.
        says_stop: it asks to stop, and nothing else.
        writing: a reply is being written here.
        last_open: the person's last session is open.
    """

    direct: bool
    threaded: bool
    called: bool = False
    owner: Literal["nobody", "other", "self"] = "nobody"
    session: bool = False
    coach: str | None = None
    command: Parsed | None = None
    names_coach: bool = False
    says_stop: bool = False
    writing: bool = False
    last_open: bool = False


def route(here: Situation) -> Route:
    """Where the message goes."""
    if not here.direct:
        if not here.threaded or here.owner == "nobody":
            return "offer" if here.called else "ignore"
        if here.owner == "other":
            return "not_yours"
    if here.says_stop and here.writing:
        return "stop"
    name = here.command.name if here.command is not None else None
    if name == "switch" and here.session and here.command is not None and here.command.argument:
        return "switch"
    if not here.direct and name is not None:
        if name in _WHISPERED:
            return "whisper"
        if private(name):
            return "private"
    if here.session:
        return "turn"
    if here.threaded and here.owner == "self":
        return "take_up" if here.coach is not None else "ask"
    if name is not None or here.names_coach:
        return "ask"
    return "go_on" if here.last_open else "ask"


def private(name: str) -> bool:
    """Whether what a command shows is about the person, so that only they may see it."""
    command = BY_NAME.get(name)
    return command is not None and not command.in_session and name not in _ABOUT_THE_SESSION
