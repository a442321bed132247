"""One call of a language model through LangChain: a stream of text that ends, or fails, in time.

LangChain is loaded when a model is built, not before. Its own retries are off: what is tried again,
and how long that may take, is decided in ``bot.voices.falling_back``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import re
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, Protocol, cast

from bot.voices.sentences import SENTINEL

Kind = Literal["unreachable", "busy", "server", "slow", "refused", "cut", "empty", "broken"]
# Worth trying again at the same provider; a refusal will be one again, and nobody should wait for a
# slow one twice.
_AGAIN: Final[frozenset[Kind]] = frozenset(("unreachable", "busy", "server", "cut"))
_WHOLE: Final = frozenset(("stop", "end_turn", "stop_sequence", "eos", "tool_calls"))
_TOO_LONG: Final = frozenset(("length", "max_tokens", "max_output_tokens"))
_NO_MONEY: Final = "insufficient_quota"
# What a sentence can end with.
_ENDS: Final = re.compile(r"[.?!…。！？؟।\n]")
# So often who waits for a token hears that there is none, in seconds.
TICK_S: Final = 0.2
# Traces of what people say would go to a third party.
_TRACING: Final = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING")


class ModelError(Exception):
    """A call failed.

    Attributes:
        kind: why.
        after: seconds the provider wants us to wait; None where it does not say.
    """

    def __init__(self, kind: Kind, detail: str = "", after: float | None = None) -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind: Kind = kind
        self.after = after

    @property
    def again(self) -> bool:
        """Whether the same model may be asked once more."""
        return self.kind in _AGAIN


class ModelSetupError(ValueError):
    """A model can't be used at all; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: ``stable`` is the same from turn to turn, so it can be cached."""

    stable: str
    volatile: str
    message: str

    @property
    def text(self) -> str:
        """All of it, for people to read and for counting."""
        return f"{self.stable}\n\n{self.volatile}\n\n{self.message}"


