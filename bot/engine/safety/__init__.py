"""Tells when the person who writes may be in danger, and what is said then."""

from __future__ import annotations

from bot.engine.safety.helplines import Helpline, country_named, help_for
from bot.engine.safety.limits import Limit, limit_of
from bot.engine.safety.replies import (
    SafetyReply,
    after_resume,
    ask_to_go_on,
    help_again,
    response,
    says_heavier,
    says_no,
    says_only_work,
    says_yes,
    somebody_here,
    wants_to_resume,
)
from bot.engine.safety.screening import Level, Screening, screen

__all__ = [
    "Helpline",
    "Level",
    "Limit",
    "SafetyReply",
    "Screening",
    "after_resume",
    "ask_to_go_on",
    "country_named",
    "help_again",
    "help_for",
    "limit_of",
    "response",
    "says_heavier",
    "says_no",
    "says_only_work",
    "says_yes",
    "screen",
    "somebody_here",
    "wants_to_resume",
]
