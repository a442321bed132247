"""Nothing of a model's library is loaded by those who set no model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("langchain", "langchain_core", "langchain_openai", "langgraph", "langsmith", "openai")
TALK = f"""
import asyncio, sys
from datetime import UTC, datetime
from bot.app import start
from bot.inbound import Message, Opened, Sender
from bot.settings import read_settings

async def talk():
    app = await start(read_settings())
    me, place = Sender("terminal", "local", "ada"), "terminal:local:ada:main"
    now = datetime.now(UTC)
    await app.engine.handle(Opened(place, "1", me, now, "life_coach"))
    said = "I want to lead a team because I like to help people grow at work."
    turned = await app.engine.handle(Message(place, "2", me, said, now))
    await app.close()
    return turned

turned = asyncio.run(talk())
assert turned.reply.text and turned.voice == "offline", turned
print(sorted(name for name in sys.modules if name.partition(".")[0] in {HEAVY!r}))
"""


def test_a_talk_without_a_model_loads_no_model_library(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key not in {"MODEL", "EMBEDDINGS"}}
    env |= {"DATABASE_URL": str(tmp_path / "talk.db"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", TALK],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
