"""Calls of Slack's Web API, typed; and what its errors mean for a reply."""

from __future__ import annotations

from typing import Any, cast

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.inbox.contract import DeliveryError, TryLaterError, UndeliverableError

Answer = dict[str, Any]
# The place is gone, or closed to us; another may be open.
CLOSED = frozenset(
    {
        "cannot_reply_to_message",
        "channel_is_archived",
        "channel_not_found",
        "is_archived",
        "message_not_found",
        "messages_tab_disabled",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_locked",
        "thread_not_found",
    }
)
# Nothing reaches this person, or nothing comes from us any more.
GONE = frozenset(
    {
        "access_denied",
        "account_inactive",
        "cannot_dm_bot",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
    }
)
# What we sent is refused as it is.
REFUSED = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "metadata_must_be_sent_from_app",
        "msg_blocks_too_long",
        "msg_too_long",
    }
)
# The workspace, or this place, has no such feature.
LACKING = frozenset(
    {
        "channel_type_not_supported",
        "deprecated_endpoint",
        "feature_not_enabled",
        "method_deprecated",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "not_allowed",
        "not_allowed_token_type",
        "not_supported",
        "unknown_method",
    }
)
_WAIT_S = 5.0


class Web:
    """A client of one token. All calls raise SlackApiError when Slack refuses."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = cast(Any, client)

    async def call(self, method: str, **arguments: Any) -> Answer:
        """Call a method that takes JSON; arguments that are None are left out."""
        return await self._sent(method, json=_given(arguments))

    async def read(self, method: str, **arguments: Any) -> Answer:
        """Call a method that only takes a query."""
        given = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in _given(arguments).items()
        }
        return await self._sent(method, http_verb="GET", params=given)

    async def headers(self, method: str) -> tuple[Answer, dict[str, str]]:
        """The answer to a call without arguments, and its headers, names in small letters."""
        told = await self._client.api_call(method)
        return dict(told.data), {name.lower(): str(value) for name, value in told.headers.items()}

    async def _sent(self, method: str, **how: Any) -> Answer:
        told = await self._client.api_call(method, **how)
        return cast(Answer, told.data)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def code_of(error: SlackApiError) -> str:
    """Slack's name for an error."""
    response: Any = error.response
    try:
        return str(response.get("error") or "")
    except (AttributeError, ValueError):
        return ""


def wait_of(error: SlackApiError) -> float | None:
    """Seconds Slack wants us to wait; None when it refused for another reason."""
    response: Any = error.response
    status = getattr(response, "status_code", None)
    if status != 429 and code_of(error) not in {"ratelimited", "rate_limited"}:
        return None
    headers: dict[str, Any] = getattr(response, "headers", None) or {}
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                first = cast("list[str]", value)[0] if isinstance(value, list) else str(value)
                return max(0.1, float(first))
            except (TypeError, ValueError):
                break
    return _WAIT_S


def verdict(error: SlackApiError) -> DeliveryError | None:
    """What the inbox is to make of an error; None when the message may or may not be there."""
    wait, code = wait_of(error), code_of(error)
    if wait is not None:
        return TryLaterError(wait)
    if code in CLOSED | GONE | REFUSED:
        return UndeliverableError(code)
    return None
