"""Which blocks and views Slack refuses, and the words it has for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.slackserver.elements import Checks, Json, element, text

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MARKDOWN_TOTAL = 12_000
# Whole payloads of blocks fail near this many characters of text, whatever they consist of.
TOTAL = 13_200
_SECTION = {"accessory", "expand", "fields", "text"}
_KEYS: dict[str, set[str]] = {
    "section": _SECTION,
    "header": {"text", "level"},
    "divider": set(),
    "context": {"elements"},
    "actions": {"elements"},
    "context_actions": {"elements"},
    "image": {"alt_text", "image_url", "slack_file", "title"},
    "input": {"dispatch_action", "element", "hint", "label", "optional"},
    "markdown": {"text"},
    "rich_text": {"elements"},
    "table": {"column_settings", "rows"},
    "file": {"external_id", "source"},
    "video": {"alt_text", "author_name", "description", "provider_icon_url", "provider_name"}
    | {"thumbnail_url", "title", "title_url", "video_url"},
}
_NOT_IN_VIEWS = {"markdown", "context_actions", "file", "table"}


def blocks_wrong(blocks: Any, *, view: bool = False, at: str = "/blocks") -> list[str]:
    """What is wrong with a list of blocks; empty where Slack takes it."""
    check = Checks()
    if not isinstance(blocks, list):
        return [f"must be an array [json-pointer:{at}]"]
    most = VIEW_BLOCKS if view else MESSAGE_BLOCKS
    if len(blocks) > most:
        check.bad(at, f"no more than {most} items allowed [but there are {len(blocks)}]")
    seen: set[str] = set()
    for number, one in enumerate(blocks):
        _block(check, one, f"{at}/{number}", view)
        given = one.get("block_id") if isinstance(one, dict) else None
        if isinstance(given, str) and given in seen:
            check.bad(f"{at}/{number}/block_id", f"`{given}` already exists")
        if isinstance(given, str):
            seen.add(given)
    markdown = sum(len(one["text"]) for one in blocks if _is_markdown(one))
    if markdown > MARKDOWN_TOTAL:
        check.bad(at, f"all markdown blocks together must be less than {MARKDOWN_TOTAL + 1}")
    return check.errors


def _is_markdown(block: Any) -> bool:
    return (
        isinstance(block, dict)
        and block.get("type") == "markdown"
        and isinstance(block.get("text"), str)
    )


def too_long(blocks: Any) -> bool:
    """Whether the texts of all blocks together are more than Slack takes in one message."""
    return _length(blocks) > TOTAL


def _length(value: Any) -> int:
    if isinstance(value, list):
        return sum(_length(one) for one in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    here = len(own) if isinstance(own, str) else 0
    return here + sum(_length(one) for one in value.values())


def view_wrong(view: Any) -> list[str]:
    """What is wrong with a modal or a home tab."""
    check = Checks()
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in {"modal", "home"}:
        check.bad("/view/type", "must be a valid enum value")
    allowed = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    if kind == "modal":
        allowed |= {"title", "submit", "close", "clear_on_close", "notify_on_close"}
        allowed |= {"submit_disabled"}
        text(check, view.get("title"), "/view/title", most=24, plain=True)
        for name in ("submit", "close"):
            if name in view:
                text(check, view[name], f"/view/{name}", most=24, plain=True)
        inputs = any(
            isinstance(one, dict) and one.get("type") == "input" for one in view.get("blocks") or []
        )
        if inputs and "submit" not in view:
            check.bad("/view", "missing required field: submit")
    check.only(view, allowed, "/view")
    check.length(view, "private_metadata", 3000, "/view")
    check.length(view, "callback_id", 255, "/view")
    check.length(view, "external_id", 255, "/view")
    check.errors += blocks_wrong(view.get("blocks"), view=True, at="/view/blocks")
    return check.errors


def _block(check: Checks, block: Any, at: str, view: bool) -> None:
    if not isinstance(block, dict):
        check.bad(at, "must be an object")
        return
    kind = block.get("type")
    if kind not in _KEYS:
        check.bad(f"{at}/type", f"unsupported type: {kind}")
        return
    if view and kind in _NOT_IN_VIEWS:
        check.bad(f"{at}/type", f"unsupported type: {kind}")
    check.only(block, _KEYS[kind] | {"type", "block_id"}, at)
    check.length(block, "block_id", 255, at)
    special = _SPECIAL.get(kind)
    if special is not None:
        special(check, block, at)


def _section(check: Checks, block: Json, at: str) -> None:
    if "text" not in block and "fields" not in block:
        check.bad(at, "missing required field: text")
    if "text" in block:
        text(check, block["text"], f"{at}/text", most=3000)
    if "fields" in block:
        for number, one in check.items(block, "fields", 10, at):
            text(check, one, f"{at}/fields/{number}", most=2000)
    if "accessory" in block:
        element(check, block["accessory"], f"{at}/accessory", "section")


def _header(check: Checks, block: Json, at: str) -> None:
    text(check, block.get("text"), f"{at}/text", most=150, plain=True)


def _context(check: Checks, block: Json, at: str) -> None:
    for number, one in check.items(block, "elements", 10, at):
        where = f"{at}/elements/{number}"
        if isinstance(one, dict) and one.get("type") == "image":
            element(check, one, where, "context")
        else:
            text(check, one, where, most=3000)


def _elements(place: str, most: int) -> Callable[[Checks, Json, str], None]:
    def run(check: Checks, block: Json, at: str) -> None:
        seen: set[str] = set()
        for number, one in check.items(block, "elements", most, at):
            where = f"{at}/elements/{number}"
            element(check, one, where, place)
            given = one.get("action_id") if isinstance(one, dict) else None
            if isinstance(given, str) and given in seen:
                check.bad(
                    f"{where}/action_id", f"`{given}` already exists for another block action"
                )
            if isinstance(given, str):
                seen.add(given)

    return run


def _image(check: Checks, block: Json, at: str) -> None:
    element(check, {**block, "type": "image"}, at, "context")
    if "title" in block:
        text(check, block["title"], f"{at}/title", most=2000, plain=True)


def _input(check: Checks, block: Json, at: str) -> None:
    text(check, block.get("label"), f"{at}/label", most=2000, plain=True)
    if "hint" in block:
        text(check, block["hint"], f"{at}/hint", most=2000, plain=True)
    element(check, block.get("element"), f"{at}/element", "input")


def _markdown(check: Checks, block: Json, at: str) -> None:
    given = block.get("text")
    if not isinstance(given, str):
        check.bad(f"{at}/text", "must be a string")
    elif not given:
        check.bad(f"{at}/text", "must be more than 0 characters")
    elif len(given) > MARKDOWN_TOTAL:
        check.bad(f"{at}/text", f"must be less than {MARKDOWN_TOTAL + 1} characters")


def _rich(check: Checks, block: Json, at: str) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for number, one in check.items(block, "elements", 1000, at):
        if not isinstance(one, dict) or one.get("type") not in kinds:
            check.bad(f"{at}/elements/{number}", "unsupported element")


def _table(check: Checks, block: Json, at: str) -> None:
    for number, row in check.items(block, "rows", 100, at):
        if not isinstance(row, list) or not 0 < len(row) <= 20:
            check.bad(f"{at}/rows/{number}", "must have between 1 and 20 cells")


_SPECIAL: dict[str, Callable[[Checks, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _elements("actions", 25),
    "context_actions": _elements("context_actions", 5),
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich,
    "table": _table,
}
