"""What the local model says when nothing else was told: a coach's reply to what it was given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from tests.modelserver.speech import Called, Json, Prompt, Said

_SENTINEL = re.compile(r"<{2,}\w+>*")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_GIVE_BACK = re.compile(r"^- Give back[^“]*“([^”]+)”", re.M)
_FRAMES = (
    "“{}” stays with me.",
    "“{}”: that is where you stand.",
    "You put it in one line: “{}”.",
    "“{}” says a lot.",
    "There it is: “{}”.",
    "What I take from this is “{}”.",
    "“{}”, in your own words.",
    "So it comes to this: “{}”.",
    "I hear weight in “{}”.",
    "“{}” is worth a closer look.",
    "One thing stands out: “{}”.",
)


def coach(prompt: Prompt) -> Said:
    """Gives the user's words back, asks what it was told to ask, and adds notes when told how."""
    if prompt.forced is not None:
        tool = next(one for one in prompt.tools if one.name == prompt.forced)
        return Said(calls=[Called(tool.name, filled(tool.schema, prompt))], finish="tool_calls")
    if prompt.schema is not None:
        return Said(filled(prompt.schema, prompt))
    said = reflection(prompt)
    question = decided_question(prompt)
    text = f"{said} {question}".strip()
    return Said(with_notes(prompt, text))


def sentinel(prompt: Prompt) -> str | None:
    """The line that the prompt wants before the notes."""
    found = _SENTINEL.search(prompt.text)
    return found.group() if found else None


def user_words(prompt: Prompt) -> str:
    """The first sentence of the user's last message, as they wrote it."""
    spoken = prompt.said_by("user")
    found = _SENTENCE.search(spoken[-1]) if spoken else None
    return found.group().strip() if found else ""


def reflection(prompt: Prompt) -> str:
    """What the prompt wants given back, or else the user's own words."""
    system = "\n".join(prompt.said_by("system"))
    wanted = _GIVE_BACK.findall(system[system.rfind("\n# ") :])
    told = (wanted[0] if wanted else user_words(prompt)).strip().rstrip(".!?…")
    if not told:
        return "I hear you."
    # The same words are never framed in two ways, and seldom two neighbours in one.
    return _FRAMES[crc32(prompt.last.encode()) % len(_FRAMES)].format(told)


def decided_question(prompt: Prompt) -> str:
    """The question at the end of the instructions: they name the one to ask, behind a colon."""
    system = "\n".join(prompt.said_by("system")).strip()
    asked = system.rsplit("\n", 1)[-1].partition(": ")[2].strip()
    return asked if asked.endswith("?") else ""


def with_notes(prompt: Prompt, text: str, notes: Json | None = None) -> str:
    """The reply with the notes behind it, where the prompt names a line that parts them."""
    line = sentinel(prompt)
    if line is None:
        return text
    return f"{text}\n{line}\n{json.dumps(notes or notes_of(prompt), ensure_ascii=False)}"


def notes_of(prompt: Prompt) -> Json:
    """Notes whose quote is the user's."""
    quote = user_words(prompt)
    insight = {"category": "strength", "title": "In their own words", "quote": quote}
    return {
        "insights": [insight] if quote else [],
        "slots": {},
        "memory": f"They said: {quote}" if quote else "",
        "risk": "none",
    }


def filled(schema: Mapping[str, Any], prompt: Prompt) -> str:
    """JSON that keeps to a schema; its texts are sentences of the user."""
    told = [
        one.group().strip() for text in prompt.said_by("user") for one in _SENTENCE.finditer(text)
    ]
    return json.dumps(
        _value(schema, schema, [one for one in told if one] or ["nothing"]), ensure_ascii=False
    )


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], told: Sequence[str]) -> Any:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return _value((root.get("$defs") or root.get("definitions") or {})[name], root, told)
    for options in ("anyOf", "oneOf", "allOf"):
        if options in schema:
            return _value(schema[options][0], root, told)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {
            name: _value(one, root, told[number % len(told) :] or told)
            for number, (name, one) in enumerate((schema.get("properties") or {}).items())
        }
    if kind == "array":
        return [_value(schema.get("items") or {"type": "string"}, root, told)]
    return {"string": told[0], "integer": 1, "number": 0.5, "boolean": False, "null": None}[kind]
