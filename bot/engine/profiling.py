"""The career profile from the sessions of a person, as an object and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

from bot.engine.profile import career_profile, profile_json
from bot.engine.profile_parts import Fact, FactKind, Lived, Profile, Quote
from bot.engine.roles import role_in
from bot.engine.sessions import state_of
from bot.engine.state import Evidence, SessionState
from bot.replies import Source
from personas.catalogue import Catalogue
from personas.models import Slot
from storage.queries import Row

# The scores of a profile as people read them.
SCORE_NAMES = {
    "story_coherence": "Story",
    "quantification": "Results told with their size",
    "clarity": "Clear to a stranger",
    "keywords": "Words of the role",
}


def profile_of(rows: Sequence[Row], catalogue: Catalogue) -> Profile:
    """The profile over session rows, whatever their order."""
    states = [state_of(row) for row in sorted(rows, key=lambda row: row["started_at"])]
    facts = [fact for state in states for fact in _facts(state)]
    lived = [told for state in states for told in _lived(state)]
    aims = [fact.quote.text for fact in facts if fact.kind in {"aim", "goal"}]
    role = role_in(". ".join(aims), catalogue.roles)
    return career_profile(facts, lived, keywords=role.vocabulary if role else ())


def _facts(state: SessionState) -> list[Fact]:
    kinds = set(get_args(FactKind))
    return [
        Fact(cast("FactKind", slot.value), _quote(item))
        for slot in Slot
        if slot.value in kinds
        for item in state.slots.get(slot, [])
    ]


def _lived(state: SessionState) -> list[Lived]:
    return [
        Lived(
            context=_quote(told.context) if told.context else None,
            action=_quote(told.action) if told.action else None,
            result=_quote(told.result) if told.result else None,
            rest={name: _quote(item) for name, item in told.rest.items()},
        )
        for told in state.experiences
        if told.shown is not None
    ]


def _quote(item: Evidence) -> Quote:
    return Quote(item.message, item.quote)


def as_object(profile: Profile) -> dict[str, Any]:
    """The object of ``rocket profile``; experiences carry the quotes that lines are made of."""
    shown = profile_json(profile)
    return {
        "story": shown["story"]["text"],
        "experiences": shown["experiences"],
        "bullets": [bullet["text"] for bullet in shown["bullets"]],
        "scores": shown["scores"],
    }


def as_text(profile: Profile) -> tuple[str, tuple[Source, ...]]:
    """The profile for the chat, with where each line comes from."""
    lines = ["**Your career profile**", "", profile.story.text]
    lines += [f"- {line}" for line in profile.fill]
    if profile.bullets:
        lines += ["", "**For a summary**", "", *(f"- {bullet.text}" for bullet in profile.bullets)]
    if profile.missing:
        lines += ["", profile.missing]
    lines += ["", "**Scores, and what would raise them**", ""]
    for name, score in profile.scores.items():
        lines.append(
            f"- {SCORE_NAMES.get(name, name)}: {round(score * 100)} %. {profile.raises[name]}"
        )
    quotes = [quote for line in (profile.story, *profile.bullets) for quote in line.quotes]
    sources = [Source("user", str(quote.message), quote.text) for quote in dict.fromkeys(quotes)]
    sources += [
        Source("score", name, f"{round(score * 100)} %") for name, score in profile.scores.items()
    ]
    return "\n".join(lines), tuple(sources)
