"""How complete an answer is: own steps, an ending somebody could have seen, concrete detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.engine.meaning import Meaning, similarity
from bot.engine.sentences import typed
from bot.engine.text import content_words, is_gibberish
from bot.engine.verbs import weight
from personas.models import Gap

Strategy = Literal[
    "quantification_probe", "confidence_boost", "clarification", "depth_exploration", "proceed"
]


@dataclass(frozen=True, slots=True)
class Quality:
    score: float
    confidence: float
    gap: Gap | None
    strategy: Strategy
    parts: dict[str, float | None]


def assess(question: str, answer: str, meaning: Meaning | None) -> Quality:
    if is_gibberish(answer):
        parts = dict.fromkeys(("specificity", "ownership", "action", "outcome", "relevance", "clarity"), 0.0)
        return Quality(0.0, 0.3, "clarity", "clarification", {**parts, "relevance": 0.0 if question else None})
    read = typed(answer)
    own = sum(weight(d) for t in read for d in t.deeds if d.subject == "i")
    we = sum(weight(d) for t in read for d in t.deeds if d.subject == "we")
    action = min(1.0, own / 4)
    last = read[-2:]
    outcome = max((t.kinds.get("outcome", 0.0) for t in last), default=0.0)
    outcome = max(outcome, 0.3 * max((t.kinds.get("weak_outcome", 0.0) for t in read), default=0.0))
    specificity = min(1.0, len(set(content_words(answer))) / 30)
    ownership = own / (own + we) if own + we else 0.0
    relevance = max(0.0, min(1.0, 0.3 + 1.5 * similarity(meaning, question, answer))) if meaning and question.strip() else None
    parts: dict[str, float | None] = {
        "specificity": specificity, "ownership": ownership, "action": action, "outcome": outcome,
        "relevance": relevance, "clarity": min(1.0, len(answer.split()) / 8),
    }
    score = 0.4 * action + 0.4 * outcome + 0.2 * specificity
    gap: Gap | None = "outcome" if outcome < 0.5 else "action" if action < 0.5 else None
    strategy: Strategy = "quantification_probe" if gap == "outcome" else "depth_exploration" if gap else "proceed"
    return Quality(score, 0.5, gap, strategy, parts)
