"""What Slack sends of messages, as plain words."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]
_SPECIAL = re.compile(r"<([^<>]+)>")
# What people write; everything else is Slack's own talk.
_SPOKEN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
_CHANGES = frozenset({"message_changed", "message_deleted"})


def inner(payload: Payload, name: str) -> Payload:
    """An object within another; empty where there is none."""
    found: Payload | None = payload.get(name)
    return found or {}


def several(payload: Payload, name: str) -> list[Payload]:
    """A list of objects within another; empty where there is none."""
    found: list[Payload] | None = payload.get(name)
    return found or []


def plain(text: str, bot_user: str | None) -> str:
    """A message's words: no mention of the app, links as people see them, no escapes."""

    def shown(found: re.Match[str]) -> str:
        inside, _, label = found[1].partition("|")
        if inside.startswith("@"):
            return "" if inside[1:] == bot_user else f"@{label or 'somebody'}"
        if inside.startswith("#"):
            return f"#{label or 'channel'}"
        if inside.startswith("!"):
            return label or "@" + inside[1:].partition("^")[0]
        address = inside.removeprefix("mailto:")
        return label if not label or label == address else f"{label} ({address})"

    def filled(found: re.Match[str]) -> str:
        inside = found[1]
        if inside[0] in "@#!" or "|" in inside:
            return shown(found)
        return inside.removeprefix("mailto:")

    return html.unescape(_SPECIAL.sub(filled, text)).strip()


def spoken(event: Payload, bot_user: str | None) -> bool:
    """Whether a person wrote this message, to be read."""
    return (
        event.get("subtype") in _SPOKEN
        and not event.get("bot_id")
        and not event.get("bot_profile")
        and not event.get("hidden")
        and bool(event.get("user"))
        and event.get("user") not in {bot_user, "USLACKBOT"}
    )


def changed(event: Payload) -> bool:
    """Whether this tells that a message was changed or deleted."""
    return event.get("subtype") in _CHANGES


def edited(event: Payload) -> Payload | None:
    """The message whose words its author changed; None for previews of links and our own."""
    now: Payload = event.get("message") or {}
    before: Payload = event.get("previous_message") or {}
    human = spoken({**now, "subtype": now.get("subtype")}, None) and bool(now.get("edited"))
    return now if human and now.get("text") != before.get("text") else None


def deleted(event: Payload) -> Payload | None:
    """The message that its author deleted; None for ours."""
    before: Payload = event.get("previous_message") or {}
    return before if spoken(before, None) else None


def mentions(event: Payload, bot_user: str | None) -> bool:
    """Whether a message calls the app."""
    return event.get("type") == "app_mention" or (
        bot_user is not None and f"<@{bot_user}" in str(event.get("text") or "")
    )


def is_direct(event: Payload) -> bool:
    """Whether a message was written to the app alone."""
    return event.get("channel_type") == "im" or str(event.get("channel") or "").startswith("D")


def senders_team(event: Payload) -> str | None:
    """The workspace of who wrote, in channels that several share; None where it is not told."""
    for name in ("user_team", "source_team", "team"):
        if event.get(name):
            return str(event[name])
    return None
