"""What goes into a turn and what comes out of it: plain data, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.engine.brief import Ask, Brief, Reflection
from bot.engine.evidence import Clause
from bot.engine.experiences import Experience
from bot.engine.intents import Understood
from bot.engine.meaning import Meaning
from bot.engine.quality import Quality
from bot.engine.state import SessionState
from bot.replies import Source
from personas.catalogue import Catalogue
from personas.models import Coach


@dataclass(frozen=True, slots=True)
class Heard:
    """The user's message of this turn, read.

    ``chosen`` is set when it picks one of the offered options; ``reads`` is the text the engine
    analyses (the option's words where one was picked).
    """

    message: int
    text: str
    at: datetime
    understood: Understood
    clauses: Sequence[Clause]
    quality: Quality | None
    experience: Experience | None
    repeated: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A new insight of this turn, seen through the coach's own focus."""

    category: str
    theme: str
    title: str
    description: str
    certainty: float
    quote: str
    message: int
    recommendations: tuple[str, ...]
    priority: int


@dataclass(slots=True)
class Turn:
    """One turn under way: the session's memory, what was heard, and what the reply will hold."""

    coach: Coach
    catalogue: Catalogue
    meaning: Meaning
    state: SessionState
    heard: Heard
    asked: frozenset[str]
    today: date
    objectives: Sequence[str] = ()
    findings: list[Finding] = field(default_factory=list[Finding])
    asking: list[str] = field(default_factory=list[str])
    notes: list[tuple[str, tuple[Source, ...]]] = field(
        default_factory=list[tuple[str, tuple[Source, ...]]]
    )
    committed: bool = False
    # The message whose evidence the user has just corrected.
    retract: int | None = None

    def note(self, text: str, *sources: Source) -> None:
        """Add a statement at the head of the reply."""
        self.notes.append((text, sources))

    def phrase(self, name: str, **fills: str) -> str:
        """A shared sentence that has rested, filled in; empty where none has."""
        lines = self.catalogue.phrases.lines[name]
        start = self.seed % len(lines)
        order = [(start + step) % len(lines) for step in range(len(lines))]
        free = (one for one in order if self.state.may_use(f"shared.{name}.{one}"))
        number = next(free, None)
        if number is None:
            return ""
        self.state.use_frame(f"shared.{name}.{number}")
        return lines[number].format(**fills) if fills else lines[number]

    @property
    def seed(self) -> int:
        """Differs by turn and by how often the reply was asked for again; stable otherwise."""
        return self.state.turn * 11 + self.state.variation * 3

    def brief(
        self,
        *,
        ask: Ask | None = None,
        reflect: tuple[Reflection, ...] = (),
        **parts: object,
    ) -> Brief:
        """The brief of this turn with the parts given."""
        return Brief(
            coach=self.coach,
            phase=self.state.phase,
            notes=tuple(self.notes),
            reflections=reflect,
            ask=ask,
            may_use=self.state.may_use,
            seed=self.seed,
            **parts,  # pyright: ignore[reportArgumentType]
        )


Handler = Callable[[Turn], Brief]
