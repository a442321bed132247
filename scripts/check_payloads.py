"""Checks what the bot sent to the local platforms against the platforms' own descriptions.

``make payloads SCHEMAS=DIR`` records what the tests make the bot send and checks it. DIR holds
``slack.schema.json`` (JSON schema: ``Args_<method with _>`` and the types of blocks and views) and
``discord-openapi.json`` (OpenAPI 3.1). Lines of ``build/payloads/slack.jsonl`` are
``{"method", "payload"}``, those of ``discord.jsonl`` ``{"method", "path", "body"}``. Exits with 1
on any mistake, and where nothing was recorded.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
# Arguments that Slack documents and the types leave out.
MORE_ARGUMENTS = {"Args_files_getUploadURLExternal": {"alt_txt"}}
# What discord.py sends along and the description leaves out; Discord does not mind.
MORE_PROPERTIES = {
    "ApplicationCommandUpdateRequest": "nsfw",
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": "tts",
    "IncomingWebhookUpdateRequestPartial": "tts",
    "MessageEditRequestPartial": "tts",
}
# What is no method, but carries blocks or a view all the same.
LOOSE = ("blocks", "view")


class Slack:
    """Checks calls of Slack's Web API.

    The types allow any block with a ``type`` and any property: here only known blocks and named
    properties are allowed, as Slack itself does.
    """

    def __init__(self, schema: Json) -> None:
        self._definitions: Json = _closed(schema["definitions"])
        for name, more in MORE_ARGUMENTS.items():
            for one in self._variants(self._definitions[name]):
                one["properties"].update(dict.fromkeys(more, True))
        self._validators: dict[str, Validator] = {}

    def check(self, line: Json) -> tuple[list[str], bool]:
        """The mistakes of a line, and whether there was a description to check it against."""
        payload = {name: value for name, value in line["payload"].items() if value is not None}
        name = "Args_" + line["method"].replace(".", "_")
        if name in self._definitions:
            return list(told(self._validator({"$ref": f"#/definitions/{name}"}), payload)), True
        loose = [one for one in LOOSE if payload.get(one)]
        return [text for one in loose for text in self._loose(one, payload[one])], bool(loose)

    def _loose(self, name: str, value: Any) -> Iterator[str]:
        known = {"$ref": "#/definitions/KnownBlock"}
        shape = {"type": "array", "items": known}
        if name == "view":
            shape = {"$ref": "#/definitions/View"}
        yield from told(self._validator(shape), value)

    def _validator(self, shape: Json) -> Validator:
        key = json.dumps(shape)
        if key not in self._validators:
            whole = {**shape, "definitions": self._definitions}
            if "$ref" in shape:
                whole = {"allOf": [shape], "definitions": self._definitions}
            self._validators[key] = Draft7Validator(whole)
        return self._validators[key]

    def _variants(self, schema: Json) -> Iterator[Json]:
        if "$ref" in schema:
            yield from self._variants(self._definitions[schema["$ref"].rpartition("/")[2]])
        elif "anyOf" in schema:
            for one in schema["anyOf"]:
                yield from self._variants(one)
        else:
            yield schema


def _closed(value: Any) -> Any:
    """The schema with nothing allowed that it does not name."""
    if isinstance(value, list):
        return [_closed(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _closed(one) for name, one in value.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    loose = {"$ref": "#/definitions/Block"}
    if loose in made.get("anyOf", []):
        made["anyOf"] = [one for one in made["anyOf"] if one != loose]
    return made


class Discord:
    """Checks bodies of Discord's HTTP API.

    The description allows any property: here only those that it names. It describes ids as
    strings; Discord takes them as numbers, too, and discord.py sends them so.
    """

    def __init__(self, description: Json) -> None:
        schemas = {name: _named(one) for name, one in description["components"]["schemas"].items()}
        if "SnowflakeType" in schemas:
            schemas["SnowflakeType"]["type"] = ["string", "integer"]
        for name, more in MORE_PROPERTIES.items():
            if name in schemas:
                schemas[name]["properties"][more] = True
        self._components = {"schemas": schemas}
        self._paths = [
            (re.compile(re.sub(r"\{[^/]+\}", "[^/]+", path) + "$"), path, operations)
            for path, operations in description["paths"].items()
        ]
        # Where two templates fit, the one with fewer gaps is meant.
        self._paths.sort(key=lambda one: one[1].count("{"))
        self._validators: dict[tuple[str, str], Validator] = {}

    def check(self, line: Json) -> tuple[list[str], bool]:
        """The mistakes of a line, and whether there was a description to check it against."""
        method, path = line["method"].lower(), re.sub(r"^/api(/v\d+)?", "", line["path"])
        path = path.partition("?")[0]
        for pattern, template, operations in self._paths:
            if pattern.match(path) and method in operations:
                return self._check(method, template, operations[method], line.get("body"))
        return [f"no such route: {line['method']} {path}"], True

    def _check(
        self, method: str, template: str, operation: Json, body: Any
    ) -> tuple[list[str], bool]:
        described = operation.get("requestBody")
        if described is None:
            return (["no body is taken"], True) if body else ([], False)
        if body is None:
            return (["a body is needed"] if described.get("required") else []), True
        key = method, template
        if key not in self._validators:
            kinds = described["content"]
            first = kinds.get("application/json") or next(iter(kinds.values()))
            whole = {"allOf": [first["schema"]], "components": self._components}
            self._validators[key] = Draft202012Validator(whole)
        return list(told(self._validators[key], body)), True


def _named(schema: Json) -> Json:
    """An object's schema with nothing allowed that it does not name."""
    if schema.get("type") == "object" and schema.get("properties"):
        return {"additionalProperties": False, **schema}
    return schema


