"""Real clients of LangChain for the local provider."""

from __future__ import annotations

from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from tests.modelserver.server import KEY, Server


def openai(server: Server, model: str = "coach-1", **more: Any) -> BaseChatModel:
    given: dict[str, Any] = {"max_retries": 0, "stream_usage": True, "api_key": KEY, **more}
    return init_chat_model(f"openai:{model}", base_url=server.openai_url, **given)


def anthropic(server: Server, model: str = "coach-1", **more: Any) -> BaseChatModel:
    given: dict[str, Any] = {"max_retries": 0, "max_tokens": 1000, "api_key": KEY, **more}
    return init_chat_model(f"anthropic:{model}", base_url=server.address, **given)


def ollama(server: Server, model: str = "coach-1", **more: Any) -> BaseChatModel:
    return init_chat_model(f"ollama:{model}", base_url=server.address, **more)


async def close_ollama(model: Any) -> None:
    """Its connections outlive the last answer, and nothing public of LangChain closes them."""
    await model._async_client._client.aclose()
