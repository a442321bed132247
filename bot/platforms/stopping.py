"""Whether a message asks for no more of the reply that is being written, in whatever language."""

from __future__ import annotations

from typing import Final

from personas.steering import intent_named, plain_form

_WORDS: Final = frozenset(("stop", "stop it", "stop that", "please stop", "stop please"))


def says_stop(text: str) -> bool:
    """Whether the whole message is a wish to stop: "Stop!", "hör auf", "arrête, s'il te plaît"."""
    return plain_form(text) in _WORDS or intent_named(text) == "stop"
