"""Messages that grow while they are written."""

from __future__ import annotations

from typing import Any

from tests.slackserver.blocks import blocks_wrong
from tests.slackserver.chat import author, content, metadata_of, thread_of
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method, own
from tests.slackserver.world import STREAM_LIFE_S, Channel, Json, Message

APPEND = 12_000
_CHUNKS = {"markdown_text", "plan_update", "task_update", "blocks"}


def _given(args: Json, *, needed: bool) -> tuple[str, list[Json]]:
    """The text and the blocks of one append. Raises RefusedError."""
    text, chunks = args.get("markdown_text"), args.get("chunks")
    if text and chunks:
        raise wrong("invalid_arguments", ["markdown_text and chunks can't go together"])
    if needed and not text and not chunks:
        raise RefusedError("no_text")
    words, blocks = str(text or ""), list[Json]()
    for number, one in enumerate(chunks or []):
        more, made = _chunk(one, f"/chunks/{number}")
        words, blocks = words + more, blocks + made
    if len(words) > APPEND:
        raise RefusedError("msg_too_long")
    return words, blocks


def _chunk(one: Any, at: str) -> tuple[str, list[Json]]:
    kind = one.get("type") if isinstance(one, dict) else None
    if kind not in _CHUNKS:
        raise RefusedError("invalid_chunks", more={"errors": [f"unsupported type [{at}]"]})
    if kind == "markdown_text":
        if not isinstance(one.get("text"), str) or not one["text"]:
            raise RefusedError("invalid_chunks", more={"errors": [f"text is missing [{at}]"]})
        return one["text"], []
    if kind == "blocks":
        mistakes = blocks_wrong(one.get("blocks"), at=f"{at}/blocks")
        if mistakes:
            raise wrong("invalid_blocks", mistakes)
        return "", one["blocks"]
    return "", []


def _growing(call: Call) -> tuple[Channel, Message]:
    """The stream that is meant, while it lives."""
    given, ts = call.need("channel", "ts")
    channel = call.world.channel(call.team, given, writing=True)
    message = call.world.message(channel, ts)
    own(call, message, "message_not_owned_by_app")
    if not message.streaming:
        raise RefusedError("message_not_in_streaming_state")
    if call.world.clock.now() >= message.dies:
        end(message, "errored")
        raise RefusedError("message_not_in_streaming_state")
    return channel, message


def end(message: Message, state: str) -> None:
    """A stream takes no more."""
    message.dies = 0.0
    message.body["streaming_state"] = state


@method("chat.startStream", scope="chat:write", tier=20)
def start(call: Call) -> Json:
    given, thread = call.need("channel", "thread_ts")
    channel = call.world.channel(call.team, given, writing=True)
    if channel.kind != "im":
        for name in ("recipient_user_id", "recipient_team_id"):
            if not call.args.get(name):
                raise RefusedError(f"missing_{name}")
        call.world.user(call.team, str(call.args["recipient_user_id"]))
    words, blocks = _given(call.args, needed=False)
    body = {"text": words, "thread_ts": thread_of(channel, thread), **author(call)}
    if blocks:
        body["blocks"] = blocks
    body["streaming_state"] = "in_progress"
    call.team.statuses.pop((channel.id, body.get("thread_ts", "")), None)
    message = call.world.add(call.team, channel, body)
    message.dies = call.world.clock.now() + STREAM_LIFE_S
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream", scope="chat:write", tier=100)
def append(call: Call) -> Json:
    channel, message = _growing(call)
    words, blocks = _given(call.args, needed=True)
    _grow(message, words, blocks)
    call.world.on_change()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.stopStream", scope="chat:write", tier=20)
def stop(call: Call) -> Json:
    channel, message = _growing(call)
    words, blocks = _given(call.args, needed=False)
    last = call.args.get("blocks") or []
    if last:
        content({"blocks": last})
    metadata = metadata_of(call.args)
    _grow(message, words, [*blocks, *last])
    message.metadata = metadata or message.metadata
    end(message, "completed")
    call.world.change(call.team, channel, message, {"blocks": message.blocks})
    return {"channel": channel.id, "ts": message.ts, "message": message.shown(metadata=True)}


def _grow(message: Message, words: str, blocks: list[Json]) -> None:
    message.body["text"] = message.text + words
    if blocks:
        message.body["blocks"] = [*message.blocks, *blocks]
