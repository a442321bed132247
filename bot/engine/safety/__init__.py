"""Tells when the person who writes may be in danger, and what is said then."""

from __future__ import annotations

from bot.engine.safety.screening import Level, Screening, screen

__all__ = ["Level", "Screening", "screen"]
