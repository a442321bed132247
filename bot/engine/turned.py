"""The outcome of one inbound event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.replies import Reply


@dataclass(frozen=True, slots=True)
class Turned:
    """The outcome of one inbound event."""

    reply: Reply
    session: str | None = None
    coach: str | None = None
    phase: str | None = None
    progress: float = 0.0
    quality: dict[str, Any] | None = None
    insights: tuple[dict[str, Any], ...] = ()
    safety: str | None = None
    paused: bool = False
    done: bool = False
    voice: str = "offline"
    # Where to say it, when that is not where the event came from.
    conversation: str | None = None

    def line(self) -> dict[str, Any]:
        """The object of ``rocket chat --json``, all keys."""
        reply = self.reply
        return {
            "session": self.session,
            "coach": self.coach,
            "phase": self.phase,
            "progress": self.progress,
            "text": reply.text,
            "question": reply.question,
            "quality": self.quality,
            "insights": list(self.insights),
            "choices": [{"id": choice.id, "label": choice.label} for choice in reply.choices],
            "safety": self.safety,
            "paused": self.paused,
            "done": self.done,
            "voice": self.voice,
            "sources": [
                {"kind": one.kind, "ref": one.ref, "text": one.text} for one in reply.sources
            ],
            "notice": reply.notice,
            "error": reply.error,
        }
