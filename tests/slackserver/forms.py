"""Finding what a person presses, and filling in what a person fills in."""

from __future__ import annotations

import re
from typing import Any

from tests.slackserver.shapes import state
from tests.slackserver.world import Json, Message, elements_of

# What Slack's client writes in angle brackets by itself: people, channels, everybody.
_REFERENCE = re.compile(r"<(?:@[UW]\w+|#C\w+(?:\|[^>]*)?|!\w+)>")
_ADDRESS = re.compile(r"https?://[^\s<>|]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def typed(text: str) -> Json:
    """A line that a person has typed, as Slack passes it on: escaped, with addresses as links."""
    made, at = "", 0
    for one in _REFERENCE.finditer(text):
        made += _escaped(text[at : one.start()]) + one.group()
        at = one.end()
    made += _escaped(text[at:])
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    blocks = [{"type": "rich_text", "elements": [section]}] if text else []
    return {"text": made, "blocks": blocks}


def _escaped(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ADDRESS.sub(_link, plain)


def _link(found: re.Match[str]) -> str:
    address = found.group()
    return f"<{address}>" if "://" in address else f"<mailto:{address}|{address}>"


def find(where: Message | Json, named: str) -> tuple[str, Json]:
    """An element with the id of its block, by action_id or else by the label of a button.

    Raises AssertionError where a person would find none.
    """
    shown = list(elements_of(where.blocks if isinstance(where, Message) else where["blocks"]))
    for block_id, element in shown:
        if element["action_id"] == named:
            return block_id, element
    for block_id, element in shown:
        if element.get("text", {}).get("text") == named:
            return block_id, element
    raise AssertionError(f"no {named!r} among {[one['action_id'] for _, one in shown]}")


def options_of(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(one for group in groups for one in group["options"])]


def chosen(element: Json, wanted: Any) -> Any:
    """What a person picks, as Slack keeps it. Raises AssertionError where it is not offered."""
    if "options" not in element and "option_groups" not in element:
        return wanted
    offered = options_of(element)
    if isinstance(wanted, list):
        return [_option(offered, one) for one in wanted]
    return _option(offered, wanted)


def _option(offered: list[Json], wanted: str) -> Json:
    for one in offered:
        if wanted in {one["value"], one["text"]["text"]}:
            return one
    raise AssertionError(f"no {wanted!r} among {[one['value'] for one in offered]}")


def filled(view: Json, values: Json) -> Json:
    """The state of a modal once a person has filled it in.

    Raises AssertionError where Slack's client would not let it be sent in, and for a field that
    is not there.
    """
    made: Json = {}
    left = dict(values)
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        name = element["action_id"]
        given = left.pop(name, _first(element))
        assert given or block.get("optional"), f"{name} has to be filled in"
        if element["type"] == "plain_text_input" and given is not None:
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            assert least <= len(given) <= most, f"{name} takes {least} to {most} characters"
        value = chosen(element, given) if given is not None else None
        if isinstance(given, dict):
            value = given
        made[block["block_id"]] = {name: state(element, value)}
    assert not left, f"no such fields: {sorted(left)}"
    return made


def _first(element: Json) -> Any:
    """What stands in a field before anybody touches it."""
    if "initial_value" in element:
        return element["initial_value"]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if "initial_options" in element:
        return [one["value"] for one in element["initial_options"]]
    return None
