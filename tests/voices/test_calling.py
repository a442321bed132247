"""One call by each wire: text, end, use; and what a provider's errors mean."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from bot.voices.calling import LangChainModel, Limits, ModelError, ModelSetupError, Prompt, Receipt
from tests.modelserver.clients import close_ollama
from tests.modelserver.faults import Kind
from tests.modelserver.server import KEY, Server

PROMPT = Prompt(
    "You are a coach. " * 400, "End with this question: What happened next?", "I led a crew."
)
REPLY = "What happened next?"


def model(server: Server, provider: str, limits: Limits | None = None) -> LangChainModel:
    address: dict[str, Any] = {
        "openai": {"base_url": server.openai_url, "api_key": KEY},
        "anthropic": {"base_url": server.address, "api_key": KEY},
        "ollama": {"base_url": server.address},
    }[provider]
    return LangChainModel(f"{provider}:coach-1", limits or Limits(), **address)


async def asked(one: LangChainModel) -> tuple[str, Receipt]:
    receipt = Receipt()
    return "".join([piece async for piece in one.stream(PROMPT, receipt)]), receipt


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
async def test_a_whole_answer_and_what_it_took(server: Server, provider: str) -> None:
    one = model(server, provider)
    text, receipt = await asked(one)
    assert REPLY in text
    (seen,) = server.log.succeeded
    assert seen.said is not None
    assert text == seen.said.text
    assert seen.prompt is not None
    assert [line.role for line in seen.prompt.lines][-1] == "user"
    assert seen.prompt.last == PROMPT.message
    assert receipt.tokens_in == seen.prompt.tokens
    assert receipt.tokens_out
    assert receipt.first is not None
    assert receipt.total >= receipt.first
    if provider == "ollama":
        await close_ollama(one._client)  # pyright: ignore[reportPrivateUsage]


async def test_anthropic_is_told_where_the_part_that_stays_ends(server: Server) -> None:
    one = model(server, "anthropic")
    await asked(one)
    _, receipt = await asked(one)
    system = server.log.asked[-1].body["system"]
    assert [bool(part.get("cache_control")) for part in system] == [True, False]
    assert receipt.tokens_cached


@pytest.mark.parametrize(
    ("spec", "extra"),
    [("anthropic:x", "anthropic"), ("google_genai:x", "google"), ("ollama:x", "ollama")],
)
def test_the_extra_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, spec: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(ModelSetupError, match=rf"'rocket-coach\[{extra}\]'"):
        LangChainModel(spec, Limits(), api_key=KEY)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("busy", "busy"),
        ("fail", "server"),
        ("overloaded", "server"),
        ("quota", "refused"),
        ("too_long", "refused"),
        ("hang_up", "unreachable"),
        ("drop", "unreachable"),
        ("cut", "cut"),
        ("length", "cut"),
        ("filtered", "broken"),
    ],
)
async def test_what_a_failure_means(server: Server, fault: Kind, kind: str) -> None:
    server.faults.always(fault, seconds=3.0)
    with pytest.raises(ModelError) as failed:
        await asked(model(server, "openai"))
    assert failed.value.kind == kind
    assert failed.value.after == (3.0 if fault == "busy" else None)
    assert len(server.log.asked) == 1, "the library tries nothing again by itself"


@pytest.mark.parametrize(
    ("fault", "limits"), [("silent", Limits(first=0.2)), ("stall", Limits(5.0, 0.3))]
)
async def test_time_is_limited_to_the_first_token_and_in_all(
    server: Server, fault: Kind, limits: Limits
) -> None:
    server.faults.always(fault)
    with pytest.raises(ModelError) as failed:
        await asked(model(server, "openai", limits))
    assert failed.value.kind == "slow"
    await server.until(lambda: not server.log.running or server.log.asked[-1].outcome == "left")
