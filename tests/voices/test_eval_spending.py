"""``make eval MODEL=…`` tells what the model took."""

from __future__ import annotations

import pytest

from evaluation.run import talks
from evaluation.users import one_of_each
from tests.modelserver.server import KEY, Server


async def test_the_table_tells_calls_tokens_and_cost(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)

    async def none(*_: object) -> list[object]:
        return []

    monkeypatch.setattr("evaluation.run.nonsense", none)
    server.faults.next("busy", seconds=0.05)
    life = one_of_each()[0].key
    report = await talks([life], ["executive_coach"], "openai:coach-1")
    rows = {row.what: row.value for row in report.rows}
    asked, whole = server.log.asked, server.log.succeeded
    assert whole
    assert rows["model: calls, with those tried again"] == len(asked) == len(whole) + 1
    told = [one.prompt.tokens for one in whole if one.prompt]
    assert rows["model: tokens in"] == sum(told)
    assert rows["model: tokens out"] == sum(one.said.tokens for one in whole if one.said)
    assert rows["model: calls that failed in the end"] == 0
    assert rows["model: calls whose tokens are reckoned"] == 0
    assert rows["model: calls whose price is not known"] == len(whole)
    assert rows["model: cost in US dollars, where the price is known"] == 0
    assert rows["model: calls for one reply"] >= 1.0
