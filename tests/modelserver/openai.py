"""OpenAI's chat completions: `/v1/chat/completions` and `/v1/models`."""

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
        *("messages", "model", "frequency_penalty", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "metadata", "modalities", "n"),
        *("parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key"),
        *("prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier"),
        *("seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature"),
        *("tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity"),
        "web_search_options",
    )
)
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_KINDS = {
    "body": ("invalid_request_error", None),
    "too_long": ("invalid_request_error", "context_length_exceeded"),
    "key": ("invalid_request_error", "invalid_api_key"),
    "path": ("invalid_request_error", None),
    "method": ("invalid_request_error", "method_not_supported"),
    "model": ("invalid_request_error", "model_not_found"),
    "busy": ("requests", "rate_limit_exceeded"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "fail": ("server_error", None),
    "overloaded": ("service_unavailable", None),
}


class OpenAi:
    """The wire."""

    name = "openai"
    prefix = "/v1/"
    chat = "/v1/chat/completions"
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def authorised(self, headers: Mapping[str, str], key: str) -> None:
        given = headers.get("Authorization", "")
        if not given.startswith("Bearer "):
            raise RefusedError("key", "You didn't provide an API key.")
        if given.removeprefix("Bearer ") != key:
            raise RefusedError("key", "Incorrect API key provided.")

    def read(self, body: Json) -> Request:
        known(body, _FIELDS, lambda name: f"Unrecognized request argument supplied: {name}")
        model = need(body, "model", str, required=True)
        lines = _lines(objects(need(body, "messages", list, required=True), "messages"))
        stream = bool(need(body, "stream", bool))
        options = need(body, "stream_options", dict)
        if options is not None and not stream:
            raise RefusedError(
                "body",
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                "stream_options",
            )
        within(need(body, "temperature", (int, float)), "temperature", 0, 2)
        within(need(body, "top_p", (int, float)), "top_p", 0, 1)
        within(need(body, "n", int), "n", 1, 1)
        most = [need(body, name, int) for name in ("max_completion_tokens", "max_tokens")]
        if None not in most:
            raise RefusedError(
                "body",
                "'max_tokens' and 'max_completion_tokens' can't be set at the same time.",
                "max_tokens",
            )
        tools = _tools(body)
        limit = most[0] if most[0] is not None else most[1]
        within(limit, "max_completion_tokens", 1, 128_000)
        prompt = Prompt(model, lines, tools, _forced(body, tools), _schema(body, lines), limit)
        return Request(prompt, stream, body)

    def script(self, request: Request, said: Said, use: Use) -> Script:
        base = {**self._base(request, "chat.completion.chunk"), "system_fingerprint": "fp_local"}
        # Real servers put padding of many lengths beside; clients must take what they don't know.
        with_use = bool((request.body.get("stream_options") or {}).get("include_usage"))
        more: Json = {"usage": None} if with_use else {}

        def piece(delta: Json, finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return sse(_dump({**base, "choices": [choice], **more, "obfuscation": "x"}))

        def tail(finish: Finish) -> Sequence[bytes]:
            ends = [piece({}, finish)]
            if with_use:
                ends.append(sse(_dump({**base, "choices": [], "usage": _use(use)})))
            return [*ends, sse("[DONE]")]

        middle = [(piece({"content": one}), one) for one in tokens(said.text)]
        for number, call in enumerate(said.calls):
            head = {"id": f"call_{number}", "type": "function", "index": number}
            function = {"name": call.name, "arguments": ""}
            middle.append((piece({"tool_calls": [{**head, "function": function}]}), ""))
            for one in tokens(call.arguments):
                part = {"index": number, "function": {"arguments": one}}
                middle.append((piece({"tool_calls": [part]}), one))
        begun = {"role": "assistant", "content": None if said.calls else "", "refusal": None}
        return Script([piece(begun)], middle, tail)

    def whole(self, request: Request, said: Said, use: Use) -> Json:
        message: Json = {"role": "assistant", "content": said.text or None, "refusal": None}
        if said.calls:
            message["tool_calls"] = [
                {
                    "id": f"call_{number}",
                    "type": "function",
                    "function": {"name": one.name, "arguments": one.arguments},
                }
                for number, one in enumerate(said.calls)
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": said.finish}
        return {
            **self._base(request, "chat.completion"),
            "choices": [choice],
            "usage": _use(use),
            "system_fingerprint": "fp_local",
        }

    def refusal(self, error: RefusedError) -> tuple[int, Json]:
        kind, code = _KINDS[error.reason]
        body = {"message": error.message, "type": kind, "param": error.param, "code": code}
        return STATUS[error.reason], {"error": body}

    def broken(self) -> bytes:
        error = {"message": "The server had an error.", "type": "server_error", "code": None}
        return sse(_dump({"error": {**error, "param": None}}))

    def models(self, names: Sequence[str]) -> Json:
        found = [{"id": one, "object": "model", "created": 0, "owned_by": "local"} for one in names]
        return {"object": "list", "data": found}

    def _base(self, request: Request, kind: str) -> Json:
        made = {"id": f"chatcmpl-{next(self._ids)}", "object": kind, "created": 1_800_000_000}
        return {**made, "model": request.prompt.model, "service_tier": "default"}


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _use(use: Use) -> Json:
    return {
        "prompt_tokens": use.prompt,
        "completion_tokens": use.answer,
        "total_tokens": use.prompt + use.answer,
        "prompt_tokens_details": {"cached_tokens": use.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _lines(messages: Sequence[Json]) -> list[Line]:
    if not messages:
        raise RefusedError(
            "body",
            "Invalid 'messages': empty array. Expected an array with minimum length 1.",
            "messages",
        )
    lines: list[Line] = []
    for number, one in enumerate(messages):
        place = f"messages[{number}]"
        role = one.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            raise RefusedError(
                "body",
                f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, _ROLES))}.",
                f"{place}.role",
            )
        content = one.get("content")
        if content is None and not (role == "assistant" and one.get("tool_calls")):
            raise RefusedError(
                "body",
                "Invalid value for 'content': expected a string, got null.",
                f"{place}.content",
            )
        if role == "tool" and not one.get("tool_call_id"):
            raise RefusedError(
                "body",
                f"Missing required parameter: '{place}.tool_call_id'.",
                f"{place}.tool_call_id",
            )
        lines.append(Line(_ROLES[role], _text(content, f"{place}.content")))  # pyright: ignore
    return lines


def _text(content: Any, place: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    parts = objects(content, place)
    for part in parts:
        if part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise RefusedError("body", f"Invalid value for '{place}': only text is taken.", place)
    return "\n".join(str(part["text"]) for part in parts)


def _tools(body: Json) -> list[Tool]:
    found: list[Tool] = []
    for number, one in enumerate(objects(need(body, "tools", list) or [], "tools")):
        function = one.get("function")
        if one.get("type") != "function" or not isinstance(function, dict):
            raise RefusedError(
                "body",
                f"Missing required parameter: 'tools[{number}].function'.",
                f"tools[{number}]",
            )
        name = need(function, "name", str, required=True)
        found.append(Tool(name, function.get("parameters") or {}))
    return found


def _forced(body: Json, tools: Sequence[Tool]) -> str | None:
    choice = body.get("tool_choice")
    if choice is None or choice in ("none", "auto"):
        return None
    if not tools:
        raise RefusedError(
            "body", "'tool_choice' is only allowed when 'tools' are specified.", "tool_choice"
        )
    if choice == "required":
        return tools[0].name
    name = (choice.get("function") or {}).get("name") if isinstance(choice, dict) else None
    if name not in {tool.name for tool in tools}:
        raise RefusedError("body", "Tool choice names no tool of 'tools'.", "tool_choice")
    return str(name)


def _schema(body: Json, lines: Sequence[Line]) -> Mapping[str, Any] | None:
    wanted = need(body, "response_format", dict)
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        if not any("json" in line.text.lower() for line in lines):
            raise RefusedError(
                "body",
                "'messages' must contain the word 'json' in some form, to "
                "use 'response_format' of type 'json_object'.",
                "messages",
            )
        return {}
    held = wanted.get("json_schema")
    if wanted.get("type") != "json_schema" or not isinstance(held, dict):
        raise RefusedError("body", "Invalid value for 'response_format'.", "response_format")
    need(held, "name", str, required=True)
    schema = need(held, "schema", dict, required=True)
    if held.get("strict"):
        _strict(schema, "")
    return schema


def _strict(schema: Any, place: str) -> None:
    """OpenAI's strict schemas name all properties as required and allow no others."""
    if isinstance(schema, list):
        for one in schema:
            _strict(one, place)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and "properties" in schema:
        listed = set(schema.get("required", ()))
        if schema.get("additionalProperties") is not False or listed != set(schema["properties"]):
            raise RefusedError(
                "body",
                f"Invalid schema for response_format: In context={place}, "
                "'additionalProperties' is required to be supplied and to be false, and "
                "'required' is required to include every key in properties.",
                "response_format",
            )
    for name, one in schema.items():
        _strict(one, f"{place}.{name}")
