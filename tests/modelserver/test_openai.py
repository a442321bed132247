"""The wire of OpenAI, spoken to by LangChain's own client."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import openai as sdk
import pytest
from langchain_core.messages import AIMessageChunk
from pydantic import BaseModel

from tests.modelserver import misbehaving
from tests.modelserver.clients import openai
from tests.modelserver.faults import Kind
from tests.modelserver.server import KEY, Server
from tests.modelserver.speech import Prompt, Said, tokens

ASKED = [
    ("system", "You are a coach. Notes are JSON behind <<<notes.\nAsk this: What happened next?"),
    ("user", "I led a crew of six – for two years. Now I want more."),
]
REPLY = "So it comes to this: “I led a crew of six – for two years”. What happened next?"


async def streamed(server: Server, messages: Any = ASKED, **more: Any) -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    async for chunk in openai(server, **more).astream(messages):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


async def test_a_stream_brings_the_reply_in_pieces_its_end_and_its_use(server: Server) -> None:
    pieces = [chunk async for chunk in openai(server).astream(ASKED)]
    whole = await streamed(server)
    text = "".join(str(one.content) for one in pieces)
    assert text == whole.text
    reply, line, notes = whole.text.partition("\n<<<notes\n")
    assert reply == REPLY
    assert line
    assert json.loads(notes)["insights"][0]["quote"] in ASKED[1][1]
    assert len(pieces) > len(text) / 10
    assert whole.response_metadata["finish_reason"] == "stop"
    used = whole.usage_metadata
    asked = server.log.succeeded[-1]
    assert used is not None
    assert asked.prompt is not None
    assert used["input_tokens"] == asked.prompt.tokens
    assert used["output_tokens"] == len(tokens(whole.text))


async def test_an_answer_in_one_piece_is_the_same(server: Server) -> None:
    answer = await openai(server).ainvoke(ASKED)
    assert answer.text.startswith(REPLY)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert [one.outcome for one in server.log.asked] == ["whole"]


class Wish(BaseModel):
    """What somebody wants."""

    quote: str
    sure: bool


async def test_structured_output_keeps_to_its_schema(server: Server) -> None:
    found = await openai(server).with_structured_output(Wish).ainvoke(ASKED)
    assert isinstance(found, Wish)
    assert found.quote in ASKED[1][1]
    assert server.log.asked[-1].body["response_format"]["json_schema"]["strict"]


async def test_a_tool_is_called_when_it_must_be(server: Server) -> None:
    model = openai(server).bind_tools([Wish], tool_choice="Wish")
    answer = await model.ainvoke(ASKED)
    assert [one["name"] for one in answer.tool_calls] == ["Wish"]
    assert answer.tool_calls[0]["args"]["quote"] in ASKED[1][1]
    whole: Any = None
    async for chunk in model.astream(ASKED):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["args"] == answer.tool_calls[0]["args"]
    assert whole.response_metadata["finish_reason"] == "tool_calls"


async def test_arguments_that_break_off_are_no_tool_call(server: Server) -> None:
    server.speaker = misbehaving.breaks_off
    answer = await openai(server).bind_tools([Wish], tool_choice="Wish").ainvoke(ASKED)
    assert not answer.tool_calls
    assert [one["name"] for one in answer.invalid_tool_calls] == ["Wish"]


async def test_what_came_before_is_read_from_the_cache(server: Server) -> None:
    long = "A rule of coaching is to listen well. " * 200
    first = await streamed(server, [("system", long), ("user", "Hello there")])
    again = await streamed(server, [("system", long), ("user", "Good evening")])
    other = await streamed(server, [("system", f"x{long}"), ("user", "Good evening")])
    cached = [
        one.usage_metadata["input_token_details"]["cache_read"]  # pyright: ignore
        for one in (first, again, other)
    ]
    assert cached[0] == cached[2] == 0
    assert 1024 <= cached[1] <= len(tokens(long))
    assert cached[1] % 128 == 0


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("busy", sdk.RateLimitError),
        ("quota", sdk.RateLimitError),
        ("fail", sdk.InternalServerError),
        ("overloaded", sdk.InternalServerError),
        ("too_long", sdk.BadRequestError),
        ("hang_up", sdk.APIConnectionError),
        ("drop", sdk.APIConnectionError),
        ("error", sdk.APIError),
        ("garbled", json.JSONDecodeError),
        ("half_utf8", UnicodeDecodeError),
    ],
)
async def test_faults_reach_the_client_as_the_provider_s(
    server: Server, kind: Kind, error: type[Exception]
) -> None:
    server.faults.at(2, kind, seconds=7)
    await streamed(server)
    with pytest.raises(error) as raised:
        await streamed(server)
    if kind == "busy":
        assert isinstance(raised.value, sdk.RateLimitError)
        assert raised.value.response.headers["retry-after"] == "7"
    await streamed(server)
    assert [one.succeeded for one in server.log.asked] == [True, False, True]


@pytest.mark.parametrize(("kind", "finish"), [("cut", None), ("length", "length")])
async def test_a_stream_may_end_early_without_an_error(
    server: Server, kind: Kind, finish: str | None
) -> None:
    server.faults.next(kind)
    early = await streamed(server)
    assert early.response_metadata.get("finish_reason") == finish
    assert 0 < len(early.text) < len((await streamed(server)).text)
    assert [one.succeeded for one in server.log.asked] == [False, True]


@pytest.mark.parametrize("kind", ["silent", "stall_first", "stall"])
async def test_a_stall_lasts_until_the_client_leaves(server: Server, kind: Kind) -> None:
    fault = server.faults.next(kind)
    asking = asyncio.create_task(streamed(server))
    await fault.reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    asked = server.log.asked[0]
    await server.until(lambda: asked.outcome == "left")
    assert (asked.first is None) == (kind != "stall")


async def test_what_is_held_comes_when_it_is_let_go(server: Server) -> None:
    held = server.faults.next("hold", after="years”")
    got: list[str] = []

    async def read() -> None:
        got.extend([str(chunk.content) async for chunk in openai(server).astream(ASKED)])

    reading = asyncio.create_task(read())
    await held.reached.wait()
    assert not reading.done()
    held.release()
    await reading
    assert "".join(got).startswith(REPLY)
    assert server.log.asked[0].succeeded


async def test_nobody_answers_while_it_is_away(server: Server) -> None:
    async with server.away():
        with pytest.raises(sdk.APIConnectionError):
            await streamed(server)
    assert (await streamed(server)).text.startswith(REPLY)


async def test_the_most_tokens_are_kept(server: Server) -> None:
    short = await streamed(server, max_tokens=5)
    assert len(tokens(short.text)) == 5
    assert short.response_metadata["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("path", "body", "key", "status", "code"),
    [
        ("chat/completions", {"messages": []}, KEY, 400, None),
        ("chat/completions", {"model": "coach-1", "messages": []}, KEY, 400, None),
        ("chat/completions", {"colour": 1}, KEY, 400, None),
        ("chat/completions", {"temperature": 3}, KEY, 400, None),
        ("chat/completions", {"stream_options": {"include_usage": True}}, KEY, 400, None),
        ("chat/completions", {"messages": [{"role": "poet", "content": "x"}]}, KEY, 400, None),
        ("chat/completions", {"response_format": {"type": "json_object"}}, KEY, 400, None),
        ("chat/completions", {"model": "gpt-none"}, KEY, 404, "model_not_found"),
        ("chat/completions", {}, "sk-wrong", 401, "invalid_api_key"),
        ("responses", {}, KEY, 404, None),
    ],
)
async def test_what_the_provider_refuses_is_refused(
    server: Server, path: str, body: dict[str, Any], key: str, status: int, code: str | None
) -> None:
    right = {"model": "coach-1", "messages": [{"role": "user", "content": "hello"}]}
    sent = {**right, **body}
    if body == {"messages": []}:
        del sent["model"]
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{server.openai_url}/{path}", json=sent, headers={"Authorization": f"Bearer {key}"}
        )
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]
    assert not server.log.succeeded


async def test_a_speaker_sees_the_prompt_without_its_wire(server: Server) -> None:
    seen: list[Prompt] = []

    def speaker(prompt: Prompt) -> Said:
        seen.append(prompt)
        return Said("Ja – gut.")

    server.speaker = speaker
    assert (await streamed(server)).text == "Ja – gut."
    assert seen[0].said_by("user") == [ASKED[1][1]]
    assert seen[0].said_by("system") == [ASKED[0][1]]
