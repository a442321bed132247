"""What Discord answers when it does not do something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """A REST error.

    Attributes:
        status: of the HTTP answer.
        code: Discord's own number of the error; 0 where there is none.
        message: its sentence.
        headers, more: go with the answer.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def body(self) -> Json:
        return {"message": self.message, "code": self.code, **self.more}


def unauthorized() -> RefusedError:
    return RefusedError(401, 0, "401: Unauthorized")


def no_access() -> RefusedError:
    return RefusedError(403, 50001, "Missing Access")


def no_permission() -> RefusedError:
    return RefusedError(403, 50013, "Missing Permissions")


_UNKNOWN = {
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Member": 10007,
    "Message": 10008,
    "User": 10013,
    "Emoji": 10014,
    "Webhook": 10015,
    "Interaction": 10062,
    "Application Command": 10063,
}


def unknown(what: str) -> RefusedError:
    """404 for something that is not there: ``unknown("Channel")``."""
    return RefusedError(404, _UNKNOWN[what], f"Unknown {what}")


def archived() -> RefusedError:
    return RefusedError(400, 50083, "Thread is archived")


class Problems:
    """What is wrong with a body, gathered with the path of each part."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(
        self, path: tuple[str | int, ...], value: str | None, most: int, least: int = 0
    ) -> None:
        """``value`` has ``least`` to ``most`` characters; None is not looked at."""
        if value is None:
            return
        if not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif least <= len(value) <= most:
            return
        elif least:
            words = f"Must be between {least} and {most} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", words)
        else:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def required(self, path: tuple[str | int, ...]) -> None:
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def check(self) -> None:
        """Raise what was found, if anything."""
        if self._tree:
            raise RefusedError(400, 50035, "Invalid Form Body", more={"errors": self._tree})
