"""Real clients against a provider that others wrote, which judges how they bear its failures.

The package llmock answers as OpenAI, Anthropic and Google do, and looks at what it was asked: was
its Retry-After kept, was anything asked again that can't succeed, was half an answer taken.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock
from llmock.testing import LLMockServer
from sqlalchemy import select

from bot.engine.engine import Engine
from bot.settings import Settings
from bot.voices.making import model_voice
from personas.catalogue import Catalogue
from storage.database import Database
from storage.queries import Row, table
from tests.conftest import Talk
from tests.talking import GOAL

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

FIRST = "That took some courage to say."
TEXT = f"{FIRST} You carry it through each week."
NOTES = {"insights": [], "slots": {}, "memory": "", "risk": "none"}
ANSWER = f"{TEXT}\n<<<notes\n{json.dumps(NOTES)}"
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-coach-1",
    "google_genai": "gemini-2.5-flash",
}
AWAY = "does not answer properly just now"
Speaks = Callable[..., Any]


@pytest.fixture
def llmock_server() -> Iterator[LLMockServer]:
    """One a test: LangChain keeps connections by address, and they belong to the test's loop."""
    with LLMockServer() as server:
        yield server


async def spent_on(talk: Talk) -> list[Row]:
    """What the calls so far took."""

    def work(connection: Any) -> list[Row]:
        return [dict(row) for row in connection.execute(select(table("usage"))).mappings()]

    return await talk.engine.database.read(work)


@pytest.fixture
async def speaks(llmock: LLMock, database: Database, catalogue: Catalogue) -> AsyncIterator[Speaks]:
    """Makes somebody who has been asked for a goal by a coach with a model of this provider."""
    voices: list[Any] = []

    async def make(provider: str = "openai", **more: Any) -> Talk:
        prefix = {"google_genai": "google"}.get(provider, provider)
        base = llmock.base_url({"google_genai": "gemini"}.get(provider, provider))
        given: dict[str, Any] = {
            "model": f"{provider}:{MODELS[provider]}",
            f"{prefix}_api_key": "sk-of-nobody",
            f"{prefix}_base_url": base,
            **more,
        }
        voice = model_voice(Settings(_env_file=None, **given), database)  # pyright: ignore[reportCallIssue]
        voices.append(voice)
        talk = Talk(Engine(database, catalogue, voice=voice))
        await talk.engine.start()
        await talk.open("executive_coach")
        llmock.reply(ANSWER, times=None)
        return talk

    yield make
    for voice in voices:
        for model in voice._models.models:
            if model.provider == "google_genai":
                await model._client.aclose()


@pytest.mark.parametrize("provider", sorted(MODELS))
async def test_a_turn_is_one_call_with_its_tokens(
    llmock: LLMock, speaks: Speaks, provider: str
) -> None:
    talk = await speaks(provider)
    turned = await talk(GOAL)
    assert turned.voice == "model"
    assert turned.reply.text.startswith(TEXT)
    assert "<<<" not in turned.reply.text
    assert turned.reply.notice is None or AWAY not in turned.reply.notice
    (asked,) = llmock.requests
    assert asked.stream
    assert asked.completed
    assert GOAL in json.dumps(asked.body)
    (spent,) = await spent_on(talk)
    assert spent["outcome"] == "done"
    assert spent["tokens_in"]
    assert spent["tokens_out"]
    # Of the prompt's tokens it tells Anthropic's client at the beginning alone, where none looks.
    assert spent["estimated"] == (provider == "anthropic")
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("provider", sorted(MODELS))
async def test_who_is_busy_is_asked_again_when_it_said(
    llmock: LLMock, speaks: Speaks, provider: str
) -> None:
    talk = await speaks(provider)
    llmock.rate_limit(times=2, retry_after=1.0)
    began = time.monotonic()
    turned = await talk(GOAL)
    assert time.monotonic() - began >= 2.0
    assert turned.reply.text.startswith(TEXT)
    assert [one.status for one in llmock.requests] == [429, 429, 200]
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 529])
async def test_what_may_pass_is_tried_again(llmock: LLMock, speaks: Speaks, status: int) -> None:
    talk = await speaks()
    llmock.fail(status)
    assert (await talk(GOAL)).reply.text.startswith(TEXT)
    assert [one.status for one in llmock.requests] == [status, 200]
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("provider", sorted(MODELS))
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_what_is_refused_is_not_asked_again(
    llmock: LLMock, speaks: Speaks, provider: str, status: int
) -> None:
    talk = await speaks(provider)
    llmock.fail(status, times=None)
    turned = await talk(GOAL)
    assert [one.status for one in llmock.requests] == [status]
    assert turned.reply.question
    assert AWAY in str(turned.reply.notice)
    llmock.assert_resilient(strict=True)


async def test_an_outage_is_no_storm(llmock: LLMock, speaks: Speaks) -> None:
    talk = await speaks()
    llmock.outage()
    turned = await talk(GOAL)
    assert turned.reply.question
    assert AWAY in str(turned.reply.notice)
    assert len(llmock.requests) == 3
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("provider", sorted(MODELS))
@pytest.mark.parametrize("fault", ["disconnect", "truncate"])
async def test_half_an_answer_that_nobody_saw_is_asked_for_anew(
    llmock: LLMock, speaks: Speaks, provider: str, fault: str
) -> None:
    talk = await speaks(provider)
    getattr(llmock, fault)(after_chunks=2)
    turned = await talk(GOAL)
    assert turned.reply.text.startswith(TEXT)
    assert turned.reply.text.count(FIRST) == 1
    assert len(llmock.requests) == 2
    llmock.assert_resilient(strict=True)


async def test_half_an_answer_that_was_shown_is_ended_by_the_playbook(
    llmock: LLMock, speaks: Speaks
) -> None:
    talk = await speaks()
    llmock.truncate(after_chunks=len(FIRST.split()) + 2)
    turned = await talk(GOAL)
    assert turned.reply.text.startswith(FIRST)
    assert "each week" not in turned.reply.text
    assert turned.reply.question
    assert turned.reply.text.endswith(turned.reply.question)
    assert AWAY in str(turned.reply.notice)
    assert [one["outcome"] for one in await spent_on(talk)] == ["cut"]
    # The judge knows asking again alone: it can't see that the reply was ended in another way.
    assert [one.code for one in llmock.verdict().findings] == ["truncated_stream_accepted"]


async def test_nobody_sits_through_a_stall(llmock: LLMock, speaks: Speaks) -> None:
    talk = await speaks(model_total_seconds=1.0)
    llmock.stall(after_chunks=2, seconds=30.0)
    turned = await talk(GOAL)
    assert turned.reply.question
    assert AWAY in str(turned.reply.notice)
    assert len(llmock.requests) == 1
    assert not llmock.verdict().findings


async def test_a_late_first_token_is_not_waited_for(llmock: LLMock, speaks: Speaks) -> None:
    talk = await speaks(model_first_token_seconds=0.5)
    llmock.slow_first_token(30.0)
    turned = await talk(GOAL)
    assert turned.reply.question
    assert AWAY in str(turned.reply.notice)
    assert [one["outcome"] for one in await spent_on(talk)] == ["slow"]


async def test_a_piece_that_is_no_json_is_no_end(llmock: LLMock, speaks: Speaks) -> None:
    talk = await speaks()
    llmock.corrupt(after_chunks=2)
    turned = await talk(GOAL)
    assert turned.reply.question
    assert turned.reply.text.count(FIRST) <= 1
    llmock.assert_resilient()
