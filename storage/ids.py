"""Identifiers made by the program, before a row is written."""

from __future__ import annotations

import secrets
import time

_EPOCH_MS = 1_735_689_600_000  # 2025-01-01
_BITS = 16
_last = 0


def new_message_id() -> int:
    """A number that grows with time: milliseconds since 2025 and 16 random bits.

    It stays under 2^53, so JSON readers keep it exact; within one process it always grows.
    """
    global _last
    now = (int(time.time() * 1000) - _EPOCH_MS) << _BITS | secrets.randbits(_BITS)
    _last = now if now > _last else _last + 1
    return _last


def new_id() -> str:
    """A random identifier of 16 hex digits for a person or a session."""
    return secrets.token_hex(8)