def told(validator: Validator, value: Any) -> Iterator[str]:
    """Each mistake in words, with the place where it is."""
    for error in validator.iter_errors(value):
        deepest = _deepest(error)
        where = "/".join(str(one) for one in deepest.absolute_path)
        words = deepest.message
        if deepest.context and isinstance(deepest.instance, dict):
            words = f"nothing of this kind is taken here: {deepest.instance.get('type')!r}"
        yield f"/{where}: {words[:200]}"


def _deepest(error: ValidationError) -> ValidationError:
    """Of a choice between shapes, what is wrong with the one that was meant."""
    while error.context:
        nearest = min(_branches(error), key=_distance)
        if _distance(nearest)[0]:
            break
        error = max(nearest, key=lambda one: len(one.absolute_path))
    return error


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    found: dict[Any, list[ValidationError]] = {}
    for one in error.context or []:
        found.setdefault(one.schema_path[0], []).append(one)
    return list(found.values())


def _distance(errors: list[ValidationError]) -> tuple[bool, int, int]:
    """How far a shape is from being meant: one for another ``type`` is farthest."""
    deepest = max(len(one.absolute_path) for one in errors)
    return any(_other_kind(one) for one in errors), len(errors), -deepest


def _other_kind(error: ValidationError) -> bool:
    """Whether the shape is for something with another ``type`` than the value has."""
    path = list(error.relative_path)
    if error.context and not path:
        return all(any(_other_kind(one) for one in branch) for branch in _branches(error))
    return path == ["type"] and error.validator in {"const", "enum"}


def run(schemas: Path, payloads: Path) -> int:
    """Check all that was recorded and print what is wrong. Returns the exit code."""
    checkers: list[tuple[str, Any]] = []
    for name, file, kind in (
        ("slack", "slack.schema.json", Slack),
        ("discord", "discord-openapi.json", Discord),
    ):
        if (payloads / f"{name}.jsonl").exists():
            described = json.loads((schemas / file).read_text(encoding="utf-8"))
            checkers.append((name, kind(described)))
    if not checkers:
        print(f"nothing was recorded in {payloads}", file=sys.stderr)
        return 1
    wrong = 0
    for name, checker in checkers:
        wrong += _file(name, payloads / f"{name}.jsonl", checker)
    return 1 if wrong else 0


def _file(name: str, file: Path, checker: Any) -> int:
    checked, unknown, wrong = 0, Counter[str](), 0
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = json.loads(text)
        mistakes, described = checker.check(line)
        checked += described
        if not described:
            unknown[line["method"]] += 1
        for one in mistakes:
            print(f"{file.name}:{number}: {line['method']} {line.get('path', '')}: {one}")
        wrong += bool(mistakes)
    print(f"{name}: {checked} payloads checked, {wrong} wrong")
    if unknown:
        print(f"{name}: without a description: {dict(unknown)}")
    if not checked:
        print(f"{name}: nothing to check", file=sys.stderr)
    return wrong + (not checked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemas", type=Path, help="folder with the descriptions")
    parser.add_argument("--payloads", type=Path, default=ROOT / "build" / "payloads")
    given = parser.parse_args()
    sys.exit(run(given.schemas, given.payloads))


if __name__ == "__main__":
    main()
