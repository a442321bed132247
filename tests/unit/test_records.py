"""Dataclasses as what JSON can hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pytest

from bot.records import record
from bot.replies import Audience, Choice, Reply, Source


@dataclass(frozen=True)
class _Held:
    reply: Reply
    more: dict[str, Choice]
    many: tuple[tuple[str, int], ...] = ((("a"), 1),)


def test_a_record_is_what_the_library_makes_of_it() -> None:
    reply = Reply(
        "Hello.",
        choices=(Choice("a", "A"), Choice("b", "B")),
        sources=(Source("card", "one", "A card."),),
        audience=Audience.OWNER,
    )
    held = _Held(reply, {"left": Choice("c", "C")})
    assert json.dumps(record(held)) == json.dumps(asdict(held))


def test_what_is_no_dataclass_is_refused() -> None:
    with pytest.raises(TypeError, match="int is no dataclass"):
        record(3)
