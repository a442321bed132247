"""The program in the terminal, with a provider that fails at every other turn."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.e2e.program import Rocket
from tests.modelserver.faults import Kind
from tests.modelserver.server import KEY, Server
from tests.outages.conftest import FIRST, PLAN
from tests.outages.lines import LINES

KINDS: tuple[Kind, ...] = (
    *("busy", "hang_up", "silent", "stall_first", "stall"),
    *("drop", "cut", "length", "garbled", "half_utf8"),
)
# What sets in before a word is said; the rest of the reply is then the playbook's.
BEFORE = {"busy", "hang_up", "silent", "stall_first"}


async def test_every_line_gets_one_complete_reply(server: Server, tmp_path: Path) -> None:
    rocket = Rocket(
        tmp_path,
        {
            "MODEL": "openai:coach-1",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": server.openai_url,
            "MODEL_TRIES": "1",
            "MODEL_FIRST_TOKEN_SECONDS": "2",
            "MODEL_TOTAL_SECONDS": "3",
            "ROCKET_LOG": "error",
        },
    )
    for number, kind in enumerate(KINDS):
        server.faults.at(2 * number + 1, kind, seconds=30.0, after=FIRST)
    words = rocket.mine("chat", "--json", "--coach", "executive_coach")
    ended = await asyncio.to_thread(rocket.run, words, "\n".join(LINES) + "\n")
    assert ended.code == 0, ended
    lines: list[dict[str, Any]] = ended.objects[1:]
    assert len(lines) == len(LINES)
    assert [one.fault for one in server.log.asked] == [
        fault for kind in KINDS for fault in (kind, "")
    ]
    for line, asked in zip(lines, server.log.asked, strict=True):
        told = json.dumps([asked.fault, line], ensure_ascii=False)
        assert line["text"].strip(), told
        assert line["error"] is None, told
        plan = line["text"].startswith(PLAN)
        assert plan or line["text"].count(line["question"]) == 1, told
        assert line["text"].count(FIRST) <= 1, told
        assert asked.succeeded == (asked.fault == ""), told
        if not asked.fault:
            assert line["voice"] == "model", told
    notices = ["does not answer properly" in str(line["notice"]) for line in lines]
    # Each failure that was felt is told, as it was well again in between.
    assert notices == [asked.fault != "" for asked in server.log.asked]
    with sqlite3.connect(rocket.db) as database:
        kept = database.execute(
            "SELECT text FROM messages WHERE role = 'coach' ORDER BY id"
        ).fetchall()
    database.close()
    assert [text for (text,) in kept][-len(lines) :] == [line["text"] for line in lines]
