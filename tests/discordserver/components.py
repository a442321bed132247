"""Limits of components, in messages of both kinds and in modals."""

from __future__ import annotations

from collections.abc import Iterator

from tests.discordserver.errors import Json, Problems

Path = tuple[str | int, ...]
ROW, BUTTON, SELECT, INPUT, SECTION, TEXT = 1, 2, 3, 4, 9, 10
THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 11, 12, 13, 14, 17, 18
SELECTS = (SELECT, 5, 6, 7, 8)
MOST_COMPONENTS = 40
MOST_TEXT = 4000
_TOP = {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER}
_IN_CONTAINER = _TOP - {CONTAINER}
# A row of buttons, or one select; in a label, one that somebody fills in.
_IN_LABEL = {INPUT, *SELECTS, 19, 21, 22, 23}
_LINK, _PREMIUM = 5, 6


def walk(components: list[Json]) -> Iterator[Json]:
    """All components, outer before inner."""
    for one in components:
        yield one
        inside = list(one.get("components") or [])
        inside += [one[key] for key in ("accessory", "component") if one.get(key)]
        yield from walk(inside)


def numbered(components: list[Json]) -> list[Json]:
    """Give every component without one an ``id``, in order, as Discord does."""
    taken = {one["id"] for one in walk(components) if one.get("id")}
    count = 0
    for one in walk(components):
        if not one.get("id"):
            count += 1
            while count in taken:
                count += 1
            one["id"] = count
    return components


