"""Identifiers made by the program, before a row is written."""

from __future__ import annotations

import secrets
import time
from random import Random

_EPOCH_MS = 1_735_689_600_000  # 2025-01-01
_BITS = 16
# Seeded by the system once: these bits must differ between programs, they need not be secret, and
# asking the system each time costs a switch between threads.
_random = Random()
_last = 0


def new_message_id() -> int:
    """A number that grows with time: milliseconds since 2025 and 16 random bits.

    It stays under 2^53, so JSON readers keep it exact; within one process it always grows.
    """
    global _last
    now = (int(time.time() * 1000) - _EPOCH_MS) << _BITS | _random.getrandbits(_BITS)
    _last = now if now > _last else _last + 1
    return _last


def new_id() -> str:
    """A random identifier of 16 hex digits for a person or a session."""
    return secrets.token_hex(8)
