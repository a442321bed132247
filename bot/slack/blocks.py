"""Small builders of blocks; each keeps to Slack's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack import limits
from bot.slack.markdown import calm

Block = dict[str, Any]


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis where it is too long; never empty."""
    text = text or "\u2060"
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str, limit: int) -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": cut(calm(text), limit), "emoji": True}


def section(text: str, accessory: Block | None = None) -> Block:
    """A section of ``mrkdwn``."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut(text, limits.SECTION)},
    }
    return block | {"accessory": accessory} if accessory else block


def context(text: str) -> Block:
    """A line in small print, of ``mrkdwn``."""
    shown = {"type": "mrkdwn", "text": cut(text, limits.SECTION)}
    return {"type": "context", "elements": [shown]}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, limits.HEADER)}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def markdown(text: str) -> Block:
    """A block of CommonMark; messages only."""
    return {"type": "markdown", "text": cut(text, limits.MARKDOWN)}


def button(
    label: str, action: str, value: str = "", *, style: str | None = None, url: str | None = None
) -> Block:
    """A button; ``url`` opens an address besides."""
    block: Block = {
        "type": "button",
        "text": plain(label, limits.BUTTON),
        "action_id": action,
    }
    if value:
        block["value"] = value[: limits.BUTTON_VALUE]
    if style is not None:
        block["style"] = style
    if url is not None:
        block["url"] = url
    return block


def confirm(title: str, text: str, yes: str, no: str = "Not now") -> Block:
    """What asks before a button does its work."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def actions(elements: Sequence[Block], block_id: str | None = None) -> Block:
    """A row of things to click."""
    block: Block = {"type": "actions", "elements": list(elements)}
    return block | {"block_id": block_id} if block_id else block


def option(label: str, value: str) -> Block:
    """An entry of a menu."""
    return {"text": plain(label, limits.OPTION), "value": value[: limits.OPTION_VALUE]}


def select(action: str, placeholder: str, options: Sequence[Block]) -> Block:
    """A menu to pick one from."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain(placeholder, limits.HEADER),
        "options": list(options)[: limits.OPTIONS],
    }


def overflow(action: str, options: Sequence[Block]) -> Block:
    """A small menu behind three dots; at most five entries."""
    return {"type": "overflow", "action_id": action, "options": list(options)[:5]}


def text_input(
    block_id: str,
    label: str,
    *,
    hint: str = "",
    initial: str = "",
    long: bool = False,
    optional: bool = False,
) -> Block:
    """A field to write in; :func:`value_of` finds what was written by ``block_id``."""
    element: Block = {"type": "plain_text_input", "action_id": block_id, "multiline": long}
    if hint:
        element["placeholder"] = plain(hint, limits.HEADER)
    if initial:
        element["initial_value"] = initial[: limits.SECTION]
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }


def modal(
    callback: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
) -> Block:
    """A modal view."""
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, limits.TITLE),
        "close": plain(close, limits.TITLE),
        "blocks": list(blocks)[: limits.VIEW_BLOCKS],
    }
    if submit is not None:
        view["submit"] = plain(submit, limits.TITLE)
    if metadata:
        if len(metadata) > limits.PRIVATE_METADATA:
            raise ValueError("too much to carry in a view")
        view["private_metadata"] = metadata
    return view


def value_of(view: Mapping[str, Any], block_id: str) -> str:
    """What was written or picked in an input of a submitted view; empty where nothing was."""
    states: Mapping[str, Any] = view.get("state", {}).get("values", {}).get(block_id, {})
    for state in states.values():
        picked: Mapping[str, Any] = state.get("selected_option") or {}
        for found in (state.get("value"), picked.get("value"), state.get("selected_conversation")):
            if found:
                return str(found)
    return ""
