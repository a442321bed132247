"""The real program with a model: a talk, what it took, what the model is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.voices.model import AWAY
from tests.e2e.program import Rocket
from tests.modelserver.server import KEY, Server
from tests.talking import GOAL, WHY


@pytest.fixture
def rocket(tmp_path: Path, server: Server) -> Rocket:
    env = {
        "MODEL": "openai:coach-1",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": server.openai_url,
        "ROCKET_LOG": "error",
    }
    return Rocket(tmp_path, env)


async def run(rocket: Rocket, *words: str, stdin: str = "") -> list[Any]:
    """What a command prints; beside this loop, in which the provider answers."""
    ended = await asyncio.to_thread(rocket.run, list(words), stdin)
    assert ended.code == 0, ended
    return ended.objects


async def test_a_talk_in_the_terminal_and_what_it_took(server: Server, rocket: Rocket) -> None:
    chat = rocket.mine("chat", "--json", "--coach", "executive_coach")
    opening, first, second = await run(rocket, *chat, stdin=f"{GOAL}\n{WHY}\n")
    assert opening["voice"] == "offline"
    assert (first["voice"], second["voice"]) == ("model", "model")
    assert first["question"] in first["text"]
    assert len(server.log.succeeded) == len(server.log.asked) == 2

    (used,) = (await run(rocket, *rocket.command("usage", "--json", "--db", str(rocket.db))))[0]
    assert (used["model"], used["replies"], used["failed"], used["tries"]) == (
        "openai:coach-1", 2, 0, 2,
    )  # fmt: skip
    prompts = [one.prompt.tokens for one in server.log.succeeded if one.prompt]
    assert used["tokens_in"] == sum(prompts)
    assert used["cost_usd"] is None
    assert used["cost_unknown"] == 2
    assert used["total_ms"] >= used["first_token_ms"] >= 0

    session = first["session"]
    (told,) = await run(rocket, *rocket.mine("prompt", session, "I would ask him now", "--json"))
    assert told["message"] == "I would ask him now"
    assert GOAL in told["volatile"]
    assert "Alexandra Sterling" in told["stable"]
    asked = server.log.succeeded[-1].prompt
    assert asked is not None
    assert asked.text.startswith(told["stable"])
    assert len(server.log.asked) == 2, "showing the prompt asks nobody"
    assert all(Path(path).is_file() for path in told["files"])


async def test_nobody_listens_at_the_address(rocket: Rocket) -> None:
    rocket.env |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "MODEL_TRIES": "1"}
    chat = rocket.mine("chat", "--json", "--coach", "executive_coach")
    _, first = await run(rocket, *chat, stdin=f"{GOAL}\n")
    assert first["voice"] == "offline"
    assert first["question"]
    assert AWAY in first["notice"]


@pytest.mark.parametrize(
    ("model", "named"),
    [("mistralai:large", "pip install langchain-mistralai"), ("nobody:x", "nobody")],
)
async def test_a_model_that_cant_be_used_is_told_at_the_start(
    rocket: Rocket, model: str, named: str
) -> None:
    rocket.env["MODEL"] = model
    ended = await asyncio.to_thread(rocket.run, rocket.mine("chat", "--json"))
    assert ended.code == 2
    assert named in json.loads(ended.out)["error"]
    assert (await run(rocket, *rocket.mine("sessions", "--json"))) == [[]]
