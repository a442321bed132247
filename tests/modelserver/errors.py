"""A request that is refused; each provider's wire gives it its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

Reason = Literal[
    "body", "key", "path", "method", "model", "busy", "quota", "fail", "overloaded", "too_long"
]
STATUS: Mapping[str, int] = {
    "body": 400,
    "too_long": 400,
    "key": 401,
    "path": 404,
    "model": 404,
    "method": 405,
    "busy": 429,
    "quota": 429,
    "fail": 500,
    "overloaded": 503,
}


class RefusedError(Exception):
    """The request is not taken.

    Attributes:
        reason: why, in the terms of this server.
        param: the field that is wrong.
        retry_after: seconds, for the header of that name.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.param = param
        self.retry_after = retry_after


def need(
    body: Mapping[str, Any], name: str, kind: type | tuple[type, ...], *, required: bool = False
) -> Any:
    """A field of the body, if it is of this kind."""
    value = body.get(name)
    if value is None:
        if required:
            raise RefusedError("body", f"Missing required parameter: '{name}'.", name)
        return None
    wrong = isinstance(value, bool) and kind is not bool
    if wrong or not isinstance(value, kind):
        got = type(value).__name__
        raise RefusedError("body", f"Invalid type for '{name}': got {got} instead.", name)
    return value


def known(body: Mapping[str, Any], fields: frozenset[str], told: Callable[[str], str]) -> None:
    """Refuses fields that do not exist."""
    for name in body:
        if name not in fields:
            raise RefusedError("body", told(name), name)


def within(value: float | None, name: str, least: float, most: float) -> None:
    """Refuses a number beyond its limits."""
    if value is not None and not least <= value <= most:
        raise RefusedError(
            "body", f"Invalid '{name}': expected a value between {least} and {most}.", name
        )
