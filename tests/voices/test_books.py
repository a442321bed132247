"""Budgets, answers kept over a crash, and what the user is told when the model is away."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from bot.engine.turned import Turned
from bot.inbound import Message
from bot.voices.books import PERSON_SPENT, TENANT_SPENT, Budgets
from bot.voices.model import AWAY
from bot.voices.prices import Price
from storage.usage import Used
from tests.conftest import Talk
from tests.modelserver.server import Server
from tests.modelserver.speech import Prompt, Said
from tests.talking import GOAL, WHY, row_of
from tests.voices.test_model import rows

Talker = Callable[..., Any]


def test_budgets_end_where_they_say() -> None:
    budgets = Budgets(person_daily_tokens=100, tenant_monthly_tokens=500, tenant_monthly_cost=1.0)
    assert budgets.over(Used(99, 499, 0.99)) is None
    assert budgets.over(Used(100, 0, 0.0)) == PERSON_SPENT
    assert budgets.over(Used(0, 500, 0.0)) == TENANT_SPENT
    assert budgets.over(Used(0, 0, 1.0)) == TENANT_SPENT
    assert Budgets().over(Used(10**9, 10**9, 10**6)) is None


async def test_beyond_the_budget_the_playbook_speaks_and_says_so_once(
    server: Server, talker: Talker
) -> None:
    talk = await talker(person_daily_tokens=500)
    await talk.open("executive_coach")
    assert (await talk(GOAL)).voice == "model"
    turned = await talk(WHY)
    assert turned.voice == "offline"
    assert turned.reply.text
    assert turned.reply.notice == PERSON_SPENT
    again = await talk("My boss never gives me any feedback on how I run the shift")
    assert again.voice == "offline"
    assert again.reply.notice is None
    assert len(server.log.asked) == 1
    other = Talk(talk.engine, "ben")
    await other.open("executive_coach")
    assert (await other(GOAL)).voice == "model", "a person's budget is theirs alone"


async def test_a_tenants_budget_is_shared(server: Server, talker: Talker) -> None:
    talk = await talker(tenant_monthly_tokens=500)
    await talk.open("executive_coach")
    assert (await talk(GOAL)).voice == "model"
    other = Talk(talk.engine, "ben")
    await other.open("executive_coach")
    turned = await other(GOAL)
    assert turned.voice == "offline"
    assert turned.reply.notice
    assert TENANT_SPENT in turned.reply.notice


class CrashError(RuntimeError):
    """The worker dies while the turn is being written."""


class Once:
    """A ledger whose first transaction fails."""

    key = "0123456789abcdef01234567"

    def __init__(self) -> None:
        self.crashes = 1

    def begin(self, connection: Any) -> None:
        pass

    def finish(self, connection: Any, turned: Turned) -> None:
        if self.crashes:
            self.crashes -= 1
            raise CrashError


async def test_a_crash_neither_pays_nor_answers_twice(server: Server, talker: Talker) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    event = Message(talk.conversation, "m-1", talk.sender, GOAL, talk.at)
    ledger = Once()
    with pytest.raises(CrashError):
        await talk.engine.handle(event, ledger)
    assert not [one for one in await rows(talk, "messages") if one["role"] == "user"]
    assert len(await rows(talk, "memo")) == 1

    def another(prompt: Prompt) -> Said:
        return Said("Something else altogether.")

    server.speaker = another
    turned = await talk.engine.handle(event, ledger)
    assert turned.voice == "model"
    assert f"“{GOAL}”" in turned.reply.text
    assert len(server.log.asked) == 1
    usage = await rows(talk, "usage")
    assert [one["outcome"] for one in usage] == ["done"]
    assert usage[0]["message_id"] == int(turned.reply.reply_id or 0)
    assert not await rows(talk, "memo")


async def test_an_answer_to_another_prompt_is_not_used(server: Server, talker: Talker) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    ledger = Once()
    for text in (GOAL, f"{GOAL}. {WHY}"):
        event = Message(talk.conversation, "m-1", talk.sender, text, talk.at)
        with contextlib.suppress(CrashError):
            await talk.engine.handle(event, ledger)
    # The second time the burst had grown.
    assert len(server.log.asked) == 2


async def test_forgetting_takes_memo_and_name_but_leaves_the_figures(
    server: Server, talker: Talker
) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    event = Message(talk.conversation, "m-1", talk.sender, GOAL, talk.at)
    ledger = Once()
    with contextlib.suppress(CrashError):
        await talk.engine.handle(event, ledger)
    await talk(WHY)
    await talk.engine.forget(talk.sender)
    assert not await rows(talk, "memo")
    usage = await rows(talk, "usage")
    assert [(one["person_id"], one["session_id"]) for one in usage] == [(None, None)]
    assert usage[0]["tokens_in"]


async def test_an_outage_is_told_once_as_long_as_it_lasts(server: Server, talker: Talker) -> None:
    talk = await talker(model_tries=1)
    await talk.open("executive_coach")
    await talk(GOAL)
    server.faults.always("fail")
    first = await talk(WHY)
    assert (first.voice, first.reply.notice) == ("offline", AWAY)
    assert first.reply.question
    second = await talk("My boss never gives me any feedback on how I run the shift")
    assert (second.voice, second.reply.notice) == ("offline", None)
    server.faults.clear()
    third = await talk("On Monday I asked him for ten minutes and he walked past me")
    assert (third.voice, third.reply.notice) == ("model", None)
    server.faults.always("fail")
    fourth = await talk("Nobody else on the shift asks him either, we all just guess")
    assert fourth.reply.notice == AWAY
    assert [one["outcome"] for one in await rows(talk, "usage")] == [
        "done", "server", "server", "done", "server",
    ]  # fmt: skip


async def test_another_model_takes_over(server: Server, talker: Talker) -> None:
    talk = await talker(model_tries=1, fallback_models=("openai:coach-2",))
    await talk.open("executive_coach")
    server.faults.always("overloaded", model="coach-1")
    turned = await talk(GOAL)
    assert (turned.voice, turned.reply.notice) == ("model", None)
    assert [one["model"] for one in await rows(talk, "usage")] == [
        "openai:coach-1",
        "openai:coach-2",
    ]


async def test_what_was_shown_stays_and_the_question_follows(
    server: Server, talker: Talker
) -> None:
    talk = await talker()
    await talk.open("executive_coach")

    def speaker(prompt: Prompt) -> Said:
        return Said("You have waited long for this. It shows in how you say it. What now?")

    server.speaker = speaker
    server.faults.next("drop", after="for this. It shows")
    turned = await talk(GOAL)
    pending = (await row_of(talk.engine, talk))["memory"]["pending"]
    assert turned.reply.text == f"You have waited long for this. {pending['text']}"
    assert turned.reply.notice == AWAY
    assert len(server.log.asked) == 1


async def test_cost_is_booked_where_the_price_is_known(
    server: Server, talker: Talker, monkeypatch: Any
) -> None:
    price = Price.model_validate(
        {"input": 1.0, "output": 2.0, "source": "https://example.org", "checked": "2026-01-01"}
    )
    from bot.voices import making

    monkeypatch.setattr(making, "read_prices", lambda root: {"openai:coach-1": price})
    talk = await talker(tenant_monthly_cost=0.000_001)
    await talk.open("executive_coach")
    await talk(GOAL)
    (usage,) = await rows(talk, "usage")
    wanted = (usage["tokens_in"] * 1.0 + usage["tokens_out"] * 2.0) / 1e6
    assert abs(usage["cost"] - wanted) < 1e-9
    assert (await talk(WHY)).reply.notice == TENANT_SPENT


async def test_late_turns_are_told_no_more_than_early_ones(server: Server, talker: Talker) -> None:
    """The prompt is bounded, however long the talk."""
    talk = await talker()
    await talk.open("life_coach")
    sizes: list[int] = []
    for number in range(45):
        await talk(
            f"On day {number} my manager moved shift {number} again and I felt tired of asking, "
            f"because nobody on team {number} tells me early enough what I have to plan for."
        )
        prompt = server.log.succeeded[-1].prompt
        assert prompt is not None
        sizes.append(prompt.tokens)
    assert max(sizes[30:]) <= 1.2 * max(sizes[5:15])
