"""With a language model: a whole turn against the bare call, its calls and tokens, its first words.

The model is the local provider of ``tests/modelserver``, in a process of its own where time counts.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp

from benchmarks import boxes
from benchmarks.report import Row, median, quantile
from benchmarks.turns import EARLY, LATE, lines_of_people
from bot import app
from bot.engine.safety.screening import screen
from bot.inbound import Message, Sender
from bot.inbox.contract import Begun, Capabilities, Post
from bot.settings import Settings
from bot.voices.sentences import SENTINEL
from evaluation.sessions import Driver, engine_on
from personas.catalogue import Catalogue
from tests.modelserver.server import KEY, Server
from tests.modelserver.speech import tokens

MODEL = "openai:coach-1"
PEOPLE, ANSWER_S, FIRST_S = 50, 0.4, 0.1
WAITS_S = (2.0, 5.0)
_ROOT = Path(__file__).resolve().parents[1]
# A quotation within a sentence does not end it, whatever it ends with.
_SENTENCE = re.compile(r"\S.*?[.?!]+[”\"]?(?=\n|\Z|\s+(?![a-z]))", re.S)


class Provider:
    """The local provider in a process of its own."""

    def __init__(self, address: str, client: aiohttp.ClientSession) -> None:
        self.address = address
        self._client = client

    @property
    def settings(self) -> dict[str, Any]:
        """What the bot needs to speak by it."""
        return {
            "model": MODEL,
            "openai_base_url": f"{self.address}/v1/",
            "openai_api_key": KEY,
        }

    async def order(self, act: str, **more: Any) -> Any:
        """Have it do something."""
        order = {"act": act, **more}
        async with self._client.post(f"{self.address}/control", json=order) as answer:
            return await answer.json()

    async def asked(self) -> list[dict[str, Any]]:
        """The requests up to now."""
        return [one for one in await self.order("log") if one["number"]]


@asynccontextmanager
async def provider() -> AsyncGenerator[Provider]:
    """Starts one and ends it."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.modelserver"), stdout=asyncio.subprocess.PIPE, cwd=_ROOT
    )
    try:
        assert program.stdout is not None
        address = (await program.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as client:
            yield Provider(address, client)
    finally:
        program.terminate()
        await program.wait()


class Screen(boxes.Posts):
    """A platform that shows replies while they are written, and notes when it had which text."""

    capabilities = Capabilities(
        streaming=True, can_look=True, edits=True, private=True, files=True, identity=True
    )

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, list[tuple[float, str]]] = {}

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        self._note(post)
        if not post.partial:
            return await super().begin(post, repeat=repeat)
        return Begun(post.key, whole=True)

    async def fill(self, post: Post, platform_id: str) -> None:
        self._note(post)
        if not post.partial:
            await super().begin(post, repeat=True)

    def _note(self, post: Post) -> None:
        seen = self.shown.setdefault(post.answers, [])
        seen.append((time.monotonic(), post.turned.reply.text))


def calm_lines() -> list[str]:
    """Lines at which the safety screen does not pause the talk: a paused one asks no model."""
    return [line for line in lines_of_people() if screen(line).level == "none"]


# A whole turn -------------------------------------------------------------------------------------


async def whole_turns(slices: int, turns: int) -> list[Row]:
    """A turn from its event to its reply, and the bare call of the same model, in turns.

    Both meet the same people, who each answer two to five seconds after a reply, in the same loop.
    The first slice only warms the program up.
    """
    lines = calm_lines()
    own: list[float] = []
    bare: list[float] = []
    async with provider() as local, _box(local, boxes.Posts()) as (box, posts):
        people = [boxes.Person(box, posts, f"w{number}") for number in range(PEOPLE)]
        coaches = Catalogue().keys
        for number, person in enumerate(people):
            await person.open(coaches[number % len(coaches)])
        await people[0].say("I want to lead the night shift one day.")
        messages = (await local.asked())[-1]["body"]["messages"]
        call = _bare_call(local, messages)
        await call(0, 0)
        await local.order("pace", first_s=FIRST_S, whole_s=ANSWER_S)
        await local.order("clear")
        said = asked = 0
        for slice_ in range(slices + 1):

            async def say(number: int, turn: int, first: int = slice_ * turns) -> None:
                await people[number].say(lines[(number * 37 + first + turn) % len(lines)])

            seed = f"slice {slice_}"
            beside = await _living(call, turns, seed)
            await local.order("clear")
            spent = await _living(say, turns, seed)
            asked += sum(1 for one in await local.asked() if one["succeeded"])
            said += len(spent)
            if slice_:
                own += spent
                bare += beside
    what = f"a whole turn, model answering in {ANSWER_S * 1000:.0f} ms, {PEOPLE} people"
    return [
        Row(f"{what}, p50", median(own) * 1000, "ms", median(bare) * 1000, 1.10, 1.03),
        Row(f"{what}, p99", quantile(own, 0.99) * 1000, "ms", quantile(bare, 0.99) * 1000),
        Row("answered model calls per turn", asked / said, "", None, 1, 1),
    ]


