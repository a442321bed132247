"""How the local Slack brings things to an app, and what happens around tokens and files."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.slackserver.auth import CLIENT_ID, CLIENT_SECRET
from tests.slackserver.driver import Workspace
from tests.slackserver.posts import signed
from tests.slackserver.server import APP_TOKEN, SIGNING_SECRET, Server
from tests.slackserver.small_app import MODAL, refused, serving, small_app


def stubborn(server: Server, token: str, times: int) -> tuple[AsyncApp, list[Any]]:
    """An app that fails at the first events; returns it and the retry numbers it was told."""
    app, _ = small_app(server, token)
    numbers: list[Any] = []

    @app.middleware
    async def _(req: Any, next_: Any, context: Any) -> Any:
        if "event" not in req.body:
            return await next_()
        numbers.append(req.headers.get("x-slack-retry-num", [None])[0])
        return BoltResponse(status=500) if len(numbers) <= times else await next_()

    return app, numbers


async def test_an_event_that_fails_comes_again_with_its_number(server: Server) -> None:
    space = Workspace(server)
    # More retries than Slack has, so that a slow machine is not taken for a deaf app.
    server.carrier.ack_s, server.carrier.retries_s = 1.0, (0.0,) * 20
    app, numbers = stubborn(server, space.token, times=2)
    async with serving(server, app):
        said = space.user("U1").dm("hi")
        await server.until(lambda: len(space.user("U1").sees(thread=said)) == 2)
        first = server.sent[0]
        await first.done.wait()
    assert [str(one or 0) for one in numbers[:3]] == ["0", "1", "2"]
    assert first.taken
    assert len(first.attempts) >= 2
    assert len({one.payload["event_id"] for one in space.events_of(said)}) == 1


async def test_an_event_is_given_up_after_three_retries(server: Server) -> None:
    space = Workspace(server)
    server.carrier.ack_s = 0.2
    app, _ = stubborn(server, space.token, times=99)
    async with serving(server, app):
        space.user("U1").dm("hi")
        await server.sent[0].done.wait()
    assert len(server.sent[0].attempts) == 4
    assert server.carrier.lost == server.sent


async def test_what_a_broken_connection_did_not_acknowledge_comes_on_the_next() -> None:
    server = Server()
    await server.start()
    space = Workspace(server)
    server.carrier.ack_s = 60.0
    app, _ = small_app(server, space.token)
    began, gate = asyncio.Event(), asyncio.Event()

    @app.middleware
    async def _(next_: Any) -> Any:
        began.set()
        await gate.wait()
        return await next_()

    async with serving(server, app):
        space.user("U1").dm("hi")
        await began.wait()
        await server.sockets.drop()
        gate.set()
        await asyncio.wait_for(server.sent[0].done.wait(), 30)
    assert server.sent[0].taken
    assert server.sent[0].attempts == ["connection_failed"]
    await server.close()


async def test_a_broken_connection_is_made_anew() -> None:
    server = Server()
    await server.start()
    space = Workspace(server)
    app, heard = small_app(server, space.token)
    async with serving(server, app):
        before = server.sockets.connections
        await server.sockets.drop()
        said = space.user("U1").dm("hi")
        await server.until(lambda: len(space.user("U1").sees(thread=said)) == 2)
        assert server.sockets.connections == before + 1
        await server.sockets.refresh()
        said = space.user("U1").dm("again")
        await server.until(lambda: len(space.user("U1").sees(thread=said)) == 2)
        assert server.sockets.connections == before + 2
    assert [one["text"] for one in heard if "bot_id" not in one] == ["hi", "again"]
    await server.close()


async def test_requests_are_signed_and_the_address_is_challenged() -> None:
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert verifier.is_valid_request("{}", signed(SIGNING_SECRET, "{}"))
    assert not verifier.is_valid_request("{}", signed("another secret", "{}"))
    assert not verifier.is_valid_request("{}", signed(SIGNING_SECRET, "{}", at=1))
    server = Server("http")
    await server.start()
    app, _ = small_app(server, Workspace(server).token)
    async with serving(server, app):
        assert await server.posts.verify()
    await server.close()


async def test_a_response_url_serves_five_times_and_half_an_hour(
    api: Server, home: Workspace
) -> None:
    ada = home.user("U1")
    first = ada.slash("/coach", channel="C1").payload["response_url"]
    second = ada.slash("/coach", channel="C1").payload["response_url"]
    async with aiohttp.ClientSession() as http:

        async def respond(url: str, **body: Any) -> int:
            async with http.post(url, json=body) as answer:
                return answer.status

        for _ in range(4):
            assert await respond(first, text="to you") == 200
        assert await respond(first, text="to all", response_type="in_channel") == 200
        assert await respond(first, text="x") == 404
        assert [one.text for one in home.user("U2").sees("C1")] == ["to all"]
        assert len(ada.sees("C1")) == 5
        assert await respond(second, blocks=[{"type": "poem"}]) == 400
        api.clock.advance(1801)
        assert await respond(second, text="late") == 404


async def test_an_ephemeral_message_is_replaced_and_deleted_by_its_button(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    await client.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=blocks)
    ada = home.user("U1")
    assert home.user("U2").sees("C1") == []
    clicked = ada.click(ada.last("C1"), "Go")
    assert clicked.payload["container"]["is_ephemeral"]
    assert "message" not in clicked.payload
    async with aiohttp.ClientSession() as http:
        url = clicked.payload["response_url"]
        await http.post(url, json={"text": "y", "replace_original": True})
        assert [one.text for one in ada.sees("C1")] == ["y"]
        await http.post(url, json={"delete_original": True})
        assert ada.sees("C1") == []
    outsider = client.chat_postEphemeral(channel="C1", user="U9", text="x")
    assert await refused(outsider) == "user_not_in_channel"


async def test_files_go_up_in_three_steps_and_come_down_with_a_token(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    ada = home.user("U1")
    root = ada.dm("hi")
    done = await client.files_upload_v2(
        content="a long reply", filename="plan.md", channel="D1", thread_ts=root.ts
    )
    shown = ada.last(thread=root).body["files"][0]
    assert shown["id"] == done["files"][0]["id"]
    sent = ada.upload("D1", "cv.txt", "my life", thread=root)
    assert api.sent[-1].event["subtype"] == "file_share"
    url = sent.body["files"][0]["url_private"]
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as answer:
            assert "Sign in" in await answer.text()
        async with http.get(url, headers={"Authorization": f"Bearer {home.token}"}) as answer:
            assert await answer.text() == "my life"
    api.check()


async def test_an_app_is_installed_renewed_and_uninstalled(api: Server) -> None:
    api.world.codes.rotation = True
    space = Workspace(api, "T7", installed=False)
    client = AsyncWebClient(base_url=api.api_url)
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    code = space.install("U1")
    wrong = client.oauth_v2_access(client_id=CLIENT_ID, client_secret="x", code=code)
    assert await refused(wrong) == "bad_client_secret"
    got = await client.oauth_v2_access(**app, code=code)
    assert await refused(client.oauth_v2_access(**app, code=code)) == "invalid_code"
    token = got["access_token"]
    assert (await client.auth_test(token=token))["team_id"] == "T7"
    api.clock.advance(got["expires_in"] + 1)
    assert await refused(client.auth_test(token=token)) == "token_expired"
    renew = {**app, "grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    new = await client.oauth_v2_access(**renew)
    assert await refused(client.oauth_v2_access(**renew)) == "invalid_refresh_token"
    await client.auth_test(token=new["access_token"])
    space.uninstall()
    assert await refused(client.auth_test(token=new["access_token"])) == "token_revoked"
    assert [one.event["type"] for one in api.sent[-2:]] == ["tokens_revoked", "app_uninstalled"]


async def test_faults_come_as_ordered(api: Server, home: Workspace, client: AsyncWebClient) -> None:
    ada = home.user("U1")
    ada.dm("hi")
    client.retry_handlers.clear()
    api.faults.fails("chat.postMessage")
    api.faults.fails("chat.postMessage", done=True)
    api.faults.hangs("chat.postMessage")
    api.faults.refuses("chat.postMessage", "fatal_error")
    for number in range(4):
        with pytest.raises((SlackApiError, aiohttp.ClientError)):
            await client.chat_postMessage(channel="D1", text=str(number))
    await client.chat_postMessage(channel="D1", text="4")
    assert [one.text for one in ada.sees()] == ["hi", "1", "2", "4"]


async def test_status_home_and_stop_are_seen(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    ada = home.user("U1")
    said = ada.dm("hi")
    await client.assistant_threads_setStatus(
        channel_id="D1", thread_ts=said.ts, status="is thinking", loading_messages=["Hm"]
    )
    assert ada.status(said) == "is thinking"
    api.clock.advance(121)
    assert ada.status(said) == ""
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    await client.views_publish(user_id="U1", view=view)
    assert ada.home is not None
    assert await refused(client.views_publish(user_id="U1", view=MODAL)) == "invalid_arguments"
    ada.open_home()
    assert api.sent[-1].event["view"]["id"] == ada.home["id"]
    first = await client.chat_startStream(channel="D1", thread_ts=said.ts, markdown_text="x")
    ada.stop(said)
    assert api.sent[-1].event["streaming_message_ts"] == [first["ts"]]
    prompts = [{"title": str(one), "message": "m"} for one in range(5)]
    await client.assistant_threads_setSuggestedPrompts(channel_id="D1", prompts=prompts)
    assert [one["title"] for one in ada.prompts()] == ["0", "1", "2", "3"]


async def test_history_comes_in_pages_and_roots_leave_tombstones(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    ada = home.user("U1")
    said = [ada.say("C1", str(one)) for one in range(5)]
    page = await client.conversations_history(channel="C1", limit=3)
    assert [one["text"] for one in page["messages"]] == ["4", "3", "2"]
    cursor = page["response_metadata"]["next_cursor"]
    page = await client.conversations_history(channel="C1", limit=3, cursor=cursor)
    assert [one["text"] for one in page["messages"]] == ["1", "0"]
    since = await client.conversations_history(channel="C1", oldest=said[2].ts)
    assert [one["text"] for one in since["messages"]] == ["4", "3"]
    ada.say("C1", "a reply", thread=said[0])
    ada.delete(said[0])
    event = api.sent[-1].event
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    ada.delete(said[1])
    assert api.sent[-1].event["subtype"] == "message_deleted"
    reply = client.chat_postMessage(channel="C1", text="x", thread_ts=said[1].ts)
    assert await refused(reply) == "thread_not_found"


async def test_people_and_channels_come_and_go(home: Workspace, client: AsyncWebClient) -> None:
    home.user("U3", tz="America/New_York", offset=-18000)
    shown = (await client.users_info(user="U3", include_locale=True))["user"]
    assert (shown["tz"], shown["locale"]) == ("America/New_York", "en-US")
    home.deactivate("U3")
    assert await refused(client.conversations_open(users="U3")) == "user_disabled"
    home.remove_bot("C1")
    assert await refused(client.conversations_replies(channel="C1", ts="1.0")) == "not_in_channel"
    await client.conversations_join(channel="C1")
    await client.chat_postMessage(channel="C1", text="back")


async def test_what_people_type_comes_escaped_and_with_links(api: Server, home: Workspace) -> None:
    said = home.user("U1").mention("C1", "a < b & c, see https://example.com or me@example.com")
    heard = api.sent[-1].event["text"]
    assert heard == said.text
    words = "a &lt; b &amp; c, see <https://example.com> or <mailto:me@example.com|me@example.com>"
    assert heard == f"<@{home.bot}> {words}"
    home.user("U1").edit(said, "a > b")
    assert api.sent[-1].event["message"]["text"] == "a &gt; b"


async def test_somebody_from_outside_is_told_apart(
    api: Server, home: Workspace, client: AsyncWebClient
) -> None:
    home.user("U8", team="T8")
    home.channel("C8", "U1", "U8")
    home.user("U8").mention("C8", "hi")
    assert api.sent[-1].payload["is_ext_shared_channel"]
    assert api.sent[-1].event["user_team"] == "T8"
    assert (await client.users_info(user="U8"))["user"]["is_stranger"]
    home.close_messages()
    assert await refused(client.chat_postMessage(channel="U1", text="x")) == "messages_tab_disabled"


async def test_an_organisation_installs_for_all_its_workspaces(api: Server) -> None:
    space = Workspace(api, "T7", enterprise="E1", installed=False, org_wide=True)
    client = AsyncWebClient(base_url=api.api_url)
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    got = await client.oauth_v2_access(**app, code=space.install("U1"))
    assert (got["team"], got["enterprise"]["id"]) == (None, "E1")
    space.user("U1").dm("hi")
    sent = api.sent[-1].payload
    assert sent["authorizations"][0]["is_enterprise_install"]
    assert (sent["team_id"], sent["enterprise_id"]) == ("T7", "E1")


async def test_a_connection_that_goes_as_it_comes_is_waited_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    await server.start()
    space = Workspace(server)
    sockets, gone = server.sockets, []

    def change() -> None:
        if sockets._open and not gone:
            gone.append(sockets._open[0])
            sockets._forget(gone[0])

    monkeypatch.setattr(sockets, "_on_change", change)
    said = space.user("U1").dm("hi")
    app, _ = small_app(server, space.token)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=app.client)
    await handler.connect_async()
    await server.until(lambda: gone)
    await handler.close_async()
    async with serving(server, app):
        await server.until(lambda: len(space.user("U1").sees(thread=said)) == 2)
    assert server.sent[0].taken
    await server.close()


async def test_only_the_right_app_token_opens_a_connection(api: Server) -> None:
    client = AsyncWebClient(base_url=api.api_url)
    assert (await client.apps_connections_open(app_token=APP_TOKEN))["url"].startswith("ws://")
    wrong = client.apps_connections_open(app_token="xapp-1-wrong")
    assert await refused(wrong) == "invalid_auth"


async def test_it_runs_by_itself_and_takes_orders() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.slackserver", stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    address = (await program.stdout.readline()).decode().strip()
    client = AsyncWebClient("xoxb-T1-1", base_url=f"{address}/api/")
    async with aiohttp.ClientSession() as http:

        async def order(act: str, **args: Any) -> Any:
            given = {"user": "U1", "act": act, "args": args}
            async with http.post(f"{address}/control", json=given) as answer:
                return await answer.json()

        said = await order("dm", text="hi")
        await client.chat_postMessage(channel="D1", thread_ts=said["ts"], text="hello")
        seen = await order("sees")
        assert [one["text"] for one in seen] == ["hi", "hello"]
        assert (await order("shout"))["error"] == "unknown_act"
    program.terminate()
    assert await program.wait() == 0
