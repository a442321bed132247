"""The local Slack against the real slack-bolt and slack-sdk, in both modes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server
from tests.slackserver.small_app import MODAL, client_of, refused, serving, small_app


@pytest.fixture
async def space(server: Server) -> Workspace:
    return Workspace(server)


@pytest.fixture
async def heard(server: Server, space: Workspace) -> AsyncIterator[list[dict[str, Any]]]:
    app, heard = small_app(server, space.token)
    async with serving(server, app):
        yield heard


async def test_a_message_is_answered_in_its_thread(
    server: Server, space: Workspace, heard: list[dict[str, Any]]
) -> None:
    ada = space.user("U1")
    said = ada.dm("hi")
    await server.until(lambda: len(ada.sees(thread=said)) == 2)
    answer = ada.last(thread=said)
    assert answer.text == "You said hi"
    assert answer.body["bot_id"] == space.team.bot
    assert heard[0]["channel_type"] == "im"
    server.check()


async def test_a_mention_comes_as_two_events_of_one_message(
    server: Server, space: Workspace, heard: list[dict[str, Any]]
) -> None:
    space.channel("C1", "U1")
    said = space.user("U1").mention("C1", "help me")
    await server.until(lambda: len(heard) == 2)
    assert {one["type"] for one in heard} == {"message", "app_mention"}
    assert {one["ts"] for one in heard} == {said.ts}
    space.again(said)
    await server.until(lambda: len(heard) == 4)
    await space.settled()
    assert len(heard) == 4
    assert all(one.taken for one in server.sent)


async def test_a_command_opens_a_modal_which_is_sent_in(
    server: Server, space: Workspace, heard: list[dict[str, Any]]
) -> None:
    ada = space.user("U1")
    ada.slash("/coach", "david")
    await server.until(lambda: ada.modal and ada.sees())
    assert ada.last().text == "The coaches, david"
    assert ada.last().only == "U1"
    with pytest.raises(AssertionError, match="filled in"):
        ada.submit({})
    await ada.submit({"goal": "?"}).done.wait()
    assert ada.modal is not None
    assert ada.form_errors == {"goal": "Say more"}
    await ada.submit({"goal": "lead"}).done.wait()
    assert ada.modal is None
    server.check()


async def test_a_button_is_answered_to_the_one_who_pressed_it(
    server: Server, space: Workspace, heard: list[dict[str, Any]]
) -> None:
    ada = space.user("U1")
    said = ada.dm("hi")
    await server.until(lambda: len(ada.sees(thread=said)) == 2)
    with pytest.raises(AssertionError, match="no 'Pick Eva'"):
        ada.click(ada.last(thread=said), "Pick Eva")
    ada.click(ada.last(thread=said), "Pick David")
    await server.until(lambda: ada.last().text == "Picked david")
    assert ada.last().only == "U1"
    ada.reload()
    assert ada.last().text == "You said hi"


async def test_edits_and_deletions_are_told(
    server: Server, space: Workspace, heard: list[dict[str, Any]]
) -> None:
    space.channel("C1", "U1")
    ada = space.user("U1")
    said = ada.say("C1", "hi")
    ada.edit(said, "hello")
    ada.delete(said)
    await server.until(lambda: len(heard) == 3)
    by_kind = {one.get("subtype"): one for one in heard}
    assert by_kind["message_changed"]["message"]["text"] == "hello"
    assert by_kind["message_changed"]["previous_message"]["text"] == "hi"
    assert by_kind["message_deleted"]["deleted_ts"] == said.ts


LONG = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
PICK = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Pick"}}


@pytest.mark.parametrize(
    ("blocks", "word"),
    [
        ([LONG], "/blocks/0/text/text"),
        ([{"type": "divider"}] * 51, "no more than 50"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "151"),
        ([{"type": "actions", "elements": [PICK, PICK]}], "already exists"),
        ([{"type": "actions", "elements": [PICK | {"value": "x" * 2001}]}], "2001"),
        ([{"type": "actions", "elements": [PICK | {"colour": "red"}]}], "additional property"),
        ([{"type": "markdown", "text": "x" * 6001}] * 2, "together"),
        ([{"type": "poem"}], "unsupported type"),
    ],
)
async def test_wrong_blocks_are_refused_and_named(
    client: AsyncWebClient, blocks: list[dict[str, Any]], word: str
) -> None:
    with pytest.raises(SlackApiError) as error:
        await client.chat_postMessage(channel="D1", text="x", blocks=blocks)
    assert error.value.response["error"] == "invalid_blocks"
    assert word in str(error.value.response["errors"])


async def test_what_slack_refuses_is_refused(home: Workspace, client: AsyncWebClient) -> None:
    home.channel("C2", "U2", bot=False)
    home.channel("C3", "U2", private=True, bot=False)
    post = client.chat_postMessage
    empty = client.api_call("chat.postMessage", json={"channel": "D1"})
    assert await refused(empty) == "no_text"
    assert await refused(post(channel="D1", markdown_text="x" * 12_001)) == "msg_too_long"
    assert await refused(post(channel="D1", text="x" * 40_001)) == "msg_too_long"
    assert await refused(post(channel="C2", text="x")) == "not_in_channel"
    assert await refused(post(channel="C3", text="x")) == "channel_not_found"
    assert await refused(post(channel="D1", text="x", thread_ts="1.0")) == "thread_not_found"
    home.archive("C1")
    assert await refused(post(channel="C1", text="x")) == "is_archived"
    home.deactivate("U1")
    assert await refused(post(channel="D1", text="x")) == "channel_not_found"
    said = home.user("U2").dm("mine")
    update = client.chat_update(channel=said.channel, ts=said.ts, text="ours")
    assert await refused(update) == "cant_update_message"
    update = client.chat_update(channel=said.channel, ts="1.0", text="ours")
    assert await refused(update) == "message_not_found"


async def test_tokens_are_checked(api: Server, home: Workspace, client: AsyncWebClient) -> None:
    nobody = client_of(api, "xoxb-unknown")
    assert await refused(nobody.auth_test()) == "invalid_auth"
    api.world.grant("T1", "xoxb-few", frozenset({"chat:write"}))
    few = client_of(api, "xoxb-few")
    named = few.chat_postMessage(channel="D1", text="x", username="David")
    assert await refused(named) == "missing_scope"
    assert await refused(few.conversations_open(users="U1")) == "missing_scope"
    assert (await client.auth_test())["bot_id"] == home.team.bot
    home.revoke()
    assert await refused(client.auth_test()) == "token_revoked"


async def test_an_unknown_method_is_an_error_that_no_test_passes_with(
    api: Server, client: AsyncWebClient
) -> None:
    assert await refused(client.api_call("chat.shout", json={})) == "unknown_method"
    with pytest.raises(AssertionError, match="unknown method"):
        api.check()


async def test_a_stream_grows_ends_and_takes_no_more(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    ada = home.user("U1")
    said = ada.dm("hi")
    stream = await client.chat_stream(channel="D1", thread_ts=said.ts, buffer_size=1)
    await stream.append(markdown_text="Hello ")
    await stream.append(markdown_text="Ada")
    assert ada.last().text == "Hello Ada"
    assert ada.last().streaming
    await stream.stop(markdown_text=".", metadata={"event_type": "r", "event_payload": {"k": "1"}})
    assert ada.last().text == "Hello Ada."
    more = client.chat_appendStream(channel="D1", ts=ada.last().ts, markdown_text="x")
    assert await refused(more) == "message_not_in_streaming_state"
    first = await client.chat_startStream(channel="D1", thread_ts=said.ts, markdown_text="x")
    api.clock.advance(301)
    late = client.chat_appendStream(channel="D1", ts=first["ts"], markdown_text="x")
    assert await refused(late) == "message_not_in_streaming_state"
    said = ada.say("C1", "hi")
    open_ = client.chat_startStream(channel="C1", thread_ts=said.ts)
    assert await refused(open_) == "missing_recipient_user_id"


async def test_a_killed_stream_can_be_changed_as_a_message(
    home: Workspace, client: AsyncWebClient
) -> None:
    said = home.user("U1").dm("hi")
    first = await client.chat_startStream(channel="D1", thread_ts=said.ts, markdown_text="x")
    assert home.kill_streams() == 1
    stop = client.chat_stopStream(channel="D1", ts=first["ts"], markdown_text="x")
    assert await refused(stop) == "message_not_in_streaming_state"
    await client.chat_update(channel="D1", ts=first["ts"], text="whole")
    assert home.user("U1").last().text == "whole"


async def test_a_trigger_opens_one_view_within_three_seconds(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    ada = home.user("U1")
    given = ada.slash("/coach").payload["trigger_id"]
    api.clock.advance(3.5)
    assert await refused(client.views_open(trigger_id=given, view=MODAL)) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2", view=MODAL)) == "invalid_trigger_id"
    given = ada.slash("/coach").payload["trigger_id"]
    await client.views_open(trigger_id=given, view=MODAL)
    again = client.views_open(trigger_id=given, view=MODAL)
    assert await refused(again) == "exchanged_trigger_id"
    long = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
    given = ada.slash("/coach").payload["trigger_id"]
    assert await refused(client.views_open(trigger_id=given, view=long)) == "invalid_arguments"


async def test_metadata_is_given_out_only_when_it_is_asked_for(
    home: Workspace, client: AsyncWebClient
) -> None:
    said = home.user("U1").dm("hi")
    mark = {"event_type": "rocket_reply", "event_payload": {"key": "7", "part": 1}}
    await client.chat_postMessage(channel="D1", thread_ts=said.ts, text="x", metadata=mark)
    plain = await client.conversations_replies(channel="D1", ts=said.ts)
    assert [one["text"] for one in plain["messages"]] == ["hi", "x"]
    assert "metadata" not in plain["messages"][1]
    whole = await client.conversations_replies(
        channel="D1", ts=said.ts, include_all_metadata=True, limit=5
    )
    assert whole["messages"][1]["metadata"] == mark
    assert await refused(client.conversations_replies(channel="D1", ts="1.0")) == "thread_not_found"


async def test_workspaces_that_share_ids_are_apart(api: Server, home: Workspace) -> None:
    other = Workspace(api, "T2", name="Beta")
    other.channel("C1", "U1")
    await client_of(api, other.token).chat_postMessage(channel="C1", text="to beta")
    assert other.user("U1").last("C1").text == "to beta"
    assert home.user("U1").sees("C1") == []


async def test_a_storm_names_the_seconds_and_the_client_waits(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    home.user("U1").dm("hi")
    api.faults.storm("chat.postMessage", times=1, retry_after=1)
    await client.chat_postMessage(channel="D1", text="after the storm")
    assert [one.answer["ok"] for one in api.called("chat.postMessage")] == [False, True]
    api.limits.distributed = True
    await client.conversations_history(channel="D1")
    client.retry_handlers.clear()
    with pytest.raises(SlackApiError) as error:
        await client.conversations_history(channel="D1")
    assert error.value.response.status_code == 429
    assert error.value.response.headers["Retry-After"] == "60"
    api.clock.advance(60)
    await client.conversations_history(channel="D1")
