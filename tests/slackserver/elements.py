"""Texts, options and interactive elements: what Slack refuses of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_SELECTS = {
    prefix + kind
    for prefix in ("", "multi_")
    for kind in (
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
    )
}
_PICKERS = {"datepicker", "timepicker", "datetimepicker"}
_INPUTS = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
}
_BOXES = {"checkboxes", "radio_buttons"}
_PLACES: dict[str, set[str]] = {
    "section": _SELECTS | _PICKERS | _BOXES | {"button", "overflow", "image"},
    "actions": _SELECTS | _PICKERS | _BOXES | {"button", "overflow"},
    "input": _SELECTS | _PICKERS | _BOXES | _INPUTS,
    "context": {"image"},
    "context_actions": {"feedback_buttons", "icon_button"},
}
# The most options of those that have few.
_FEW = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_COMMON = {"type", "action_id"}
_CHOICE = {"confirm", "focus_on_load", "initial_option", "initial_options", "max_selected_items"}
_KEYS: dict[str, set[str]] = {
    "button": {"accessibility_label", "confirm", "style", "text", "url", "value"},
    "image": {"alt_text", "image_url", "slack_file", "title", "block_id"},
    "overflow": {"confirm", "options"},
    "checkboxes": _CHOICE | {"options"},
    "radio_buttons": _CHOICE | {"options"},
    "static_select": _CHOICE | {"options", "option_groups", "placeholder"},
    "multi_static_select": _CHOICE | {"options", "option_groups", "placeholder"},
    "plain_text_input": {"dispatch_action_config", "focus_on_load", "initial_value"}
    | {"max_length", "min_length", "multiline", "placeholder"},
    "feedback_buttons": {"negative_button", "positive_button"},
    "icon_button": {"accessibility_label", "confirm", "icon", "text", "value"}
    | {"visible_to_user_ids"},
}


class Checks:
    """Gathers mistakes with the place of each."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def bad(self, at: str, words: str) -> None:
        self.errors.append(f"{words} [json-pointer:{at}]")

    def only(self, given: Json, allowed: set[str], at: str) -> None:
        for name in given:
            if name not in allowed:
                self.bad(at, f"invalid additional property: {name}")

    def length(self, given: Json, name: str, most: int, at: str, *, needed: bool = False) -> None:
        value = given.get(name)
        if value is None and not needed and name not in given:
            return
        if not isinstance(value, str):
            self.bad(f"{at}/{name}", "must be a string")
        elif len(value) > most:
            self.bad(f"{at}/{name}", f"must be less than {most + 1} characters")

    def items(self, given: Json, name: str, most: int, at: str) -> Iterator[tuple[int, Any]]:
        """The items of a list that must not be empty nor too long."""
        value = given.get(name)
        if not isinstance(value, list):
            self.bad(at, f"missing required field: {name}")
            return
        if not value:
            self.bad(f"{at}/{name}", "no fewer than 1 items allowed")
        if len(value) > most:
            self.bad(f"{at}/{name}", f"no more than {most} items allowed")
        yield from enumerate(value)


def text(check: Checks, given: Any, at: str, *, most: int, plain: bool = False) -> None:
    """A text object."""
    if not isinstance(given, dict):
        check.bad(at, "missing required field: text")
        return
    kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if given.get("type") not in kinds:
        check.bad(f"{at}/type", "must be a valid enum value")
    own = {"emoji"} if given.get("type") == "plain_text" else {"verbatim"}
    check.only(given, {"type", "text"} | own, at)
    words = given.get("text")
    if not isinstance(words, str):
        check.bad(f"{at}/text", "must be a string")
    elif not words:
        check.bad(f"{at}/text", "must be more than 0 characters")
    elif len(words) > most:
        check.bad(f"{at}/text", f"must be less than {most + 1} characters")


def option(check: Checks, given: Any, at: str, *, boxes: bool = False) -> None:
    """An option of a menu or of boxes."""
    if not isinstance(given, dict):
        check.bad(at, "must be an object")
        return
    check.only(given, {"text", "value", "description", "url"}, at)
    text(check, given.get("text"), f"{at}/text", most=75, plain=not boxes)
    check.length(given, "value", 150, at, needed=True)
    if "description" in given:
        text(check, given["description"], f"{at}/description", most=75, plain=not boxes)


