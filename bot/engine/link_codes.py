"""One-time codes: made, shown, read back, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets

# Without what is mistaken for something else: 0 and O, 1, I and L. 31 to the 8th: 8.5e11 codes.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
_SALT = b"rocket-coach link code"
# RFC 7914: 16 MB and some tens of milliseconds, so that who reads the database can't try all codes
# within the quarter of an hour in which one is good.
_COST = {"n": 2**14, "r": 8, "p": 1}


def new() -> str:
    """A code that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As people read it: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def read(typed: str) -> str | None:
    """The code in what somebody typed, however they wrote it; None where it can't be one."""
    code = "".join(one for one in typed.upper() if one.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def digest(code: str) -> str:
    """What is kept of a code, 64 hex digits. Takes some tens of milliseconds."""
    return hashlib.scrypt(code.encode(), salt=_SALT, dklen=32, **_COST).hex()
