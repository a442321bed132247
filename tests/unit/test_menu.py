"""What somebody gets who writes before picking a coach."""

from __future__ import annotations

import pytest

from bot.engine.menu import WHO_FIRST
from bot.engine.turned import Turned
from tests.conftest import Talk


async def _typed(talk: Talk, text: str) -> Turned:
    await talk.open(None)
    return await talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "just tell me what to do",
        "so what should i do",
        "you are useless, too many questions",
        "i hate my job",
        "i dont know what i want",
        "I work in a shop",
    ],
)
async def test_somebody_who_leaves_it_open_gets_three_ways_to_begin(talk: Talk, text: str) -> None:
    reply = (await _typed(talk, text)).reply
    assert [one.id for one in reply.choices][-1] == "/coach"
    assert len(reply.choices) == 4
    assert reply.question == WHO_FIRST
    assert reply.text.count("?") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("i hate my job", "You hate your job."),
        ("im bored at work", "You're bored at work."),
        ("my work is pointless", "Your work is pointless."),
    ],
)
async def test_what_was_said_is_given_back_and_opens_the_talk(
    talk: Talk, text: str, told: str
) -> None:
    assert (await _typed(talk, text)).reply.text.startswith(told)
    begun = await talk("1")
    assert begun.coach == "life_coach"
    assert told[1:-1] in begun.reply.text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("why should i trust a bot", "I'm an AI"),
        ("who can read this", "/coach forget"),
        ("do I have to pay tax on a bonus", "tax adviser"),
        ("can they sack me for being ill", "employment lawyer"),
    ],
)
async def test_a_question_is_answered_before_a_coach_is_picked(
    talk: Talk, text: str, answer: str
) -> None:
    reply = (await _typed(talk, text)).reply
    assert answer in reply.text
    assert len(reply.choices) == 7


async def test_an_impatient_line_that_says_what_it_is_about_is_heard(talk: Talk) -> None:
    turned = await talk("just tell me how to get a raise")
    assert turned.reply.choices[0].id == "salary_negotiator"
    assert "get a raise" in turned.reply.text


async def test_what_was_said_at_the_menu_is_not_forgotten_over_a_shrug(talk: Talk) -> None:
    first = await talk("I asked for a raise twice and my boss said next year both times")
    for shrug in ("whatever", "this is useless"):
        again = await talk(shrug)
        assert [one.id for one in again.reply.choices] == [one.id for one in first.reply.choices]
