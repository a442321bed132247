"""What a voice that words freely noted and used, brought into the session with the turn.

The engine's own reading of a message comes first; notes add to it, and only with exact quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.engine.brief import Noted, Spent, Worded
from bot.engine.insights import nearest_theme
from bot.engine.scene import REMARKS_AT_MOST, Scene
from bot.engine.state import Evidence, Recent, SessionState
from bot.engine.text import content_words
from bot.engine.turn import Finding, Turn
from bot.replies import Draft
from storage.queries import PersonScope

# Below what the extraction is sure of, above what only a cue told.
_CERTAINTY = 0.7
_TITLE_AT_MOST = 80
_REMARK_AT_MOST = 160
_PRIORITY = {"obstacle": 1, "feeling": 2, "value": 2, "strength": 2, "goal": 3, "pattern": 3}
# A rating or a "yes" shows nothing by itself.
_TELLING_WORDS = 2
_TROUBLED = "voice:trouble"


def heed(turn: Turn, draft: Draft) -> None:
    """Add what the voice noted to the turn and its session's memory."""
    state = turn.state
    if not isinstance(draft, Worded):
        return
    if draft.question and state.pending is not None:
        # Asked in other words: these are what is repeated, and what the answer is read against.
        state.pending = state.pending.model_copy(update={"text": draft.question})
    _tell_once(state, draft)
    said, message = turn.heard.text, turn.heard.message
    for slot, quote in draft.slots.items():
        if quote in said and slot not in state.filled:
            state.add(slot, Evidence(quote=quote, message=message, certainty=_CERTAINTY))
    if draft.remark:
        remark = Recent(message=message, text=draft.remark[:_REMARK_AT_MOST])
        state.remarks = [*state.remarks, remark][-REMARKS_AT_MOST:]
    known = {finding.theme for finding in turn.findings}
    for noted in draft.noted:
        if len(content_words(noted.quote)) < _TELLING_WORDS:
            continue
        finding = _finding(turn, noted)
        if finding.theme not in known:
            known.add(finding.theme)
            turn.findings.append(finding)


def _tell_once(state: SessionState, draft: Worded) -> None:
    """What kept the voice from its work is told once as long as it lasts."""
    if draft.trouble is None:
        state.told_once = [one for one in state.told_once if not one.startswith(_TROUBLED)]
        return
    key = f"{_TROUBLED}:{draft.trouble[:40]}"
    if key not in state.told_once:
        state.told_once = [*state.told_once, key]
        draft.notice = draft.trouble


def _finding(turn: Turn, noted: Noted) -> Finding:
    place, _ = nearest_theme(turn.coach, noted.quote, turn.meaning)
    theme = turn.coach.focus[place]
    title = noted.title.strip()
    # A title may hold no figure that the person did not give.
    plain = title and len(title) <= _TITLE_AT_MOST and not any(map(str.isdigit, title))
    return Finding(
        category=noted.category,
        theme=theme.key,
        title=title if plain and "?" not in title else theme.title,
        description=theme.finding.replace("{quote}", f"“{noted.quote}”"),
        certainty=_CERTAINTY,
        quote=noted.quote,
        message=noted.message,
        recommendations=(),
        priority=_PRIORITY.get(noted.category, 3),
    )


def book(
    scope: PersonScope, scene: Scene | None, draft: Draft, reply: int | None, at: datetime
) -> None:
    """Write what the wording of a reply took; its memo is needed no more."""
    if scene is None or not isinstance(draft, Worded):
        return
    scope.add("usage", usage_rows(scene.tenant, scene.session, reply, draft.spent, at))
    if scene.key:
        scope.remove("memo", key=scene.key)


def usage_rows(
    tenant: str, session: str | None, reply: int | None, spent: Sequence[Spent], at: datetime
) -> list[dict[str, Any]]:
    """The rows for what calls of models took."""
    return [
        {
            "tenant": tenant,
            "session_id": session,
            "message_id": reply,
            "model": one.model,
            "outcome": one.outcome,
            "attempts": one.attempts,
            "tokens_in": one.tokens_in,
            "tokens_out": one.tokens_out,
            "tokens_cached": one.tokens_cached,
            "estimated": one.estimated,
            "cost": one.cost,
            "first_token_ms": one.first_token_ms,
            "total_ms": one.total_ms,
            "at": at,
        }
        for one in spent
    ]
