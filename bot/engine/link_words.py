"""What two accounts would bring together, in numbers and names; none of what was said."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.sessions import state_of
from bot.inbound import Sender
from personas.catalogue import Catalogue
from storage.queries import PersonScope


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much there is of a person.

    Attributes:
        coaches: the names of those they talked with, the last one first.
        facts: what is known about them, over all sessions.
    """

    sessions: int
    coaches: tuple[str, ...]
    messages: int
    steps: int
    goals: int
    findings: int
    facts: int


def holdings_of(scope: PersonScope, catalogue: Catalogue) -> Holdings:
    """Count what a person has."""
    rows = scope.sessions()
    names = dict.fromkeys(catalogue.coach(row["coach"]).name for row in rows)
    return Holdings(
        sessions=len(rows),
        coaches=tuple(names),
        messages=scope.count("messages"),
        steps=scope.count("commitments"),
        goals=scope.count("goals"),
        findings=scope.count("persona_insights"),
        facts=sum(len(state_of(row).slots) for row in rows),
    )


def words_of(held: Holdings) -> str:
    """The numbers as a line."""
    counted: tuple[tuple[int, str, str], ...] = (
        (held.messages, "message", "messages"),
        (held.steps, "step you agreed on", "steps you agreed on"),
        (held.goals, "goal", "goals"),
        (held.findings, "finding", "findings"),
        (held.facts, "fact about you", "facts about you"),
    )
    parts = [_many(*one) for one in counted if one[0]]
    if held.sessions:
        who = f" with {_listed(held.coaches)}"
        parts.insert(0, _many(held.sessions, "session", "sessions") + who)
    return ", ".join(parts) or "nothing yet"


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def named(account: Sender, *, here: bool = False) -> str:
    """An account as its owner knows it."""
    platform = account.platform.capitalize()
    if here:
        return f"This {platform} account (`{account.external_id}`)"
    return f"The {platform} account `{account.external_id}`"