class ComponentCheck:
    """Checks the components of one message or modal; ``emojis``: ids of those the app may use."""

    def __init__(self, problems: Problems, emojis: set[str]) -> None:
        self._problems = problems
        self._emojis = emojis
        self._ids: set[str] = set()

    def message(self, components: list[Json], newer: bool) -> None:
        """``newer``: a message in Components V2, flag ``IS_COMPONENTS_V2``."""
        if newer:
            self._newer(components)
        else:
            if len(components) > 5:
                self._bad(("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5.")
            for number, one in enumerate(components):
                self._one(one, ("components", number), {ROW})

    def _newer(self, components: list[Json]) -> None:
        every = list(walk(components))
        if not 1 <= len(every) <= MOST_COMPONENTS:
            words = f"Must be between 1 and {MOST_COMPONENTS} in length."
            self._bad(("components",), "BASE_TYPE_BAD_LENGTH", words)
        if sum(len(one.get("content") or "") for one in every if one["type"] == TEXT) > MOST_TEXT:
            words = f"The total length of displayable text exceeds {MOST_TEXT} characters."
            self._bad(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", words)
        for number, one in enumerate(components):
            self._one(one, ("components", number), _TOP)

    def modal(self, modal: Json) -> None:
        """A modal: title, custom_id and one to five rows or labels."""
        for name, most in (("title", 45), ("custom_id", 100)):
            if modal.get(name) is None:
                self._problems.required((name,))
            self._problems.length((name,), modal.get(name), most, 1)
        components = modal.get("components") or []
        if not 1 <= len(components) <= 5:
            words = "Must be between 1 and 5 in length."
            self._bad(("components",), "BASE_TYPE_BAD_LENGTH", words)
        for number, one in enumerate(components):
            path = ("components", number)
            if one.get("type") == ROW:
                self._many(one, (*path, "components"), {INPUT}, 1, 1)
            else:
                self._one(one, path, {LABEL, TEXT})

    def _bad(self, path: Path, code: str, words: str) -> None:
        self._problems.add(path, code, words)

    def _one(self, one: Json, path: Path, allowed: set[int]) -> None:
        kind = one.get("type")
        if kind not in allowed:
            words = f'Value of field "type" must be one of {tuple(sorted(allowed))}.'
            self._bad((*path, "type"), "UNION_TYPE_CHOICES", words)
        elif kind == ROW:
            buttons = any(c.get("type") == BUTTON for c in one.get("components") or [])
            inside = {BUTTON} if buttons else set(SELECTS)
            self._many(one, (*path, "components"), inside, 1, 5 if buttons else 1)
        elif kind == BUTTON:
            self._button(one, path)
        elif kind in SELECTS:
            self._select(one, path)
        elif kind == INPUT:
            self._input(one, path)
        elif kind == SECTION:
            self._many(one, (*path, "components"), {TEXT}, 1, 3)
            self._nested(one, "accessory", path, {BUTTON, THUMBNAIL})
        elif kind == TEXT:
            self._problems.length((*path, "content"), one.get("content") or "", MOST_TEXT, 1)
        elif kind == GALLERY:
            if not 1 <= len(one.get("items") or []) <= 10:
                words = "Must be between 1 and 10 in length."
                self._bad((*path, "items"), "BASE_TYPE_BAD_LENGTH", words)
        elif kind == CONTAINER:
            self._many(one, (*path, "components"), _IN_CONTAINER, 1, MOST_COMPONENTS)
        elif kind == LABEL:
            self._problems.length((*path, "label"), one.get("label") or "", 45, 1)
            self._problems.length((*path, "description"), one.get("description"), 100)
            self._nested(one, "component", path, _IN_LABEL)
        elif kind not in (THUMBNAIL, FILE, SEPARATOR):
            self._custom_id(one, path)

    def _many(self, one: Json, path: Path, allowed: set[int], least: int, most: int) -> None:
        inside = one.get("components") or []
        if not least <= len(inside) <= most:
            words = f"Must be between {least} and {most} in length."
            self._bad(path, "BASE_TYPE_BAD_LENGTH", words)
        for number, inner in enumerate(inside):
            self._one(inner, (*path, number), allowed)

    def _nested(self, one: Json, name: str, path: Path, allowed: set[int]) -> None:
        if one.get(name):
            self._one(one[name], (*path, name), allowed)
        else:
            self._problems.required((*path, name))

    def _custom_id(self, one: Json, path: Path) -> None:
        given = one.get("custom_id")
        if given is None:
            self._problems.required((*path, "custom_id"))
            return
        self._problems.length((*path, "custom_id"), given, 100, 1)
        if given in self._ids:
            words = "Component custom id cannot be duplicated"
            self._bad((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words)
        self._ids.add(given)

    def _button(self, one: Json, path: Path) -> None:
        style = one.get("style")
        if style not in range(1, 7):
            words = "Value must be one of {1, 2, 3, 4, 5, 6}."
            self._bad((*path, "style"), "BASE_TYPE_CHOICES", words)
        if style == _LINK:
            if not one.get("url") or one.get("custom_id"):
                words = "A link button has a url and no custom id"
                self._bad((*path, "url"), "BUTTON_COMPONENT_INVALID_URL", words)
            self._problems.length((*path, "url"), one.get("url"), 512)
        elif style != _PREMIUM:
            self._custom_id(one, path)
        self._problems.length((*path, "label"), one.get("label"), 80)
        if not one.get("label") and not one.get("emoji") and style != _PREMIUM:
            words = "A button must have a label or an emoji"
            self._bad(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", words)
        self._emoji(one.get("emoji"), (*path, "emoji"))

    def _emoji(self, emoji: Json | None, path: Path) -> None:
        if not emoji:
            return
        known = not emoji.get("id") or str(emoji["id"]) in self._emojis
        drawn = emoji.get("id") or not (emoji.get("name") or "a").isascii()
        if not known or not drawn:
            self._bad((*path, "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")

    def _select(self, one: Json, path: Path) -> None:
        self._custom_id(one, path)
        self._problems.length((*path, "placeholder"), one.get("placeholder"), 150)
        options = one.get("options") or []
        if one["type"] == SELECT and not 1 <= len(options) <= 25:
            words = "Must be between 1 and 25 in length."
            self._bad((*path, "options"), "BASE_TYPE_BAD_LENGTH", words)
        most = one.get("max_values") or 1
        if most > 25 or (options and most > len(options)) or one.get("min_values", 1) > most:
            words = "The number of values does not fit the options"
            self._bad((*path, "max_values"), "NUMBER_TYPE_MAX", words)
        if sum(bool(option.get("default")) for option in options) > most:
            words = "More default options than max_values"
            self._bad((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", words)
        values: set[str] = set()
        for number, option in enumerate(options):
            at = (*path, "options", number)
            for name in ("label", "value"):
                self._problems.length((*at, name), option.get(name) or "", 100, 1)
            self._problems.length((*at, "description"), option.get("description"), 100)
            self._emoji(option.get("emoji"), (*at, "emoji"))
            if option.get("value") in values:
                words = "The specified option value is already used"
                self._bad((*at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words)
            values.add(option.get("value", ""))

    def _input(self, one: Json, path: Path) -> None:
        self._custom_id(one, path)
        if one.get("style") not in (1, 2):
            words = "Value must be one of {1, 2}."
            self._bad((*path, "style"), "BASE_TYPE_CHOICES", words)
        if "component" not in path:
            self._problems.length((*path, "label"), one.get("label") or "", 45, 1)
        self._problems.length((*path, "placeholder"), one.get("placeholder"), 100)
        most = one.get("max_length") or 4000
        self._problems.length((*path, "value"), one.get("value"), min(most, 4000))
        if not 1 <= most <= 4000 or not 0 <= (one.get("min_length") or 0) <= most:
            words = "int value should be between 0 and 4000."
            self._bad((*path, "max_length"), "NUMBER_TYPE_MAX", words)