@dataclass(slots=True)
class Receipt:
    """What a call took so far: tokens as the provider told them, times in seconds."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    first: float | None = None
    total: float = 0.0
    finish: str | None = None
    written: int = 0


class Model(Protocol):
    """A language model that can be asked."""

    @property
    def spec(self) -> str:
        """``provider:name``."""
        ...

    @property
    def provider(self) -> str:
        """Who is called; its failures are counted together."""
        ...

    def stream(self, prompt: Prompt, receipt: Receipt) -> AsyncGenerator[str]:
        """Yield the answer as it comes, and "" now and then while nothing does.

        Closing it ends the call.

        Raises:
            ModelError: it failed, or its end shows that something is missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to the first token and in all; tokens of an answer."""

    first: float = 15.0
    total: float = 60.0
    tokens: int = 1_200


class LangChainModel:
    """A model of any provider LangChain knows.

    Args:
        spec: ``provider:name``.
        options: what its class takes besides (key, address).

    Raises:
        ModelSetupError: LangChain does not know it, its package is missing, or so is a key.
    """

    def __init__(self, spec: str, limits: Limits, **options: Any) -> None:
        self.spec = spec
        self.provider = spec.partition(":")[0]
        self._limits = limits
        self._client = _client(spec, limits, options)

    async def stream(self, prompt: Prompt, receipt: Receipt) -> AsyncGenerator[str]:
        """See :class:`Model`. A task of its own reads, so that slow readers cost no time-out."""
        queue: asyncio.Queue[str | ModelError | None] = asyncio.Queue()
        task = asyncio.create_task(self._read(prompt, receipt, queue))
        try:
            while True:
                try:
                    piece = await _taken(queue)
                except TimeoutError:
                    yield ""
                    continue
                if isinstance(piece, ModelError):
                    raise piece
                if piece is None:
                    return
                yield piece
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _read(
        self, prompt: Prompt, receipt: Receipt, queue: asyncio.Queue[str | ModelError | None]
    ) -> None:
        began, gathering = time.monotonic(), Gathering()
        try:
            async with asyncio.timeout(self._limits.first) as limit:
                async for chunk in self._client.astream(self._messages(prompt)):
                    text = str(chunk.text)
                    if text and receipt.first is None:
                        receipt.first = time.monotonic() - began
                        limit.reschedule(limit_of(began, self._limits.total))
                    _note(receipt, chunk)
                    if text:
                        receipt.written += len(text)
                        if (piece := gathering.add(text)) is not None:
                            queue.put_nowait(piece)
            failed = _end(receipt)
        except TimeoutError:
            failed = ModelError("slow", "no token" if receipt.first is None else "no end")
        except Exception as error:
            failed = judged(error)
        receipt.total = time.monotonic() - began
        queue.put_nowait(gathering.rest())
        queue.put_nowait(failed)

    def _messages(self, prompt: Prompt) -> list[Any]:
        if self.provider == "anthropic":
            # The marker ends the part that is kept from call to call.
            system: Any = [
                {"type": "text", "text": prompt.stable, "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": prompt.volatile},
            ]
        else:
            # Elsewhere equal beginnings are found by themselves.
            system = f"{prompt.stable}\n\n{prompt.volatile}"
        return [("system", system), ("human", prompt.message)]


class Gathering:
    """Holds pieces back until a sentence may have ended with them.

    Who reads shows sentences, and each hand-over costs: most tokens end none, and the notes are
    read as a whole.
    """

    def __init__(self) -> None:
        self._held = ""
        self._seen = ""
        self._open = 0
        self._notes = False

    def add(self, text: str) -> str | None:
        """Take a piece; what is to be handed over now, or None."""
        self._held += text
        if self._notes:
            return None
        self._seen = (self._seen + text)[-len(text) - len(SENTINEL) :]
        self._notes = SENTINEL in self._seen
        if _ENDS.search(text):
            # A closing quotation mark and the blank behind it belong to the end of a sentence.
            self._open = 3
        if self._open == 0 and not self._notes:
            return None
        self._open -= 1
        return self.rest()

    def rest(self) -> str:
        """What is held back."""
        held, self._held = self._held, ""
        return held


async def _taken(queue: asyncio.Queue[str | ModelError | None]) -> str | ModelError | None:
    """What comes next; pieces that wait together are one. Raises TimeoutError after TICK_S."""
    if queue.empty():
        # Cheaper than wait_for, which makes a task of every piece.
        async with asyncio.timeout(TICK_S):
            return await queue.get()
    piece = queue.get_nowait()
    while isinstance(piece, str) and not queue.empty():
        more = queue.get_nowait()
        if not isinstance(more, str):
            queue.put_nowait(more)
            break
        piece += more
    return piece


def limit_of(began: float, seconds: float) -> float:
    """The moment, by the loop's clock, so many seconds after ``began`` by the monotonic clock."""
    return asyncio.get_running_loop().time() + began + seconds - time.monotonic()


def _end(receipt: Receipt) -> ModelError | None:
    """What the end of a stream says: nothing where the answer is whole."""
    finish = (receipt.finish or "").lower()
    if finish in _WHOLE:
        return None if receipt.written else ModelError("empty")
    if finish in _TOO_LONG:
        return ModelError("cut", "too long")
    return ModelError("broken", finish) if finish else ModelError("cut", "no end was told")


def _note(receipt: Receipt, chunk: Any) -> None:
    told = cast("dict[str, Any]", chunk.response_metadata or {})
    for name in ("finish_reason", "stop_reason", "done_reason"):
        if isinstance(told.get(name), str):
            receipt.finish = told[name]
    used = cast("dict[str, Any] | None", chunk.usage_metadata)
    if not used:
        return
    receipt.tokens_in = (receipt.tokens_in or 0) + int(used.get("input_tokens") or 0)
    receipt.tokens_out = (receipt.tokens_out or 0) + int(used.get("output_tokens") or 0)
    details = cast("dict[str, Any]", used.get("input_token_details") or {})
    if details.get("cache_read") is not None:
        receipt.tokens_cached = (receipt.tokens_cached or 0) + int(details["cache_read"])


