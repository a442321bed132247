"""The working memory of one session: bounded, so that turn 200 costs what turn 10 costs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from personas.models import Phase, Slot

EVIDENCE_PER_SLOT = 2
EXPERIENCES = 3
RECENT_MESSAGES = 3
RECENT_CHARACTERS = 300
SEEN = 24
# Evidence less certain than this is kept, but does not fill a slot.
FILLS_FROM = 0.5
# Product rule 3: no frame sentence twice within this many turns.
FRAME_REST = 20


class Evidence(BaseModel):
    """An exact quote of the user's words with the message it came from.

    ``certainty`` (0-1) is the extractor's: high when the quote answers the question that was
    asked, lower when only a cue told what it is about.
    """

    model_config = ConfigDict(frozen=True)
    quote: str
    message: int
    certainty: float
    chosen: bool = False


class Told(BaseModel):
    """An experience as told so far: a quote for each part told (CAR), and REST of the result.

    A follow-up question may bring a part in a later message, so each keeps its own.
    """

    context: Evidence | None = None
    action: Evidence | None = None
    result: Evidence | None = None
    rest: dict[str, Evidence] = Field(default_factory=dict)

    @property
    def shown(self) -> Evidence | None:
        """What shows best what the person can do: how it ended, else what they did."""
        return self.result or self.action

    def without(self, message: int) -> Told:
        """The experience without the parts that came from a message."""
        gone = {
            name: None
            for name in ("context", "action", "result")
            if (part := getattr(self, name)) is not None and part.message == message
        }
        rest = {name: part for name, part in self.rest.items() if part.message != message}
        return self.model_copy(update={**gone, "rest": rest})


class Pending(BaseModel):
    """The question that waits for an answer."""

    key: str
    kind: str
    slot: Slot | None = None
    text: str
    options: list[str] = Field(default_factory=list)


class Recent(BaseModel):
    """One of the last messages of the user, cut to RECENT_CHARACTERS."""

    message: int
    text: str


class SessionState(BaseModel):
    """Everything the engine keeps between two turns of one session."""

    turn: int = 0
    phase: Phase = Phase.INTRODUCTION
    phase_turns: int = 0
    slots: dict[Slot, list[Evidence]] = Field(default_factory=dict)
    experiences: list[Told] = Field(default_factory=list)
    pending: Pending | None = None
    # Whether the last reply asked nothing, so that the open question stands further back.
    aside: bool = False
    last_reply: int | None = None
    recent: list[Recent] = Field(default_factory=list)
    seen: list[str] = Field(default_factory=list)
    frames: dict[str, int] = Field(default_factory=dict)
    probes: int = 0
    probed: dict[str, int] = Field(default_factory=dict)
    short: int = 0
    skipped: list[Slot] = Field(default_factory=list)
    ratings: dict[str, int] = Field(default_factory=dict)
    coach_ratings: dict[str, int] = Field(default_factory=dict)
    scale: str | None = None
    commitment: int | None = None
    check_in: str | None = None
    paused: str | None = None
    paused_turns: int = 0
    done: bool = False
    variation: int = 0
    qualities: list[float] = Field(default_factory=list)
    told_once: list[str] = Field(default_factory=list)
    # Cards whose advice was given, the last ones.
    advised: list[str] = Field(default_factory=list)
    offered: list[tuple[str, str]] = Field(default_factory=list)
    # What other coaches' sessions brought, and the coach it came from.
    known: dict[Slot, Evidence] = Field(default_factory=dict)
    known_from: str | None = None
    # The code of the language agreed with the user (bot.engine.language); None for English.
    language: str | None = None
    # Lines that a voice kept to remember, with the message each came from.
    remarks: list[Recent] = Field(default_factory=list)

    def evidence(self, slot: Slot) -> Evidence | None:
        """The best evidence of a slot: the most certain, the newest of equals; None if unfilled."""
        found = self.slots.get(slot)
        return max(found, key=lambda item: (item.certainty, item.message)) if found else None

    @property
    def filled(self) -> frozenset[Slot]:
        """The slots whose best evidence is certain enough to count for a gate."""
        return frozenset(
            slot
            for slot, kept in self.slots.items()
            if any(item.certainty >= FILLS_FROM for item in kept)
        )

    def add(self, slot: Slot, evidence: Evidence) -> bool:
        """Keep evidence, dropping the least certain beyond the bound. True when it is new."""
        kept = self.slots.setdefault(slot, [])
        if any(item.quote == evidence.quote for item in kept):
            return False
        kept.append(evidence)
        if len(kept) > EVIDENCE_PER_SLOT:
            kept.remove(min(kept, key=lambda item: (item.certainty, -item.message)))
        return True

    def remember(self, message: int, text: str) -> None:
        """Keep the last user messages for reflections."""
        self.recent = [*self.recent, Recent(message=message, text=text[:RECENT_CHARACTERS])]
        self.recent = self.recent[-RECENT_MESSAGES:]

    def drop_message(self, message: int) -> None:
        """Forget all that came from one message (it was edited, deleted or taken back)."""
        for slot, kept in list(self.slots.items()):
            self.slots[slot] = [item for item in kept if item.message != message]
            if not self.slots[slot]:
                del self.slots[slot]
        self.known = {slot: item for slot, item in self.known.items() if item.message != message}
        left = [told.without(message) for told in self.experiences]
        self.experiences = [told for told in left if told.context or told.shown]
        self.recent = [item for item in self.recent if item.message != message]
        self.remarks = [item for item in self.remarks if item.message != message]

    def use_frame(self, key: str) -> None:
        """Note that a set phrase was said in this turn."""
        self.frames = {
            frame: turn for frame, turn in self.frames.items() if self.turn - turn <= FRAME_REST
        }
        self.frames[key] = self.turn

    def may_use(self, key: str) -> bool:
        """Whether a set phrase has rested long enough."""
        return key not in self.frames or self.turn - self.frames[key] > FRAME_REST

    def dump(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """As JSON types: the evidence (``slots``), and the rest (``memory``)."""
        whole = self.model_dump(mode="json", exclude_defaults=True)
        evidence = {
            name: whole.pop(name) for name in ("slots", "experiences", "known") if name in whole
        }
        return evidence, whole

    @classmethod
    def load(cls, slots: dict[str, Any], memory: dict[str, Any]) -> SessionState:
        """The state from the two columns of its row."""
        return cls.model_validate({**slots, **memory})
