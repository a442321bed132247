"""Every request that came, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tests.modelserver.speech import Json, Prompt, Said

# whole: the answer came out to its last byte. left: the client went away before.
Outcome = Literal["running", "whole", "refused", "faulty", "left"]


@dataclass(slots=True)
class Asked:
    """One request.

    Attributes:
        number: of those that ask for an answer, from 1; 0 where it was refused before.
        prompt: what it asks; None where the body could not be read.
        fault: what was set to befall it.
        began, first, ended: seconds of the loop's clock: the request, its first token, its end.
        stamps: the same, of each piece of a stream.
    """

    provider: str
    path: str
    headers: dict[str, str]
    body: Json
    number: int = 0
    prompt: Prompt | None = None
    said: Said | None = None
    fault: str = ""
    status: int = 200
    outcome: Outcome = "running"
    began: float = 0.0
    first: float | None = None
    ended: float | None = None
    stamps: list[float] = field(default_factory=list[float])

    @property
    def succeeded(self) -> bool:
        """Whether a whole answer came out that ended by itself."""
        return (
            self.outcome == "whole" and self.status == 200 and self.fault in {"", "hold", "trickle"}
        )

    def shown(self) -> dict[str, Any]:
        """For another process."""
        found = asdict(self)
        found["succeeded"] = self.succeeded
        found["prompt_tokens"] = self.prompt.tokens if self.prompt else 0
        return found


@dataclass(slots=True)
class Log:
    """All requests in order."""

    all: list[Asked] = field(default_factory=list[Asked])

    @property
    def asked(self) -> list[Asked]:
        """Those that asked for an answer and were allowed to."""
        return [one for one in self.all if one.number]

    @property
    def succeeded(self) -> list[Asked]:
        """Those that were answered whole."""
        return [one for one in self.all if one.succeeded]

    @property
    def running(self) -> list[Asked]:
        """Those that are being answered."""
        return [one for one in self.all if one.outcome == "running"]

    def clear(self) -> None:
        """Forget them; the numbers go on."""
        self.all.clear()
