"""Limits of a message as a whole: what a body may say, and how it becomes the kept message."""

from __future__ import annotations

import re

from tests.discordserver.components import ComponentCheck, numbered
from tests.discordserver.embeds import check_embeds
from tests.discordserver.errors import Json, Problems, RefusedError
from tests.discordserver.world import COMPONENTS_V2

MOST_CONTENT = 2000
MOST_NONCE = 25
# Names a webhook's message must not carry.
_FORBIDDEN = re.compile(r"clyde|discord", re.IGNORECASE)
_LEGACY = ("content", "embeds", "sticker_ids", "poll")


def check_message(body: Json, files: int, emojis: set[str], was: Json | None = None) -> None:
    """Refuse a message that Discord would refuse.

    Args:
        body: as it came.
        files: how many come with it.
        emojis: ids of the emojis that the app may use.
        was: the message before, when this is an edit; what ``body`` does not name stays.
    """
    problems = Problems()
    problems.length(("content",), body.get("content"), MOST_CONTENT)
    problems.length(("username",), body.get("username"), 80, 1)
    if _FORBIDDEN.search(body.get("username") or ""):
        words = 'Username cannot contain "discord" or "clyde"'
        problems.add(("username",), "USERNAME_INVALID_CONTAINS", words)
    nonce = body.get("nonce")
    if isinstance(nonce, str):
        problems.length(("nonce",), nonce, MOST_NONCE)
    check_embeds(body.get("embeds") or [], problems)
    newer = bool(((body.get("flags") or 0) | (was or {}).get("flags", 0)) & COMPONENTS_V2)
    if newer:
        # What was there before has to be emptied, too, when a message becomes one of the newer.
        _check_legacy({**(was or {}), **body}, problems)
    components = body.get("components")
    if components or (newer and not was):
        ComponentCheck(problems, emojis).message(components or [], newer)
    _check_attachments(body, files, was, problems)
    problems.check()
    if _empty({**(was or {}), **body}, files):
        raise RefusedError(400, 50006, "Cannot send an empty message")


def _check_legacy(body: Json, problems: Problems) -> None:
    for name in _LEGACY:
        if body.get(name):
            words = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            problems.add((name,), code, words)


def _check_attachments(body: Json, files: int, was: Json | None, problems: Problems) -> None:
    if files > 10:
        problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    kept = {one["id"] for one in (was or {}).get("attachments", [])}
    for number, one in enumerate(body.get("attachments") or []):
        given = str(one.get("id"))
        if given not in kept and not (given.isdigit() and int(given) < files):
            words = f"Attachment {given} does not exist."
            problems.add(("attachments", number, "id"), "ATTACHMENT_NOT_FOUND", words)


def _empty(body: Json, files: int) -> bool:
    said = (body.get("content") or "").strip()
    parts = ("embeds", "components", "attachments", "sticker_ids", "poll")
    return not said and not files and not any(body.get(part) for part in parts)


def check_modal(modal: Json, emojis: set[str]) -> Json:
    """Refuse a modal that Discord would refuse; returns it with its components numbered."""
    problems = Problems()
    ComponentCheck(problems, emojis).modal(modal)
    problems.check()
    numbered(modal["components"])
    return modal


def check_choices(choices: list[Json]) -> None:
    """Refuse suggestions for an option that Discord would refuse."""
    problems = Problems()
    if len(choices) > 25:
        words = "Must be 25 or fewer in length."
        problems.add(("data", "choices"), "BASE_TYPE_MAX_LENGTH", words)
    for number, one in enumerate(choices):
        problems.length(("data", "choices", number, "name"), one.get("name") or "", 100, 1)
        if isinstance(one.get("value"), str):
            problems.length(("data", "choices", number, "value"), one["value"], 100, 1)
    problems.check()


def check_name(name: str | None, what: str = "name") -> None:
    """The name of a channel or thread: 1 to 100 characters."""
    problems = Problems()
    if name is None:
        problems.required((what,))
    problems.length((what,), name, 100, 1)
    problems.check()
