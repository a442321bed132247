"""The cross-persona analysis over the sessions of a person: gathered, compared, kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.engine import analysing
from bot.engine.cross_analysis import CrossAnalysis, Insight, SessionDigest, analyse, as_json
from bot.engine.cross_matching import Statement
from bot.engine.cross_text import as_markdown
from bot.engine.sessions import state_of
from bot.replies import Source
from personas.catalogue import Catalogue
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine


def digests_of(
    rows: Sequence[Row], messages: Sequence[Row], findings: Sequence[Row], catalogue: Catalogue
) -> list[SessionDigest]:
    """What each session brought, oldest first."""
    return [
        _digest(
            row,
            [one for one in messages if one["session_id"] == row["id"] and one["role"] == "user"],
            [one for one in findings if one["session_id"] == row["id"]],
            catalogue,
        )
        for row in sorted(rows, key=lambda row: row["started_at"])
    ]


def _digest(
    row: Row, messages: Sequence[Row], findings: Sequence[Row], catalogue: Catalogue
) -> SessionDigest:
    coach, session, state = row["coach"], row["id"], state_of(row)
    own = {one["id"] for one in messages}
    return SessionDigest(
        session=session,
        coach=coach,
        statements=[Statement(coach, session, one["id"], one["text"]) for one in messages],
        # What was handed over from another coach was said to that one.
        slots={
            slot: [item for item in kept if item.message in own]
            for slot, kept in state.slots.items()
        },
        insights=[
            Insight(
                title=one["title"],
                quotes=tuple(
                    Statement(coach, session, quote["message"], quote["text"])
                    for quote in one["quotes"]
                ),
                certainty=one["certainty"],
                confirmed=one["confirmed"],
            )
            for one in findings
        ],
        ratings={
            metric.name: (state.ratings[metric.key], state.coach_ratings.get(metric.key))
            for metric in catalogue.coach(coach).metrics
            if metric.key in state.ratings
        },
        progress=row["progress"],
        done=state.done,
    )


async def summarise(engine: Engine, person: str, tenant: str | None = None) -> CrossAnalysis:
    """Compare all sessions of a person and keep the result.

    Args:
        tenant: where it was asked for; without it no analyst is asked.

    Raises:
        NotYetError: only one coach was spoken with.
    """
    rows, messages, findings = await engine.look(
        person,
        lambda scope: (
            scope.sessions(),
            scope.rows("messages"),
            scope.rows("persona_insights"),
        ),
    )
    digests = digests_of(rows, messages, findings, engine.catalogue)
    now = engine.clock()
    made = analyse(digests, engine.catalogue, engine.meaning, now.date())
    if tenant is not None:
        made = await analysing.compared(engine, person, tenant, digests, made)
    shown = as_json(made)

    def keep(scope: PersonScope) -> None:
        scope.remove("persona_cross_analysis")
        scope.add_one(
            "persona_cross_analysis",
            sessions=[digest.session for digest in digests],
            agreements=shown["agreements"],
            tensions=shown["tensions"],
            profile=shown["profile"],
            priorities=shown["priorities"],
            plan=shown["plan"],
            metrics=shown["success_metrics"],
            confidence=made.confidence,
            completeness=made.completeness,
            created_at=now,
        )

    await engine.change(person, keep)
    return made


def as_object(made: CrossAnalysis) -> dict[str, Any]:
    """The object of ``rocket summary``."""
    return as_json(made)


def as_text(made: CrossAnalysis, catalogue: Catalogue) -> tuple[str, tuple[Source, ...]]:
    """The analysis for the chat, with the words it rests on."""
    lines = (*made.priorities, *made.now, *made.next_month, *made.this_quarter)
    quotes = [quote for match in (*made.agreements, *made.tensions) for quote in match.quotes]
    quotes += [quote for line in lines for quote in line.quotes]
    sources = [Source("user", str(quote.message), quote.text) for quote in dict.fromkeys(quotes)]
    # What a line says beside the user's words comes from a coach's own file or cards.
    sources += [Source("card", "+".join(line.coaches), line.text) for line in lines]
    return as_markdown(made, catalogue), tuple(sources)
