"""Anthropic's messages: `/v1/messages` and `/v1/models`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.modelserver.errors import STATUS, RefusedError, known, need, within
from tests.modelserver.speech import Finish, Json, Line, Prompt, Said, Tool, tokens
from tests.modelserver.wires import Request, Script, Use, objects, sse

_FIELDS = frozenset(
    (
        *("model", "messages", "max_tokens", "metadata", "service_tier", "stop_sequences"),
        *("stream", "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p"),
        *("output_config", "container", "cache_control"),
    )
)
_KINDS = {
    "body": "invalid_request_error",
    "too_long": "invalid_request_error",
    "key": "authentication_error",
    "path": "not_found_error",
    "method": "invalid_request_error",
    "model": "not_found_error",
    "busy": "rate_limit_error",
    "quota": "rate_limit_error",
    "fail": "api_error",
    "overloaded": "overloaded_error",
}
_STOPS: Mapping[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


class Anthropic:
    """The wire."""

    name = "anthropic"
    prefix = "/v1/"
    chat = "/v1/messages"
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def authorised(self, headers: Mapping[str, str], key: str) -> None:
        if "anthropic-version" not in headers:
            raise RefusedError("body", "anthropic-version: header is required")
        # The SDK sends it as a bearer since its second version; plain requests as x-api-key.
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in (headers.get("x-api-key"), bearer):
            raise RefusedError("key", "invalid x-api-key")

    def read(self, body: Json) -> Request:
        known(body, _FIELDS, lambda name: f"{name}: Extra inputs are not permitted")
        model = need(body, "model", str, required=True)
        most = need(body, "max_tokens", int, required=True)
        within(most, "max_tokens", 1, 128_000)
        within(need(body, "temperature", (int, float)), "temperature", 0, 1)
        stream = bool(need(body, "stream", bool))
        told = _Told()
        if body.get("system") is not None:
            told.take("system", body["system"], "system")
        for number, one in enumerate(
            objects(need(body, "messages", list, required=True), "messages")
        ):
            if one.get("role") not in {"user", "assistant"}:
                raise RefusedError(
                    "body", f"messages.{number}.role: Input should be 'user' or 'assistant'"
                )
            told.take(one["role"], one.get("content"), f"messages.{number}")
        if not any(line.role != "system" for line in told.lines):
            raise RefusedError("body", "messages: at least one message is required")
        tools = [
            Tool(need(one, "name", str, required=True), one.get("input_schema") or {})
            for one in objects(need(body, "tools", list) or [], "tools")
        ]
        prompt = Prompt(model, told.lines, tools, _forced(body, tools), _schema(body), most)
        return Request(prompt, stream, body, told.prefixes)

    def script(self, request: Request, said: Said, use: Use) -> Script:
        started = {**self._message(request), "usage": {**_use(use), "output_tokens": 1}}
        head = [_event({"type": "message_start", "message": started}), _event({"type": "ping"})]
        middle: list[tuple[bytes, str]] = []
        blocks: list[tuple[Json, str, str, str]] = []
        if said.text:
            blocks.append(({"type": "text", "text": ""}, "text_delta", "text", said.text))
        for number, call in enumerate(said.calls):
            block = {"type": "tool_use", "id": f"toolu_{number}", "name": call.name, "input": {}}
            blocks.append((block, "input_json_delta", "partial_json", call.arguments))
        for index, (block, kind, name, text) in enumerate(blocks):
            start = {"type": "content_block_start", "index": index, "content_block": block}
            middle.append((_event(start), ""))
            for one in tokens(text):
                delta = {"type": kind, name: one}
                piece = {"type": "content_block_delta", "index": index, "delta": delta}
                middle.append((_event(piece), one))
            middle.append((_event({"type": "content_block_stop", "index": index}), ""))

        def tail(finish: Finish) -> Sequence[bytes]:
            delta = {"stop_reason": _STOPS[finish], "stop_sequence": None}
            ended = {"type": "message_delta", "delta": delta, "usage": _use(use)}
            return [_event(ended), _event({"type": "message_stop"})]

        return Script(head, middle, tail)

    def whole(self, request: Request, said: Said, use: Use) -> Json:
        content: list[Json] = [{"type": "text", "text": said.text}] if said.text else []
        for number, one in enumerate(said.calls):
            made = {"type": "tool_use", "id": f"toolu_{number}", "name": one.name}
            content.append({**made, "input": json.loads(one.arguments)})
        stop = {"stop_reason": _STOPS[said.finish], "usage": _use(use)}
        return {**self._message(request), "content": content, **stop}

    def refusal(self, error: RefusedError) -> tuple[int, Json]:
        body = {"type": _KINDS[error.reason], "message": error.message}
        status = 529 if error.reason == "overloaded" else STATUS[error.reason]
        return status, {"type": "error", "error": body, "request_id": "req_local"}

    def broken(self) -> bytes:
        error = {"type": "overloaded_error", "message": "Overloaded"}
        return _event({"type": "error", "error": error})

    def models(self, names: Sequence[str]) -> Json:
        made = {"type": "model", "created_at": "2026-01-01T00:00:00Z"}
        found = [{**made, "id": one, "display_name": one} for one in names]
        return {"data": found, "has_more": False, "first_id": names[0], "last_id": names[-1]}

    def _message(self, request: Request) -> Json:
        return {
            "id": f"msg_{next(self._ids)}",
            "type": "message",
            "role": "assistant",
            "model": request.prompt.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }


class _Told:
    """The messages of a request, and the beginnings that are marked for the cache."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.prefixes: list[str] = []
        self._text = ""

    def take(self, role: Any, content: Any, place: str) -> None:
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        parts: list[str] = []
        for part in objects(content, place):
            if part.get("type") != "text" or not isinstance(part.get("text"), str):
                raise RefusedError("body", f"{place}.content: only text is taken here")
            if not part["text"].strip():
                raise RefusedError(
                    "body", f"{place}: text content blocks must contain non-whitespace text"
                )
            parts.append(part["text"])
            self._text += f"\x00{role}\x01{part['text']}"
            if part.get("cache_control"):
                self.prefixes.append(self._text)
        if len(self.prefixes) > 4:
            raise RefusedError("body", "A maximum of 4 blocks with cache_control may be provided.")
        self.lines.append(Line(role, "\n".join(parts)))


def _event(value: Json) -> bytes:
    return sse(json.dumps(value, ensure_ascii=False, separators=(",", ":")), str(value["type"]))


def _use(use: Use) -> Json:
    return {
        "input_tokens": use.prompt - use.cached - use.written,
        "cache_creation_input_tokens": use.written,
        "cache_read_input_tokens": use.cached,
        "output_tokens": use.answer,
    }


def _forced(body: Json, tools: Sequence[Tool]) -> str | None:
    choice = need(body, "tool_choice", dict)
    if choice is None or choice.get("type") in {"auto", "none"}:
        return None
    if not tools:
        raise RefusedError("body", "tool_choice: may only be specified while providing tools")
    if choice.get("type") == "any":
        return tools[0].name
    if choice.get("name") not in {tool.name for tool in tools}:
        raise RefusedError("body", "tool_choice.name: no such tool")
    return str(choice["name"])


def _schema(body: Json) -> Mapping[str, Any] | None:
    wanted = (need(body, "output_config", dict) or {}).get("format")
    if wanted is None:
        return None
    if wanted.get("type") != "json_schema" or not isinstance(wanted.get("schema"), dict):
        raise RefusedError("body", "output_config.format: Invalid")
    return wanted["schema"]
