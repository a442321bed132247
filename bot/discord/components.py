"""Buttons and menus as Discord takes them. Their ids say all there is to know of them, so that they
work after a restart and on every worker: ``rc:WHAT:KEY:PART:REST``, KEY and PART of the reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from bot.discord import limits

Payload = dict[str, Any]
Style = Literal["primary", "grey", "green", "red"]
_STYLES: dict[Style, int] = {"primary": 1, "grey": 2, "green": 3, "red": 4}
_HEAD = "rc"
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Handle:
    """What an id says: what it does, of which reply and message of it, with what."""

    what: str
    key: str = NOBODY
    part: int = 0
    rest: str = ""

    def __str__(self) -> str:
        made = f"{_HEAD}:{self.what}:{self.key}:{self.part}"
        return f"{made}:{self.rest}" if self.rest else made

    @property
    def fits(self) -> bool:
        """Whether it is short enough for Discord."""
        return len(str(self)) <= limits.CUSTOM_ID


def handle_of(custom_id: str) -> Handle | None:
    """What an id says; None for one that is not ours."""
    head, _, rest = custom_id.partition(":")
    parts = rest.split(":", 3)
    if head != _HEAD or len(parts) < 3 or not parts[2].isdigit():
        return None
    return Handle(parts[0], parts[1], int(parts[2]), parts[3] if len(parts) > 3 else "")


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis where it is too long; never empty."""
    text = " ".join(text.split()) or "…"
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def button(
    label: str, handle: Handle, style: Style = "grey", *, emoji: str = "", disabled: bool = False
) -> Payload:
    """A button; an empty label takes an emoji."""
    made: Payload = {"type": 2, "style": _STYLES[style], "custom_id": str(handle)}
    if label:
        made["label"] = cut(label, limits.BUTTON)
    if emoji:
        made["emoji"] = {"name": emoji}
    return made | {"disabled": True} if disabled else made


def link(label: str, url: str) -> Payload:
    """A button that opens an address."""
    return {"type": 2, "style": 5, "label": cut(label, limits.BUTTON), "url": url}


def option(label: str, value: str, description: str = "", emoji: str = "") -> Payload:
    """An entry of a menu."""
    made: Payload = {"label": cut(label, limits.OPTION), "value": value[: limits.OPTION]}
    if description:
        made["description"] = cut(description, limits.OPTION)
    if emoji:
        made["emoji"] = {"name": emoji}
    return made


def menu(handle: Handle, placeholder: str, options: Sequence[Payload]) -> Payload:
    """A menu to pick one from."""
    return {
        "type": 3,
        "custom_id": str(handle),
        "placeholder": cut(placeholder, limits.PLACEHOLDER),
        "options": list(options)[: limits.OPTIONS],
    }


def rows(elements: Sequence[Payload]) -> list[Payload]:
    """Action rows: five buttons a row, a menu in one of its own."""
    made: list[list[Payload]] = []
    for element in elements:
        alone = element["type"] != 2
        if alone or not made or len(made[-1]) == limits.ROW or made[-1][0]["type"] != 2:
            made.append([])
        made[-1].append(element)
    return [{"type": 1, "components": row} for row in made[: limits.ROWS]]


def modal(handle: Handle, title: str, label: str, *, hint: str = "", initial: str = "") -> Payload:
    """A window with one field to write in."""
    field: Payload = {
        "type": 4,
        "custom_id": "text",
        "style": 2,
        "label": cut(label, limits.MODAL_TITLE),
        "required": True,
        "max_length": 2000,
    }
    if hint:
        field["placeholder"] = cut(hint, 100)
    if initial:
        field["value"] = initial[:2000]
    return {
        "custom_id": str(handle),
        "title": cut(title, limits.MODAL_TITLE),
        "components": [{"type": 1, "components": [field]}],
    }


def written(components: object) -> str:
    """What was written into a window's field."""
    for one in _walk(components):
        if one.get("custom_id") == "text":
            return str(one.get("value") or "")
    return ""


def handles(components: object) -> list[Handle]:
    """What the components of a message say."""
    found = (handle_of(str(one.get("custom_id") or "")) for one in _walk(components))
    return [one for one in found if one is not None]


def _walk(components: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(components, list):
        return
    for one in cast(list[Mapping[str, Any]], components):
        yield one
        yield from _walk(one.get("components"))
        inner = one.get("component")
        if isinstance(inner, dict):
            yield cast(Mapping[str, Any], inner)