def element(check: Checks, given: Any, at: str, place: str) -> None:
    """An element of a block; ``place`` is the kind of the block."""
    if not isinstance(given, dict):
        check.bad(at, "missing required field: element")
        return
    kind = given.get("type")
    if kind not in _PLACES[place]:
        check.bad(f"{at}/type", f"unsupported type: {kind}")
        return
    if kind in _KEYS:
        check.only(given, _KEYS[kind] | _COMMON, at)
    check.length(given, "action_id", 255, at)
    if kind == "button":
        _button(check, given, at)
    elif kind == "image":
        _image(check, given, at)
    elif kind == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            _feedback(check, given.get(name), f"{at}/{name}")
    elif kind == "icon_button":
        text(check, given.get("text"), f"{at}/text", most=75, plain=True)
        check.length(given, "icon", 50, at, needed=True)
        check.length(given, "value", 2000, at)
    elif kind in {"static_select", "multi_static_select"} | _FEW.keys():
        _choices(check, given, at)
    elif kind == "plain_text_input":
        most = given.get("max_length", 3000)
        if not isinstance(most, int) or not 1 <= most <= 3000:
            check.bad(f"{at}/max_length", "must be between 1 and 3000")
    if "placeholder" in given:
        text(check, given["placeholder"], f"{at}/placeholder", most=150, plain=True)
    if "confirm" in given:
        _confirm(check, given["confirm"], f"{at}/confirm")


def _button(check: Checks, given: Json, at: str) -> None:
    text(check, given.get("text"), f"{at}/text", most=75, plain=True)
    check.length(given, "value", 2000, at)
    check.length(given, "url", 3000, at)
    check.length(given, "accessibility_label", 75, at)
    if "style" in given and given["style"] not in {"primary", "danger"}:
        check.bad(f"{at}/style", "must be a valid enum value")


def _image(check: Checks, given: Json, at: str) -> None:
    check.length(given, "alt_text", 2000, at, needed=True)
    if "slack_file" not in given:
        check.length(given, "image_url", 3000, at, needed=True)
        address = str(given.get("image_url", ""))
        if not address.startswith(("http://", "https://")):
            check.bad(f"{at}/image_url", "must be a valid URL")


def _feedback(check: Checks, given: Any, at: str) -> None:
    if not isinstance(given, dict):
        check.bad(at, "missing required field")
        return
    check.only(given, {"text", "value", "accessibility_label"}, at)
    text(check, given.get("text"), f"{at}/text", most=75, plain=True)
    check.length(given, "value", 2000, at, needed=True)
    check.length(given, "accessibility_label", 75, at)


def _choices(check: Checks, given: Json, at: str) -> None:
    kind = given["type"]
    boxes = kind in _BOXES
    most = _FEW.get(kind, 100)
    if "option_groups" in given:
        groups = check.items(given, "option_groups", 100, at)
        lists = [(one, f"{at}/option_groups/{number}") for number, one in groups]
    else:
        lists = [(given, at)]
    values: list[Json] = []
    for holder, where in lists:
        if holder is not given:
            text(check, holder.get("label"), f"{where}/label", most=75, plain=True)
        for number, one in check.items(holder, "options", most, where):
            option(check, one, f"{where}/options/{number}", boxes=boxes)
            values.append(one)
    first = given.get("initial_options", [])
    for one in [*first, *([given["initial_option"]] if "initial_option" in given else [])]:
        if one not in values:
            check.bad(at, "initial option must be one of the options")


def _confirm(check: Checks, given: Any, at: str) -> None:
    if not isinstance(given, dict):
        check.bad(at, "must be an object")
        return
    check.only(given, {"title", "text", "confirm", "deny", "style"}, at)
    text(check, given.get("title"), f"{at}/title", most=100, plain=True)
    text(check, given.get("text"), f"{at}/text", most=300)
    text(check, given.get("confirm"), f"{at}/confirm", most=30, plain=True)
    text(check, given.get("deny"), f"{at}/deny", most=30, plain=True)
