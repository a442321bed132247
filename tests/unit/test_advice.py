"""What somebody gets who wants advice, and how the talk comes back to its question after it."""

from __future__ import annotations

import pytest

from tests.conftest import Talk
from tests.talking import GOAL, WHY

ROTA = "my boss changes the rota every week and i cant plan anything"


async def begun(talk: Talk, coach: str, goal: str) -> None:
    await talk(coach)
    await talk(goal)
    await talk("I told him once and he laughed")


async def test_a_colleagues_page_serves_where_it_fits_clearly_better(talk: Talk) -> None:
    await begun(talk, "marcus", ROTA)
    reply = (await talk("what would you do")).reply
    (source,) = [one for one in reply.sources if one.kind == "card"]
    assert source.ref == "executive_coach/managing_upwards"
    assert "Alexandra" in reply.text
    assert "**To try:**" in reply.text
    assert reply.question is None


async def test_the_own_page_serves_where_it_fits(talk: Talk) -> None:
    await begun(talk, "alexandra", ROTA)
    reply = (await talk("what would you do")).reply
    assert "executive_coach/managing_upwards" in [one.ref for one in reply.sources]
    assert "switch to" not in reply.text


async def test_where_no_page_fits_there_is_something_to_try_all_the_same(talk: Talk) -> None:
    await begun(talk, "marcus", "The kiln at the pottery needs new bricks this year")
    await talk("The old ones crack when it cools")
    reply = (await talk("tell me what to do")).reply
    assert [one.ref for one in reply.sources if one.kind == "card"] == ["phrases.straight"]
    assert "**To try:**" in reply.text


@pytest.mark.parametrize("said", ["ok", "Alright, thanks!", "makes sense", "I'll try that"])
async def test_an_ok_to_advice_brings_the_open_question_back(talk: Talk, said: str) -> None:
    await begun(talk, "maya", GOAL)
    asked = (await talk(WHY)).reply.question
    assert asked
    await talk("what would you do")
    assert (await talk(said)).reply.question == asked


async def test_an_ok_to_a_question_is_a_short_answer(talk: Talk) -> None:
    await begun(talk, "maya", GOAL)
    asked = (await talk(WHY)).reply.question
    again = (await talk("ok")).reply
    assert again.question != asked
    assert "For example" in again.text


async def test_an_ok_is_no_answer_where_a_name_or_a_role_is_asked_for(talk: Talk) -> None:
    await talk("david")
    await talk("I want a raise but my boss avoids me")
    turned = await talk("two years without one")
    assert "Which job" in (turned.reply.question or "")
    await talk("/coach advice")
    assert (await talk("ok")).reply.question == turned.reply.question


async def test_a_straight_answer_stands_in_the_transcript_as_it_was_asked_for(talk: Talk) -> None:
    await begun(talk, "maya", GOAL)
    turned = await talk("/coach advice")
    assert "**To try:**" in turned.reply.text
    told = await talk.engine.transcript(talk.sender, turned.session or "")
    assert [one["text"] for one in told if one["role"] == "user"][
        -1
    ] == "Give me a straight answer."
