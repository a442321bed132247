"""What an agent shows beside its messages: a status, prompts, titles, the state of a session."""

from __future__ import annotations

from tests.slackserver.chat import author, thread_of
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method
from tests.slackserver.world import Channel, Json

STATUS_LIFE_S = 120.0


def _place(call: Call) -> tuple[Channel, str]:
    """Channel and thread; the thread must be there where one is named."""
    (given,) = call.need("channel_id")
    channel = call.world.channel(call.team, given, writing=True)
    thread = call.args.get("thread_ts")
    return channel, thread_of(channel, thread) if thread else ""


@method("assistant.threads.setStatus", tier=600)
def set_status(call: Call) -> Json:
    call.need("channel_id", "thread_ts")
    if not call.may("assistant:write") and not call.may("chat:write"):
        raise RefusedError("missing_scope", more={"needed": "assistant:write"})
    channel, thread = _place(call)
    status = call.args.get("status")
    if not isinstance(status, str):
        raise wrong("invalid_arguments", ["must be a string [json-pointer:/status]"])
    loading = call.args.get("loading_messages") or []
    if len(loading) > 10:
        raise wrong("invalid_arguments", ["no more than 10 items [json-pointer:/loading_messages]"])
    shown = {"status": status, "loading_messages": loading, **author(call)}
    shown["until"] = call.world.clock.now() + STATUS_LIFE_S
    # An empty status takes it away.
    call.team.statuses.pop((channel.id, thread), None)
    if status:
        call.team.statuses[channel.id, thread] = shown
    call.world.on_change()
    return {}


@method("assistant.threads.setTitle", scope="assistant:write", tier=50)
def set_title(call: Call) -> Json:
    call.need("channel_id", "thread_ts", "title")
    channel, thread = _place(call)
    call.team.titles[channel.id, thread] = str(call.args["title"])
    return {}


@method("assistant.threads.setSuggestedPrompts", scope="assistant:write", tier=50)
def set_prompts(call: Call) -> Json:
    channel, thread = _place(call)
    prompts = call.args.get("prompts")
    if not isinstance(prompts, list) or not prompts:
        raise wrong("invalid_arguments", ["no fewer than 1 items [json-pointer:/prompts]"])
    for number, one in enumerate(prompts):
        if not isinstance(one, dict) or not one.get("title") or not one.get("message"):
            raise wrong("invalid_arguments", [f"title, message [json-pointer:/prompts/{number}]"])
    # Slack shows four and says nothing of the others.
    shown = {"title": call.args.get("title", ""), "prompts": prompts[:4]}
    call.team.prompts[channel.id, thread] = shown
    call.world.on_change()
    return {}


@method("agents.sessions.setStatus", scope="chat:write", tier=100)
def set_session(call: Call) -> Json:
    call.need("channel_id", "status")
    channel, thread = _place(call)
    kept = {one: call.args[one] for one in ("status", "title") if one in call.args}
    found = call.team.sessions.setdefault((channel.id, thread), {})
    found.update(kept, **author(call))
    call.world.on_change()
    return {}


@method("agents.sessions.rename", scope="chat:write", tier=50)
def rename_session(call: Call) -> Json:
    (_, title) = call.need("channel_id", "title")
    channel, thread = _place(call)
    if (channel.id, thread) not in call.team.sessions:
        raise RefusedError("session_not_found")
    call.team.sessions[channel.id, thread]["title"] = title
    return {}