def judged(error: BaseException) -> ModelError:
    """What an error of a provider's library means; told by what all of them have in common."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        found = found.__cause__ or found.__context__
    name = type(error).__name__
    for one in chain:
        if type(one).__name__ in _LOST:
            # Below it may stand a parser's error, whose code is no answer of the provider.
            return ModelError("unreachable", name)
        status = next(
            (s for a in ("status_code", "code") if isinstance(s := getattr(one, a, None), int)),
            None,
        )
        if status is not None and status >= 400:
            return _by_status(status, one, name)
    for one in chain:
        if isinstance(one, (ConnectionError, OSError)):
            return ModelError("unreachable", name)
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in chain):
        return ModelError("slow", name)
    return ModelError("broken", name)


_LOST: Final = frozenset(
    ("APIConnectionError", "ConnectError", "ReadError", "WriteError", "RemoteProtocolError",
     "ClientConnectionError", "ClientPayloadError", "ServerDisconnectedError")
)  # fmt: skip


def _by_status(status: int, error: BaseException, name: str) -> ModelError:
    after = _retry_after(getattr(getattr(error, "response", None), "headers", None))
    told = f"{error} {getattr(error, 'code', '')} {getattr(error, 'body', '')}"
    if status == 429 and _NO_MONEY not in told:
        return ModelError("busy", name, after)
    if status in {408, 409, 425} or status >= 500:
        return ModelError("server", f"{status}", after)
    return ModelError("refused", f"{status}")


def _retry_after(headers: Any) -> float | None:
    """Seconds of a Retry-After header: a number, or a date."""
    value = headers.get("retry-after") if headers is not None else None
    if not isinstance(value, str):
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _client(spec: str, limits: Limits, options: dict[str, Any]) -> Any:
    for name in _TRACING:
        os.environ[name] = "false"
    provider, _, name = spec.partition(":")
    try:
        library: Any = importlib.import_module("langchain.chat_models")
        return library.init_chat_model(
            name, model_provider=provider, **_options(provider, limits, options)
        )
    except ImportError as error:
        extra = _EXTRAS.get(provider)
        wanted = f"'rocket-coach[{extra}]'" if extra else f"langchain-{provider.replace('_', '-')}"
        raise ModelSetupError(
            f"MODEL={spec} needs the package of {provider}, for example: pip install {wanted}"
        ) from error
    except Exception as error:
        if str(error).startswith("Unsupported provider"):
            raise ModelSetupError(
                f"MODEL={spec}: no provider is called “{provider}”. Known are openai, anthropic, "
                "google_genai, ollama, and the others of LangChain's init_chat_model"
            ) from error
        raise ModelSetupError(
            f"MODEL={spec} can't be used ({type(error).__name__}): check the name and the key"
        ) from error


_EXTRAS: Final = {"anthropic": "anthropic", "google_genai": "google", "ollama": "ollama"}


def _options(provider: str, limits: Limits, given: dict[str, Any]) -> dict[str, Any]:
    """What the provider's class takes; each has its own names."""
    given = {key: value for key, value in given.items() if value is not None}
    common: dict[str, Any] = {"timeout": limits.total, "max_retries": 0}
    match provider:
        case "openai":
            # Its clock for every piece takes a task a piece; the limits of a call are kept here.
            own: dict[str, Any] = {
                "stream_usage": True,
                "use_responses_api": False,
                "stream_chunk_timeout": None,
            }
            if "base_url" in given:
                # Other servers may want no key, and know the older name of the limit alone.
                given.setdefault("api_key", "none")
                own["extra_body"] = {"max_tokens": limits.tokens}
            else:
                own["max_tokens"] = limits.tokens
            return {**common, **own, **given}
        case "anthropic":
            return {**common, "max_tokens": limits.tokens, **given}
        case "google_genai":
            return {**common, "max_retries": 1, "max_output_tokens": limits.tokens, **given}
        case "ollama":
            waits = {"timeout": limits.total}
            return {"num_predict": limits.tokens, "client_kwargs": waits, **given}
        case _:
            return {**common, **given}


def about_tokens(texts: Sequence[str]) -> int:
    """Tokens by the length of the texts, four characters each, where nobody counted."""
    return sum(len(text) for text in texts) // 4
