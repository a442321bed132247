"""What the engine decided for one reply, and the voice that words it.

The brief is complete: a voice needs nothing else, and may not add facts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from bot.engine.scene import Scene
from bot.replies import Choice, Draft, Source
from personas.models import BankQuestion, Coach, Gap, Phase, Slot

if TYPE_CHECKING:
    from bot.engine.synthesis import Plan

FrameKind = Literal["plain", "feeling", "obstacle", "achievement", "wish", "value"]


@dataclass(frozen=True, slots=True)
class Reflection:
    """Words of the user to give back: the exact quote and, where safe, its second-person form.

    ``echo`` is the form of a piece that is no sentence ("your respect") and stands alone;
    ``marks`` are the keys under which what it gives back rests.
    """

    kind: FrameKind
    quote: str
    message: int
    you: str | None = None
    # The other half of "… but …", retold as well.
    other: str | None = None
    echo: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question of the user."""

    text: str
    sources: tuple[Source, ...] = ()
    # Whether the coach then asks what they make of it (ask-provide-ask).
    ask_back: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class FeedbackPoint:
    """Feedback on the user's material: one strength, quoted, and one gap."""

    strength: str
    message: int
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Ask:
    """The one question: its key, its text ready to say, and what helps people who are stuck."""

    key: str
    kind: Literal["opening", "bank", "probe", "own_words", "scale", "engine"]
    text: str
    bank: BankQuestion | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """One reply to word. Parts that are None or empty are left out, in the order of the fields."""

    coach: Coach
    phase: Phase
    opening: str | None = None
    notes: tuple[tuple[str, tuple[Source, ...]], ...] = ()
    reflections: tuple[Reflection, ...] = ()
    answer: Answer | None = None
    feedback: FeedbackPoint | None = None
    entered: Phase | None = None
    missing: str | None = None
    help_with: BankQuestion | None = None
    # Said before the help instead of the coach's line for somebody who does not know.
    help_lead: str | None = None
    block: tuple[str, tuple[Source, ...]] | None = None
    ask: Ask | None = None
    invite: bool = False
    closing: bool = False
    choices: tuple[Choice, ...] = ()
    may_use: Callable[[str], bool] = field(default=lambda key: True)
    seed: int = 0
    # The plan that the answer shows, where it shows one.
    plan: Plan | None = None
    # For voices that word freely; None where the parts are to be said as they are.
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding a voice took note of; ``quote`` is an exact piece of the message it came from."""

    category: str
    title: str
    quote: str
    message: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call of a model took.

    Attributes:
        model: ``provider:name``.
        attempts: tries, the last one included.
        outcome: "done", or why its answer was not used to its end.
        tokens_in, tokens_out, tokens_cached: None where the provider does not tell.
        estimated: whether tokens were counted by the length of the texts instead.
        cost: in US dollars; None where the price is not known.
        first_token_ms, total_ms: of the last try; the first is None where no token came.
    """

    model: str
    attempts: int
    outcome: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    estimated: bool = False
    cost: float | None = None
    first_token_ms: int | None = None
    total_ms: int = 0


Risk = Literal["none", "indirect", "explicit"]


@dataclass(slots=True)
class Worded(Draft):
    """A draft of a voice that words freely, with what it noted on the way.

    Attributes:
        voice: which voice it was in the end.
        noted: what it found in the message; the engine keeps it beside its own findings.
        slots: an exact quote of the message for slots it fills.
        remark: one line to remember.
        risk: whether it saw danger in the message.
        spent: one entry a call.
        trouble: a sentence for the user, for when something kept the voice from its work; told
            once as long as it lasts.
    """

    voice: str = "offline"
    noted: tuple[Noted, ...] = ()
    slots: dict[Slot, str] = field(default_factory=dict[Slot, str])
    remark: str = ""
    risk: Risk = "none"
    spent: tuple[Spent, ...] = ()
    trouble: str | None = None


class Voice(Protocol):
    """Words a brief. ``draft`` parts may be yielded as they come; the last value is whole.

    Attributes:
        name: which voice words what is said as it stands.
        free: whether it words freely: it wants a scene with the brief, and speaks the user's
            language.
    """

    name: str
    free: bool

    def word(self, brief: Brief) -> AsyncIterator[Draft]:
        """Yield the growing draft; the last one is the reply."""
        ...
