"""The shape of the persona data files.

One coach is one TOML file, one playbook card is one Markdown file with TOML front matter, one role
pack is one TOML file. The models check what a writer can get wrong (a question without a question
mark, a frame without its placeholder); the minimum counts of the seven shipped coaches are a test,
so that a new coach may start small.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Phase(StrEnum):
    """The four phases of a coaching session, in order."""

    INTRODUCTION = "introduction"
    DEEP_DIVE = "deep_dive"
    ASSESSMENT = "assessment"
    SYNTHESIS = "synthesis"


class Slot(StrEnum):
    """What a question asks for; the phase gates count filled slots."""

    GOAL = "goal"
    WHY = "why"
    AIM = "aim"
    EXPERIENCE = "experience"
    OBSTACLE = "obstacle"
    STRENGTH = "strength"
    VALUE = "value"
    TRIED = "tried"
    WEIGH = "weigh"
    RESOURCE = "resource"
    MEASURE = "measure"
    STEP = "step"
    # The moment and place of a step that was named without one.
    WHEN = "when"
    PLAN_B = "plan_b"
    HELPER = "helper"


Gap = Literal["specificity", "ownership", "action", "outcome", "relevance", "clarity"]


def _question(text: str) -> str:
    if text.count("?") != 1 or not text.rstrip().endswith("?"):
        raise ValueError("must hold exactly one question, at its end")
    return text


def _statement(text: str) -> str:
    if "?" in text:
        raise ValueError("must be a statement, without a question mark")
    return text


def _one_clause(text: str) -> str:
    if not ({"you", "quote"} & set(re.findall(r"{(\w+)}", text))):
        raise ValueError("must use the user's words: {you} or {quote}")
    return _statement(text)


def _two_clauses(text: str) -> str:
    if set(re.findall(r"{(\w+)}", text)) != {"you", "other"}:
        raise ValueError("must use both halves of the tension: {you} and {other}")
    return _statement(text)


def _quoting(text: str) -> str:
    if "{quote}" not in text:
        raise ValueError("must use {quote}")
    return text


Line = Annotated[str, Field(min_length=2, max_length=600)]
Question = Annotated[Line, AfterValidator(_question)]
Statement = Annotated[Line, AfterValidator(_statement)]
Frame = Annotated[Line, AfterValidator(_one_clause)]
TensionFrame = Annotated[Line, AfterValidator(_two_clauses)]
QuotingStatement = Annotated[Line, AfterValidator(_statement), AfterValidator(_quoting)]
QuotingQuestion = Annotated[Line, AfterValidator(_question), AfterValidator(_quoting)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Theme(_Data):
    """One theme of a coach's analysis focus: what this coach listens for."""

    key: Key
    title: Line
    about: Line
    signals: list[Line] = Field(min_length=3)
    finding: QuotingStatement


class Metric(_Data):
    """A success metric, rated 1 to 5; ``anchors`` are the five levels, lowest first."""

    key: Key
    name: Line
    anchors: list[Statement] = Field(min_length=5, max_length=5)


class Objective(_Data):
    """A session objective; the default ones are set where the person chose none."""

    key: Key
    text: Statement
    default: bool = False


class Style(_Data):
    """How the coach talks; read by people and by a language model's prompt."""

    tone: Line
    depth: Line
    feedback: Line
    vocabulary: Line
    pacing: Line


class Opening(_Data):
    """A greeting and the one question that starts the session."""

    hello: Statement
    ask: Question


class BankQuestion(_Data):
    """A coaching question with the help for people who find it hard to answer."""

    key: Key
    phase: Phase
    slot: Slot
    text: Question
    example: Statement
    options: list[Statement] = Field(min_length=3, max_length=3)


class Frames(_Data):
    """Sentences around the user's own words.

    ``{you}`` is a clause of the user retold in the second person, without capital or full stop;
    ``{quote}`` is an exact quote, already in quotation marks.
    """

    plain: list[Frame] = Field(min_length=1)
    feeling: list[Frame] = Field(min_length=1)
    obstacle: list[Frame] = Field(min_length=1)
    achievement: list[Frame] = Field(min_length=1)
    wish: list[Frame] = Field(min_length=1)
    value: list[Frame] = Field(min_length=1)
    tension: list[TensionFrame] = Field(min_length=1)


class Probes(_Data):
    """Follow-up questions by the one thing an answer lacks most."""

    specificity: list[Question] = Field(min_length=1)
    ownership: list[Question] = Field(min_length=1)
    action: list[Question] = Field(min_length=1)
    outcome: list[Question] = Field(min_length=1)
    relevance: list[Question] = Field(min_length=1)
    clarity: list[Question] = Field(min_length=1)


