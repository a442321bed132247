"""Ollama's chat: `/api/chat`, a line of JSON for each piece."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.modelserver.errors import STATUS, RefusedError, known, need
from tests.modelserver.speech import Finish, Json, Line, Prompt, Said, Tool, tokens
from tests.modelserver.wires import Request, Script, Use, objects

_FIELDS = frozenset(
    (
        *("model", "messages", "tools", "format", "options", "stream", "keep_alive", "think"),
        *("logprobs", "top_logprobs"),
    )
)
_AT = "2026-01-01T00:00:00Z"
_ROLES = {"system", "user", "assistant", "tool"}


class Ollama:
    """The wire; it knows no keys."""

    name = "ollama"
    prefix = "/api/"
    chat = "/api/chat"
    content_type = "application/x-ndjson"

    def authorised(self, headers: Mapping[str, str], key: str) -> None:
        return

    def read(self, body: Json) -> Request:
        known(body, _FIELDS, lambda name: f"unknown field: {name}")
        model = need(body, "model", str, required=True)
        lines: list[Line] = []
        for one in objects(need(body, "messages", list) or [], "messages"):
            if one.get("role") not in _ROLES or not isinstance(one.get("content"), str):
                raise RefusedError("body", f"invalid message: {one.get('role')!r}")
            lines.append(Line(one["role"], one["content"]))
        tools = [
            Tool(str(one["function"]["name"]), one["function"].get("parameters") or {})
            for one in objects(need(body, "tools", list) or [], "tools")
        ]
        wanted = body.get("format")
        schema: Mapping[str, Any] | None = wanted if isinstance(wanted, dict) else None
        if wanted == "json":
            schema = {}
        most = (need(body, "options", dict) or {}).get("num_predict")
        # Ollama streams unless it is told not to.
        stream = need(body, "stream", bool)
        prompt = Prompt(model, lines, tools, None, schema, most)
        return Request(prompt, stream is None or stream, body)

    def script(self, request: Request, said: Said, use: Use) -> Script:
        base = {"model": request.prompt.model, "created_at": _AT}

        def piece(text: str, calls: list[Json] | None = None) -> bytes:
            message: Json = {"role": "assistant", "content": text}
            if calls:
                message["tool_calls"] = calls
            return _line({**base, "message": message, "done": False})

        middle = [(piece(one), one) for one in tokens(said.text)]
        if said.calls:
            middle.append((piece("", _calls(said)), ""))

        def tail(finish: Finish) -> Sequence[bytes]:
            message = {"role": "assistant", "content": ""}
            return [_line({**base, "message": message, "done": True, **_end(finish, use)})]

        return Script([], middle, tail)

    def whole(self, request: Request, said: Said, use: Use) -> Json:
        message: Json = {"role": "assistant", "content": said.text}
        if said.calls:
            message["tool_calls"] = _calls(said)
        base = {"model": request.prompt.model, "created_at": _AT, "message": message}
        return {**base, "done": True, **_end(said.finish, use)}

    def refusal(self, error: RefusedError) -> tuple[int, Json]:
        return STATUS[error.reason], {"error": error.message}

    def broken(self) -> bytes:
        return _line({"error": "the model runner has unexpectedly stopped"})

    def models(self, names: Sequence[str]) -> Json:
        return {"models": [{"name": one, "model": one, "modified_at": _AT} for one in names]}


def _line(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _calls(said: Said) -> list[Json]:
    return [
        {"function": {"name": one.name, "arguments": json.loads(one.arguments)}}
        for one in said.calls
    ]


def _end(finish: Finish, use: Use) -> Json:
    return {
        "done_reason": "length" if finish == "length" else "stop",
        "total_duration": 1_000_000,
        "load_duration": 1_000,
        "prompt_eval_count": use.prompt,
        "prompt_eval_duration": 1_000,
        "eval_count": use.answer,
        "eval_duration": 1_000,
    }