def _bare_call(
    local: Provider, messages: Sequence[Mapping[str, Any]]
) -> Callable[[int, int], Awaitable[object]]:
    from langchain.chat_models import init_chat_model

    model = init_chat_model(
        MODEL, base_url=f"{local.address}/v1", api_key=KEY, max_retries=0, stream_usage=True
    )

    async def call(number: int, turn: int) -> None:
        async for _ in model.astream(list(messages)):
            pass

    return call


async def _living(
    work: Callable[[int, int], Awaitable[object]], turns: int, seed: str
) -> list[float]:
    """Seconds of each call when everybody takes their time before each."""
    seconds: list[float] = []

    async def one(number: int) -> None:
        dice = random.Random(f"{seed} {number}")
        for turn in range(turns):
            await asyncio.sleep(dice.uniform(*WAITS_S))
            began = time.perf_counter()
            await work(number, turn)
            seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(one(number) for number in range(PEOPLE)))
    return seconds


@asynccontextmanager
async def _box(
    local: Provider, posts: boxes.Posts, stream_after_s: float = 1.5
) -> AsyncGenerator[tuple[Any, boxes.Posts]]:
    options = replace(boxes.UNLIMITED, lanes=64, stream_after_s=stream_after_s)
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        url = str(Path(folder) / "models.db")
        settings = Settings(database_url=url, **local.settings)
        async with boxes.box_on(
            url, posts, options=options, voice=lambda database: app.voice_of(settings, database)
        ) as box:
            yield box, posts


# From the last token of a sentence to its hand-over -----------------------------------------------


async def hand_over(people: int, turns: int) -> list[Row]:
    """How long a sentence takes from its last token on the wire to the adapter, streams shown at
    once."""
    lines = calm_lines()
    screen = Screen()
    texts: dict[str, str] = {}
    async with provider() as local, _box(local, screen, stream_after_s=0.0) as (box, _):
        await local.order("pace", first_s=FIRST_S, whole_s=ANSWER_S)

        async def one(number: int) -> None:
            person = boxes.Person(box, screen, f"h{number}")
            await person.open("life_coach")
            sender = Sender(boxes.PLATFORM, "t", f"h{number}")
            for turn in range(turns):
                key = f"said-{number}-{turn}"
                texts[key] = lines[(number * turns + turn) % len(lines)]
                coming = screen.coming(key)
                place = f"{boxes.PLATFORM}:t:h{number}:1"
                event = Message(place, key, sender, texts[key], datetime.now(UTC))
                await box.accept(key, event)
                await coming

        await asyncio.gather(*(one(number) for number in range(people)))
        asked = await local.asked()
    waits = [wait for one in asked for wait in _waits(one, texts, screen)]
    if not waits:
        raise AssertionError("no sentence was shown")
    return [
        Row("last token of a sentence to the adapter, p50", median(waits) * 1000, "ms"),
        Row("last token of a sentence to the adapter, p99", quantile(waits, 0.99) * 1000, "ms",
            None, 20, 10),
    ]  # fmt: skip


def _waits(asked: Mapping[str, Any], texts: Mapping[str, str], screen: Screen) -> Iterator[float]:
    """Seconds of each sentence of an answer until a text that holds it was shown."""
    told = str(asked["body"]["messages"][-1]["content"])
    key = next((key for key, text in texts.items() if text == told), None)
    if key is None:
        return
    said = asked["said"]["text"]
    ends = list(accumulate(len(piece) for piece in tokens(said)))
    for found in _SENTENCE.finditer(said.partition(SENTINEL)[0]):
        shown = next((when for when, text in screen.shown[key] if found[0] in text), None)
        if shown is not None:
            yield shown - asked["stamps"][bisect_left(ends, found.end())]


# Turn 200 against turn 10 -------------------------------------------------------------------------


async def long_prompts(sessions: int) -> list[Row]:
    """Tokens of late prompts against early ones, medians over several sessions."""
    lines, coaches = calm_lines(), Catalogue().keys
    found: dict[range, list[int]] = {EARLY: [], LATE: []}
    server = Server()
    await server.start()
    given = {"OPENAI_BASE_URL": server.openai_url, "OPENAI_API_KEY": KEY}
    with (
        tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder,
        patch.dict(os.environ, given),
    ):
        async with engine_on(Path(folder), model=MODEL) as engine:
            for number in range(sessions):
                driver = Driver(engine, f"long{number}")
                await driver.open(coaches[number % len(coaches)])
                for turn in range(1, LATE.stop):
                    server.log.clear()
                    await driver.say(lines[(number * 53 + turn) % len(lines)])
                    for span, sizes in found.items():
                        if turn in span:
                            sizes += [one.prompt.tokens for one in server.log.asked if one.prompt]
    await server.close()
    old, young = median(found[LATE]), median(found[EARLY])
    return [Row("turn 200 against turn 10, prompt tokens", old, "", young, 1.2, 1.0)]


def measure(quick: bool) -> Iterator[Row]:
    """All rows of language models."""
    yield from asyncio.run(whole_turns(1 if quick else 3, 2 if quick else 4))
    yield from asyncio.run(hand_over(4 if quick else 8, 6 if quick else 16))
    yield from asyncio.run(long_prompts(1 if quick else 3))
