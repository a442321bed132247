"""What the command line contract says of every object."""

from __future__ import annotations

from tests.e2e.program import Json

SEVEN = [
    "executive_coach", "life_coach", "career_psychologist", "industry_expert",
    "interview_coach", "salary_negotiator", "network_builder",
]  # fmt: skip
KEYS = {
    "session", "coach", "phase", "progress", "text", "question", "quality", "insights", "choices",
    "safety", "paused", "done", "voice", "sources", "notice", "error",
}  # fmt: skip
PARTS = {"specificity", "ownership", "action", "outcome", "relevance", "clarity"}
PHASES = {None, "introduction", "deep_dive", "assessment", "synthesis"}
STRATEGIES = {
    "quantification_probe", "confidence_boost", "clarification", "depth_exploration", "proceed",
}  # fmt: skip
STORY = (
    "Last spring the bakery lost two ovens. I redrew the shift plan, moved the rye to the night "
    "and phoned every hotel myself, and in the end we delivered all 40 orders."
)


def check_turn(turn: Json) -> None:
    """What holds for every object of the chat."""
    assert set(turn) == KEYS
    assert turn["phase"] in PHASES
    assert 0 <= turn["progress"] <= 1
    assert isinstance(turn["text"], str)
    assert turn["text"]
    assert turn["question"] is None or turn["question"] in turn["text"]
    assert turn["voice"] in {"offline", "model"}
    assert turn["safety"] in {None, "explicit", "indirect"}
    assert isinstance(turn["paused"], bool)
    assert isinstance(turn["done"], bool)
    assert all(set(choice) == {"id", "label"} for choice in turn["choices"])
    assert all(set(source) == {"kind", "ref", "text"} for source in turn["sources"])
    assert {source["kind"] for source in turn["sources"]} <= {
        "user",
        "card",
        "role",
        "calendar",
        "score",
    }
    for insight in turn["insights"]:
        assert set(insight) == {"id", "category", "title", "confidence", "quotes"}
    if turn["quality"] is not None:
        check_quality(turn["quality"])


def check_quality(quality: Json) -> None:
    assert set(quality) == {"score", "confidence", "gap", "strategy", "parts"}
    assert set(quality["parts"]) == PARTS
    assert quality["gap"] in {None, *PARTS}
    assert quality["strategy"] in STRATEGIES
    known = [part for part in quality["parts"].values() if part is not None]
    assert all(0 <= number <= 1 for number in (quality["score"], quality["confidence"], *known))
