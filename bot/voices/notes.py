"""What a model notes of a message, behind the reply: read strictly, kept only where it quotes."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.engine.brief import Noted, Risk
from bot.engine.scene import Scene
from personas.models import Slot

_INSIGHTS_AT_MOST = 2
_QUOTE_AT_MOST = 240
_QUOTE_FROM = 4
_FENCE = re.compile(r"\A\s*>*\s*(?:```\w*\s*)?|\s*(?:```)?\s*\Z")
CATEGORIES = ("goal", "strength", "obstacle", "value", "feeling", "pattern")


def _known_slots(value: object) -> object:
    """The entries whose name is that of a slot; a model makes up others."""
    if not isinstance(value, dict):
        return {}
    names = {slot.value for slot in Slot}
    return {key: text for key, text in value.items() if key in names and isinstance(text, str)}  # pyright: ignore[reportUnknownVariableType]


class _Insight(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    category: Literal["goal", "strength", "obstacle", "value", "feeling", "pattern"]
    title: str = ""
    quote: str


def _readable(value: object) -> object:
    """The insights that can be read; one that can't must not spoil the others."""
    if not isinstance(value, list):
        return []
    kept: list[_Insight] = []
    for entry in value:  # pyright: ignore[reportUnknownVariableType]
        try:
            kept.append(_Insight.model_validate(entry))
        except ValidationError:
            continue
    return kept


def _line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else ""


class Notes(BaseModel):
    """The notes of one reply.

    Attributes:
        insights: what the message shows of the person.
        slots: quotes that answer what the session still needs.
        memory: a line to remember.
        risk: whether the message shows danger.
    """

    model_config = ConfigDict(extra="ignore")
    insights: Annotated[list[_Insight], BeforeValidator(_readable)] = Field(
        default_factory=list[_Insight]
    )
    slots: Annotated[dict[Slot, str], BeforeValidator(_known_slots)] = Field(
        default_factory=dict[Slot, str]
    )
    memory: Annotated[str, BeforeValidator(_line)] = ""
    risk: Risk = "none"

    def noted(self, scene: Scene) -> tuple[Noted, ...]:
        """The insights with an exact quote of this turn's message."""
        found = [one for one in self.insights if _quotes(one.quote, scene.text)]
        return tuple(
            Noted(one.category, one.title, one.quote, scene.message)
            for one in found[:_INSIGHTS_AT_MOST]
        )

    def filled(self, scene: Scene) -> dict[Slot, str]:
        """The slots with an exact quote of this turn's message."""
        return {slot: text for slot, text in self.slots.items() if _quotes(text, scene.text)}


def _quotes(quote: str, text: str) -> bool:
    return _QUOTE_FROM <= len(quote) <= _QUOTE_AT_MOST and quote in text


def read_notes(text: str) -> Notes | None:
    """The notes behind the sentinel; None where they can't be read.

    A code fence around them, and words behind them, are let pass.
    """
    text = _FENCE.sub("", text)
    begin = text.find("{")
    if begin < 0:
        return None
    try:
        found: Any
        found, _ = json.JSONDecoder().raw_decode(text[begin:])
        return Notes.model_validate(found)
    except (ValueError, RecursionError):
        return None
