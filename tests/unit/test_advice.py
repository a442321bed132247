"""What somebody gets who wants advice, and how the talk comes back to its question after it."""

from __future__ import annotations

import pytest

from personas.models import Slot
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


GLOVES = "Once a cook refused to wear gloves. I took him aside and showed him the audit photos."


async def test_feedback_on_a_story_is_given_when_it_is_asked_for(talk: Talk) -> None:
    await begun(talk, "sarah", "interview on Thursday, kitchen manager at a school")
    asked = (await talk(GLOVES)).reply.question
    reply = (await talk("is that a good answer?")).reply
    assert "“I took him aside and showed him the audit photos”" in reply.text
    assert reply.question is None
    assert (await talk("ok")).reply.question == asked


async def test_an_ok_to_what_the_coach_asks_about_an_answer_goes_on(talk: Talk) -> None:
    await begun(talk, "sarah", "interview on Thursday, kitchen manager at a school")
    first = (await talk("how long should an answer be")).reply
    assert first.question
    again = (await talk("yeah ok")).reply
    assert again.question not in {None, first.question}
    assert "For example" not in again.text


async def test_a_message_meant_for_somebody_else_is_no_question_to_the_coach(talk: Talk) -> None:
    await begun(talk, "elena", "I want to find direct clients for my translation work")
    drafted = talk.engine.catalogue.phrases.lines["drafted"]
    reply = (await talk("hi martin, do you still need german manuals?")).reply
    assert any(line in reply.text for line in drafted)
    assert reply.question
    assert not [one for one in reply.sources if one.kind == "card"]
    ours = (await talk("hi elena, how long should a first message be?")).reply
    assert not any(line in ours.text for line in drafted)
    assert [one for one in ours.sources if one.kind == "card"]


async def test_the_same_page_is_not_read_out_twice(talk: Talk) -> None:
    await begun(talk, "sarah", "interview on Thursday, kitchen manager at a school")
    first = (await talk("how long should an answer be?")).reply
    await talk("yeah ok")
    second = (await talk("how long should my answer be then?")).reply
    pages = [[one.ref for one in reply.sources if one.kind == "card"] for reply in (first, second)]
    assert pages[0][0] == pages[1][0]
    assert "**To try:**" in second.text
    assert first.text.split(".")[1] not in second.text


async def test_what_if_is_taken_up_as_a_part_of_the_plan(talk: Talk) -> None:
    await begun(talk, "maya", "I want the early shift")
    phrases = talk.engine.catalogue.phrases.lines
    reply = (await talk("what if they say no?")).reply
    assert any(line in reply.text for line in phrases["what_if_later"])
    for _ in range(12):
        turned = await talk("/coach next")
        if turned.phase == "synthesis":
            break
    reply = (await talk("and what if they say no?")).reply
    assert any(line in reply.text for line in phrases["what_if"])
    bank = talk.engine.catalogue.coach("life_coach").questions
    assert reply.question in [one.text for one in bank if one.slot is Slot.PLAN_B]
