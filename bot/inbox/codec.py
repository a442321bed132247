"""Events and outcomes as JSON and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from bot import inbound
from bot.engine.turned import Turned
from bot.inbound import Inbound, Overflow, Sender
from bot.records import record
from bot.replies import Attachment, Audience, Choice, Reply, Source

Event = Inbound | Overflow
_KINDS: dict[str, type[Event]] = {
    "message": inbound.Message,
    "command": inbound.Command,
    "edit": inbound.Edit,
    "delete": inbound.Delete,
    "feedback": inbound.Feedback,
    "choice": inbound.Choice,
    "opened": inbound.Opened,
    "tenant_gone": inbound.TenantGone,
    "due": inbound.Due,
    "linking": inbound.Linking,
    "overflow": Overflow,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def kind_of(event: Event) -> str:
    """The name under which an event is stored."""
    return _NAMES[type(event)]


def event_json(event: Event) -> dict[str, Any]:
    """An event as JSON."""
    return inbound.as_json(event)


def event_from(kind: str, kept: dict[str, Any]) -> Event:
    """The event of a kind from its JSON.

    Raises:
        KeyError, TypeError: it was written by another version and can't be read.
    """
    made = _KINDS[kind]
    # What a version before did not know has its default.
    known = {one.name for one in fields(made)} & kept.keys()
    values = {name: _value(kept[name]) for name in known}
    for name in ("sender", "other"):
        if name in values:
            values[name] = Sender(**kept[name])
    values["sent_at"] = datetime.fromisoformat(kept["sent_at"])
    return made(**values)


def _value(kept: Any) -> Any:
    return tuple(_value(one) for one in cast(list[Any], kept)) if isinstance(kept, list) else kept


def outcome_json(turned: Turned) -> dict[str, Any]:
    """The outcome of a turn as JSON: what an adapter needs to show it."""
    kept = record(turned)
    for one in kept["reply"]["attachments"]:
        one["data"] = b64encode(one["data"]).decode()
    return kept


def outcome_from(kept: dict[str, Any]) -> Turned:
    """The outcome of a turn from its JSON."""
    reply: dict[str, Any] = {**kept["reply"]}
    reply["choices"] = tuple(Choice(**one) for one in reply["choices"])
    reply["sources"] = tuple(Source(**one) for one in reply["sources"])
    reply["audience"] = Audience(reply["audience"])
    files: list[dict[str, Any]] = reply["attachments"]
    reply["attachments"] = tuple(_attachment(**one) for one in files)
    turned: dict[str, Any] = {**kept, "insights": tuple(kept["insights"])}
    turned["reply"] = Reply(**reply)
    return Turned(**turned)


def _attachment(*, data: str, **kept: Any) -> Attachment:
    return Attachment(data=b64decode(data), **kept)
