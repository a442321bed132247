"""The wires of Anthropic and Ollama, and orders from another process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import anthropic as anthropic_sdk
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.modelserver.clients import anthropic, close_ollama, ollama, openai
from tests.modelserver.server import KEY, Server
from tests.modelserver.speech import tokens
from tests.modelserver.test_openai import ASKED, REPLY


async def whole_of(model: Any, messages: Any = ASKED) -> Any:
    whole: Any = None
    async for chunk in model.astream(messages):
        whole = chunk if whole is None else whole + chunk
    return whole


async def test_anthropic_streams_the_reply_its_end_and_its_use(server: Server) -> None:
    whole = await whole_of(anthropic(server))
    assert whole.text.startswith(REPLY)
    assert whole.response_metadata["stop_reason"] == "end_turn"
    asked = server.log.succeeded[-1]
    assert asked.prompt is not None
    assert whole.usage_metadata["input_tokens"] == asked.prompt.tokens
    assert whole.usage_metadata["output_tokens"] == len(tokens(whole.text))
    assert (await anthropic(server).ainvoke(ASKED)).text == whole.text


async def test_anthropic_caches_what_is_marked(server: Server) -> None:
    marked = {"type": "text", "text": "You coach.", "cache_control": {"type": "ephemeral"}}
    asked = [("system", [marked, {"type": "text", "text": "Today is Monday."}]), ("user", "Hello")]
    used = [(await whole_of(anthropic(server), asked)).usage_metadata for _ in range(2)]
    read = [one["input_token_details"]["cache_read"] for one in used]
    assert read[0] == 0
    assert read[1] > 0


async def test_anthropic_refuses_in_its_own_form(server: Server) -> None:
    with pytest.raises(anthropic_sdk.AuthenticationError):
        await whole_of(anthropic(server, api_key="sk-wrong"))
    with pytest.raises(anthropic_sdk.NotFoundError):
        await whole_of(anthropic(server, "claude-none"))
    server.faults.next("busy", seconds=3)
    with pytest.raises(anthropic_sdk.RateLimitError) as raised:
        await whole_of(anthropic(server))
    assert raised.value.response.headers["retry-after"] == "3"
    server.faults.next("cut")
    assert (await whole_of(anthropic(server))).response_metadata.get("stop_reason") is None


async def test_ollama_streams_the_reply_its_end_and_its_use(server: Server) -> None:
    model = ollama(server)
    whole = await whole_of(model)
    assert whole.text.startswith(REPLY)
    assert whole.response_metadata["done_reason"] == "stop"
    asked = server.log.succeeded[-1]
    assert asked.prompt is not None
    assert whole.usage_metadata["input_tokens"] == asked.prompt.tokens
    server.faults.next("length")
    assert (await whole_of(model)).response_metadata["done_reason"] == "length"
    await close_ollama(model)


async def test_it_runs_as_a_program_that_takes_orders() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.modelserver",
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        assert program.stdout is not None
        address = (await program.stdout.readline()).decode().strip()
        other = Server()
        other.address = address
        async with httpx.AsyncClient() as client:
            order = {"act": "next", "kind": "length"}
            assert (await client.post(f"{address}/control", json=order)).json() == {"ok": True}
            early = await whole_of(openai(other))
            assert early.response_metadata["finish_reason"] == "length"
            assert (await whole_of(openai(other))).text.startswith(REPLY)
            log = (await client.post(f"{address}/control", json={"act": "log"})).json()
        assert [one["succeeded"] for one in log] == [False, True]
        assert KEY not in str([one["body"] for one in log])
    finally:
        program.terminate()
        await program.wait()


@given(st.text(max_size=200))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
