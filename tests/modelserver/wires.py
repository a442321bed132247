"""What the server needs to know of a provider's wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.modelserver.errors import RefusedError
from tests.modelserver.speech import Finish, Json, Prompt, Said


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens of one answer: of the prompt, of those read from and written to the cache, of the
    answer."""

    prompt: int
    cached: int
    written: int
    answer: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read.

    Attributes:
        prefixes: the parts of the prompt, from its beginning, that are marked for the cache.
    """

    prompt: Prompt
    stream: bool
    body: Json
    prefixes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A streamed answer in pieces.

    Attributes:
        middle: the pieces that carry the answer, each with its text.
        tail: the pieces at the end, which tell its reason and the use of tokens.
    """

    head: Sequence[bytes]
    middle: Sequence[tuple[bytes, str]]
    tail: Callable[[Finish], Sequence[bytes]]


class Wire(Protocol):
    """One provider."""

    name: str
    prefix: str
    chat: str
    content_type: str

    def authorised(self, headers: Mapping[str, str], key: str) -> None:
        """Raises RefusedError without the right key."""
        ...

    def read(self, body: Json) -> Request:
        """Raises RefusedError for a body that is not as the reference says."""
        ...

    def script(self, request: Request, said: Said, use: Use) -> Script:
        """The answer as a stream."""
        ...

    def whole(self, request: Request, said: Said, use: Use) -> Json:
        """The answer in one piece."""
        ...

    def refusal(self, error: RefusedError) -> tuple[int, Json]:
        """The status and the body of a refusal."""
        ...

    def broken(self) -> bytes:
        """An error in the middle of a stream."""
        ...

    def models(self, names: Sequence[str]) -> Json:
        """The list of models."""
        ...


def sse(data: str, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data}\n\n".encode()


def objects(value: Any, name: str) -> list[Json]:
    """A list of objects; refuses anything else."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise RefusedError(
            "body", f"Invalid type for '{name}': expected an array of objects.", name
        )
    return value
