"""What Slack answers when it does not do something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RefusedError(Exception):
    """A Web API error.

    Attributes:
        code: what stands in ``error``.
        status: of the HTTP answer; 200 for nearly all, as Slack does.
        headers, more: go with the answer.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.more}


def wrong(code: str, messages: list[str]) -> RefusedError:
    """An error that lists what is wrong with a payload, each with a JSON pointer."""
    lines = [f"[ERROR] {one}" for one in messages]
    return RefusedError(code, more={"errors": messages, "response_metadata": {"messages": lines}})
