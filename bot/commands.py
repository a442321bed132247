"""The one table of commands; every platform's menu, help and dispatcher is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.lazily import lazy
from personas import steering

if TYPE_CHECKING:
    import rapidfuzz
else:
    rapidfuzz = lazy("rapidfuzz")


_NEAR = 72


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its name, what may follow it, its help line.

    ``words`` are whole messages that mean the same inside a coaching thread, ``requests`` such
    that mean the command with an argument: (argument, messages). ``in_session`` tells that it needs
    a session; outside one the engine asks which.
    """

    name: str
    argument: str
    help: str
    words: tuple[str, ...] = ()
    in_session: bool = False
    requests: tuple[str, tuple[str, ...]] | None = None


_NO_REMINDERS = (
    *("stop reminding me", "stop reminding me about this", "stop reminding me of this"),
    *("no more reminders", "no reminders", "no more check-ins", "no reminders please"),
    *("stop the reminders", "stop reminders", "stop these reminders", "stop your reminders"),
    *("stop all reminders", "stop sending reminders", "stop sending me reminders"),
    *("turn off reminders", "turn off the reminders", "turn reminders off", "end the reminders"),
    *("cancel the reminders", "cancel reminders", "cancel my reminders", "cancel all reminders"),
    *("don't remind me", "do not remind me", "don't remind me again", "don't remind me any more"),
    *("don't remind me anymore", "do not remind me again", "stop the check-ins", "stop check-ins"),
    *("stop checking in", "stop checking in on me", "stop checking up on me", "reminders off"),
)


COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("pick", "", "show the coaches and pick one", ("coaches", "menu", "show coaches")),
    CommandSpec("recommend", "what it is about", "find the coach that fits"),
    CommandSpec(
        "summary",
        "",
        "what all your coaches found, side by side, and one plan",
        ("summary", "show summary"),
    ),
    CommandSpec("sessions", "", "your sessions, with phase and progress", ("sessions",)),
    CommandSpec("switch", "coach", "go on with another coach, who gets a hand-over"),
    CommandSpec("next", "", "leave this part and go on", in_session=True),
    CommandSpec(
        "end", "", "end this session; you can come back", ("end", "end session"), in_session=True
    ),
    CommandSpec("plan", "", "the plan as it stands", ("plan", "show plan"), in_session=True),
    CommandSpec(
        "profile", "", "your career profile: story, experiences, bullets, scores", ("profile",)
    ),
    CommandSpec("progress", "", "how far you are, as bars", ("progress",)),
    CommandSpec("goal", "text", "your goals; with text: set a new one", ("goals", "goal")),
    CommandSpec("checkin", "done | later | change", "say how a step went, or what is asked next"),
    CommandSpec(
        "reminders",
        "on | off",
        "whether you are asked how your steps went",
        ("reminders",),
        requests=("off", _NO_REMINDERS),
    ),
    CommandSpec(
        "log",
        "outcome",
        "note what happened: applied, screen, interview, offer, accepted, rejected",
    ),
    CommandSpec("continue", "session", "take a session up again", ("continue session",)),
    CommandSpec("panel", "question", "ask every coach the same question"),
    CommandSpec("advice", "", "a straight answer instead of a question", in_session=True),
    CommandSpec(
        "again", "", "word the last reply differently", ("again", "regenerate"), in_session=True
    ),
    CommandSpec(
        "undo",
        "",
        "take your last answer back",
        ("undo", "take it back", "take that back"),
        in_session=True,
    ),
    CommandSpec("confirm", "number", "say that a finding is right"),
    CommandSpec("correct", "number", "say that a finding is wrong; it is deleted"),
    CommandSpec(
        "me", "on | off | zone", "what is remembered of you; memory across coaches on or off"
    ),
    CommandSpec(
        "link", "code | undo", "be the same person here and in another place, or be two again"
    ),
    CommandSpec("export", "", "a copy of everything, as JSON and as text", ("export",)),
    CommandSpec("forget", "", "delete everything you said and what came of it"),
    CommandSpec("help", "", "this list", ("help", "commands")),
)
BY_NAME = {command.name: command for command in COMMANDS}
_BY_WORD = {word: command.name for command in COMMANDS for word in command.words}
_BY_REQUEST = {
    words: (command.name, command.requests[0])
    for command in COMMANDS
    if command.requests is not None
    for words in command.requests[1]
}
_PREFIXES = ("/coach", "/")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command's name and argument; ``name`` is empty for free words after ``/coach``."""

    name: str
    argument: str


def parse(text: str) -> Parsed | None:
    """Read ``/coach summary``, ``/summary``, "switch to David" or a whole-message word.

    Words of other languages than English count as well ("Zusammenfassung").

    Returns:
        None when the text is no command. ``Parsed("", words)`` for ``/coach words`` where the words
        are no command: a coach's name or text to recommend from.
    """
    line = " ".join(text.split())
    low = line.lower()
    if low in _BY_WORD:
        return Parsed(_BY_WORD[low], "")
    asked = _asked(low)
    if asked is not None:
        return asked
    if low.startswith("switch to "):
        return Parsed("switch", line[len("switch to ") :].strip())
    for prefix in _PREFIXES:
        if low == prefix:
            return Parsed("pick", "")
        if low.startswith(prefix) and (prefix == "/" or low[len(prefix)] == " "):
            rest = line[len(prefix) :].strip()
            name, _, argument = rest.partition(" ")
            if name.lower() in BY_NAME:
                return Parsed(name.lower(), argument.strip())
            return Parsed("", rest) if prefix == "/coach" else Parsed("?", rest)
    named = steering.command_named(line)
    return Parsed(named, "") if named is not None else None


def _asked(low: str) -> Parsed | None:
    """A request in plain words, with or without a please and a full stop."""
    plain = low.replace("’", "'").removeprefix("please ").strip(" .!")
    plain = plain.removesuffix(" please").rstrip(" ,").removesuffix(" now")
    found = _BY_REQUEST.get(plain)
    return Parsed(*found) if found is not None else None


def nearest(name: str) -> str | None:
    """The command spelled most like ``name``, or None when none is near."""
    found = rapidfuzz.process.extractOne(
        name.lower(), list(BY_NAME), scorer=rapidfuzz.fuzz.ratio, score_cutoff=_NEAR
    )
    return found[0] if found else None


def help_text(prefix: str = "/coach") -> str:
    """All commands as a Markdown list."""
    lines = [
        f"- `{prefix}{' ' + command.name if command.name != 'pick' else ''}"
        f"{' <' + command.argument + '>' if command.argument else ''}`: {command.help}"
        for command in COMMANDS
    ]
    return "\n".join(lines)