class GapLines(_Data):
    """Feedback that names one gap as something a listener still wants to know, never as a fault."""

    specificity: list[Statement] = Field(min_length=1)
    ownership: list[Statement] = Field(min_length=1)
    action: list[Statement] = Field(min_length=1)
    outcome: list[Statement] = Field(min_length=1)
    relevance: list[Statement] = Field(min_length=1)
    clarity: list[Statement] = Field(min_length=1)


class Transitions(_Data):
    """One sentence on entering a phase."""

    deep_dive: list[Statement] = Field(min_length=1)
    assessment: list[Statement] = Field(min_length=1)
    synthesis: list[Statement] = Field(min_length=1)


class Lines(_Data):
    """The coach's other set phrases."""

    returns: list[QuotingStatement] = Field(min_length=1)
    stuck: list[Statement] = Field(min_length=1)
    strengths: list[QuotingStatement] = Field(min_length=1)
    before_answer: list[Statement] = Field(min_length=1)
    ask_back: list[Question] = Field(min_length=1)
    hostile: list[Statement] = Field(min_length=1)
    # For a step that has no moment yet: when, and where.
    when: list[Question] = Field(min_length=1)
    smaller: list[Question] = Field(min_length=1)
    # On the day of a step or a goal: the question how it went, and what is said when it is done.
    check_ins: list[QuotingQuestion] = Field(min_length=1)
    done: list[QuotingStatement] = Field(min_length=1)
    went_well: list[Question] = Field(min_length=1)
    closings: list[Statement] = Field(min_length=1)
    invitations: list[Statement] = Field(min_length=1)
    own_words: list[QuotingQuestion] = Field(min_length=1)
    loading: list[Statement] = Field(min_length=1)
    no_answer: list[Statement] = Field(min_length=1)


class Coach(_Data):
    """One of the coaches, whole."""

    key: Key
    name: Line
    title: Line
    emoji: str = Field(min_length=1, max_length=8)
    colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    tagline: Statement
    aliases: list[Line] = Field(min_length=1)
    # Offered in the menu to somebody who can't say yet what it is about.
    for_the_undecided: bool = False
    licence_note: Statement | None = None
    expertise: list[Line] = Field(min_length=1)
    focus: list[Theme] = Field(min_length=1)
    metrics: list[Metric] = Field(min_length=1)
    objectives: list[Objective] = Field(min_length=1)
    style: Style
    openings: list[Opening] = Field(min_length=1)
    handovers: list[Opening] = Field(min_length=1)
    questions: list[BankQuestion] = Field(min_length=1)
    probes: Probes
    frames: Frames
    gaps: GapLines
    transitions: Transitions
    lines: Lines

    @property
    def first_name(self) -> str:
        """The name used in talk: "Maya" for Dr. Maya Wellness."""
        return next(word for word in self.name.split() if not word.endswith("."))

    @model_validator(mode="after")
    def _keys_once(self) -> Coach:
        for name in ("focus", "metrics", "objectives", "questions"):
            keys: list[str] = [entry.key for entry in getattr(self, name)]
            twice = {key for key in keys if keys.count(key) > 1}
            if twice:
                raise ValueError(f"{name}: key used twice: {', '.join(sorted(twice))}")
        return self


class Fact(_Data):
    """A fact of the working world with its source; ``checked`` is the day it was looked up."""

    text: Statement
    source: Line
    url: str = Field(pattern=r"^https?://\S+$")
    published: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    checked: date


class Card(_Data):
    """A playbook card: one page of a coach's know-how."""

    key: Key
    coach: Key
    title: Line
    when: Statement
    themes: list[Key] = Field(min_length=1)
    utterances: list[Annotated[str, Field(min_length=2, max_length=700)]] = Field(min_length=10)
    advice: Annotated[str, Field(min_length=40, max_length=900), AfterValidator(_statement)]
    exercise: Annotated[str, Field(min_length=40, max_length=900), AfterValidator(_statement)]
    example: Annotated[str, Field(min_length=20, max_length=900)]
    question: Question
    fact: Fact | None = None


class Role(_Data):
    """A role pack: questions, skills and vocabulary of one occupation."""

    key: Key
    name: Line
    aliases: list[Line] = Field(min_length=1)
    sector: Line
    summary: Statement
    skills: list[Line] = Field(min_length=4)
    vocabulary: list[Line] = Field(min_length=4)
    questions: list[Question] = Field(min_length=3)
    adjacent: list[Line] = Field(min_length=1)
    facts: list[Fact] = Field(min_length=1)


class Faq(_Data):
    """A question about the coach itself, and its answer."""

    key: Key
    utterances: list[Line] = Field(min_length=3)
    answer: Statement


class Phrases(_Data):
    """What every coach shares: set phrases, why a question is asked, questions about the coach."""

    lines: dict[Key, list[Statement]]
    why_ask: dict[Key, Statement]
    faq: list[Faq]
