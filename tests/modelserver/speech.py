"""What a request asks of a model, and what a model says, whichever provider's wire carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]
# About as long as the tokens of a model are.
_TOKEN = re.compile(r"\s?[^\W_]{1,6}|\s?[\W_]", re.S)


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that may be called, and the JSON schema of its arguments."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request without its wire.

    Attributes:
        forced: the tool that has to be called.
        schema: what the answer has to keep to, as a JSON schema; empty for any JSON object.
        most: tokens that the answer may have.
    """

    model: str
    lines: Sequence[Line]
    tools: Sequence[Tool] = ()
    forced: str | None = None
    schema: Mapping[str, Any] | None = None
    most: int | None = None

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(line.text for line in self.lines)

    @property
    def last(self) -> str:
        """The last message that is not the model's own."""
        return next((one.text for one in reversed(self.lines) if one.role != "assistant"), "")

    def said_by(self, role: str) -> list[str]:
        """The messages of one role, in order."""
        return [line.text for line in self.lines if line.role == role]

    @property
    def tokens(self) -> int:
        """Its size; three are added a message, as providers do."""
        extra = json.dumps([dict(tool.schema) for tool in self.tools]) if self.tools else ""
        return sum(len(tokens(line.text)) + 3 for line in self.lines) + len(tokens(extra))


@dataclass(frozen=True, slots=True)
class Called:
    """A tool called by the model; the arguments are JSON, or were meant to be."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the model."""

    text: str = ""
    calls: Sequence[Called] = ()
    finish: Finish = "stop"

    @property
    def tokens(self) -> int:
        """Its size."""
        return sum(
            len(tokens(one)) for one in (self.text, *(call.arguments for call in self.calls))
        )


Speaker = Callable[[Prompt], Said]


def tokens(text: str) -> list[str]:
    """A text in pieces as a model makes them; joined they are the text."""
    return _TOKEN.findall(text)
