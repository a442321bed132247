"""How well the safety screen tells danger from talk about work: ``python -m evaluation.safety``.

The set ``data/safety.jsonl`` is kept out of the training of the screen, whose own examples are
``data/safety_own.jsonl``; ``python scripts/train_safety.py --folds 6`` cross-validates on those.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TypedDict

from bot.engine.safety import Level, screen

DATA: Final = Path(__file__).parent / "data" / "safety.jsonl"


class Figures(TypedDict):
    """Shares, 0 to 1: explicit and indirect texts that pause, harmless ones that pause wrongly, and
    among the texts rightly paused those whose level is right too."""

    explicit: float
    indirect: float
    harmless: float
    level: float


class _Text(TypedDict):
    text: str
    label: str


def measure(path: Path = DATA) -> Figures:
    """The figures of the screen on a set of labelled texts (explicit, indirect, harmless)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts: list[_Text] = [json.loads(line) for line in lines if line.strip()]
    found: list[tuple[str, Level]] = [(one["label"], screen(one["text"]).level) for one in texts]
    caught = [(label, level) for label, level in found if label != "harmless" and level != "none"]
    return {
        "explicit": _paused(found, "explicit"),
        "indirect": _paused(found, "indirect"),
        "harmless": _paused(found, "harmless"),
        "level": sum(label == level for label, level in caught) / max(1, len(caught)),
    }


def _paused(found: list[tuple[str, Level]], label: str) -> float:
    levels = [level for one, level in found if one == label]
    return sum(level != "none" for level in levels) / max(1, len(levels))


def main() -> None:
    """Print the row of the development set."""
    figures = measure()
    print(f"{'set':10}{'explicit':>10}{'indirect':>10}{'harmless paused':>17}{'level right':>13}")
    shares = (figures["explicit"], figures["indirect"], figures["harmless"], figures["level"])
    explicit, indirect, harmless, level = (f"{share:.3f}" for share in shares)
    print(f"{'dev':10}{explicit:>10}{indirect:>10}{harmless:>17}{level:>13}")


if __name__ == "__main__":
    main()
