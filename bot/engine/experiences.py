"""The experience told in a message, as exact quotes: context, action, result; REST of the result."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.engine.sentences import typed
from bot.engine.text import clauses

QUOTE_WORDS = 30


@dataclass(frozen=True, slots=True)
class Experience:
    """Exact quotes of one message, each at most QUOTE_WORDS words; None where not told."""

    context: str | None
    action: str | None
    result: str | None
    rest: dict[str, str | None] = field(default_factory=dict[str, str | None])


def experience_in(text: str) -> Experience | None:
    read = typed(text)
    acting = [one for one in read if one.kinds.get("action", 0) >= 0.5]
    if not acting:
        return None
    ended = [
        one
        for one in read
        if one.kinds.get("outcome", 0) >= 0.5 and one.span.start > acting[0].span.start
    ]
    context = next(
        (one for one in read if one.span.start < acting[0].span.start and "context" in one.kinds),
        None,
    )

    def quote(one):  # type: ignore[no-untyped-def]
        return None if one is None else clauses(one.span)[0].text

    return Experience(
        quote(context),
        quote(acting[0]),
        quote(ended[-1] if ended else None),
        dict.fromkeys(("results", "efficiency", "scope", "time")),
    )
