"""How a pause taken for safety goes on and ends: lightly where unsure, else with a question."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.engine import pausing
from bot.engine.safety import (
    Level,
    Screening,
    response,
    says_heavier,
    says_only_work,
    says_yes,
    screen,
)
from bot.engine.safety.spelling import Language
from bot.engine.turned import Turned
from tests.conftest import Talk
from tests.talking import GOAL

KINDS = ("self_harm", "harm_to_others", "abuse", "child", "medical", "other_at_risk")
SIGN = "I'm only a burden to my wife and the kids."
OUTRIGHT = "I have decided to kill myself when the course is over."
WORK = [
    "My manager moved the stock meeting to Thursday again.",
    "I would like to run the weekend team from spring.",
    "The area manager asked me for a plan of the shifts.",
    "I wrote the first half of it on the train.",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", [None, "en_GB", "de_DE", "pt_BR"])
def test_an_unsure_reply_is_short_names_help_and_says_that_writing_on_is_fine(
    kind: str, locale: str | None
) -> None:
    for level in ("explicit", "indirect"):
        light = response(Screening(level, kind, sure=False), locale, 0)
        full = response(Screening(level, kind), locale, 0)
        assert len(light.text.split()) <= 100
        if kind != "medical":
            assert len(light.text.split()) < len(full.text.split())
        assert "may have misread" in light.text
        assert "just write on; that is fine" in light.text
        assert "a person can listen" in light.text
        assert "I am an AI" in light.text
        assert light.text.count("?") == 1
        assert light.text.endswith("?")
        assert "{" not in light.text
        assert light.choices == full.choices
    if locale == "en_GB":
        assert "999" in response(Screening("indirect", kind, sure=False), locale, 0).text


def test_an_unsure_reply_names_a_line_of_the_country_or_a_directory() -> None:
    unsure = Screening("indirect", "self_harm", sure=False)
    assert "116 123" in response(unsure, "en_GB", 0).text
    assert "findahelpline" in response(unsure, None, 0).text


@pytest.mark.parametrize("language", [one for one in get_args(Language) if one != "en"])
def test_an_unsure_reply_is_light_in_the_language_of_the_message(language: Language) -> None:
    light = response(Screening("indirect", "self_harm", language, sure=False), None, 0).text
    full = response(Screening("indirect", "self_harm", language), None, 0).text
    assert light.split("\n\n")[0] != full.split("\n\n")[0]
    assert "may have misread" in light.split("\n\n")[1]


def test_answers_to_our_questions_are_told_apart() -> None:
    for text in ("just work", "No, only a bad week", "the job", "nothing heavier", "tired"):
        assert says_only_work(text), text
        assert not says_heavier(text), text
    for text in ("something heavier", "the second", "I am not safe", "both, I think"):
        assert says_heavier(text), text
        assert not says_only_work(text), text
    for text in ("Yes", "ok, go on", "sí", "sure"):
        assert says_yes(text), text
    for text in ("no", "not yet", "yes but I want to die", ""):
        assert not says_yes(text), text
    assert not says_only_work("")


async def test_an_answer_that_it_is_only_work_ends_an_unsure_pause(
    monkeypatch: pytest.MonkeyPatch, talk: Talk
) -> None:
    await _unsure(monkeypatch, talk)
    on = await talk("just work")
    assert not on.paused
    assert not (await talk(WORK[0])).paused


@pytest.mark.parametrize("said", ["something heavier", "I think that it is the second one"])
async def test_an_answer_that_it_is_heavier_makes_the_pause_a_full_one(
    monkeypatch: pytest.MonkeyPatch, talk: Talk, said: str
) -> None:
    await _unsure(monkeypatch, talk)
    told = await talk(said)
    assert told.paused
    assert "Are you having thoughts of ending your life?" in told.reply.text
    assert (await talk(WORK[0])).paused


async def test_the_choices_of_an_unsure_pause_do_what_they_say(
    monkeypatch: pytest.MonkeyPatch, talk: Talk
) -> None:
    await _unsure(monkeypatch, talk)
    assert "Here they are" in (await talk("Show the help lines again")).reply.text
    assert "We go on where we stopped" in (await talk("Go on with the coaching")).reply.text


async def test_after_a_sign_somebody_who_writes_on_about_work_is_asked_once(talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(GOAL)
    assert (await talk(SIGN)).paused
    first, second = [await talk(text) for text in WORK[:2]]
    assert "Shall we go on" not in first.reply.text
    assert "Shall we go on with the coaching?" in second.reply.text
    assert first.paused
    assert second.paused
    on = await talk(WORK[2])
    assert not on.paused
    assert on.reply.question is not None


async def test_a_no_to_that_question_keeps_the_pause_and_it_is_not_asked_again(talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(SIGN)
    assert "Shall we go on" in [await talk(text) for text in WORK[:2]][1].reply.text
    for text in ("No, I can't think about any of that", "yes", *WORK):
        told = await talk(text)
        assert told.paused, text
        assert "Shall we go on" not in told.reply.text


async def test_a_yes_to_that_question_goes_on_and_without_it_does_not(talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(GOAL)
    await talk(SIGN)
    assert (await talk("yes")).paused
    await talk(WORK[0])
    assert (await talk(WORK[1])).paused
    assert not (await talk("yes please")).paused
    assert not (await talk(WORK[2])).paused


async def test_a_new_sign_begins_the_count_again(talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(SIGN)
    await talk(WORK[0])
    assert (await talk("I wish I could fall asleep and never wake up again.")).paused
    assert "Shall we go on" not in (await talk(WORK[1])).reply.text
    assert "Shall we go on" in (await talk(WORK[2])).reply.text


async def test_after_danger_said_outright_only_their_word_ends_the_pause(talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(GOAL)
    assert (await talk(OUTRIGHT)).paused
    for text in (*WORK, "yes"):
        told = await talk(text)
        assert told.paused
        assert "Shall we go on" not in told.reply.text
    assert not (await talk("Let's go on with the coaching")).paused


@pytest.mark.parametrize(("level", "sure"), [("indirect", True), ("indirect", False)])
async def test_a_weaker_sign_does_not_loosen_a_pause(
    monkeypatch: pytest.MonkeyPatch, talk: Talk, level: Level, sure: bool
) -> None:
    await talk.open("life_coach")
    assert (await talk(OUTRIGHT)).paused
    assert (await _screened(monkeypatch, talk, Screening(level, "self_harm", sure=sure))).paused
    for text in WORK:
        told = await talk(text)
        assert told.paused
        assert "Shall we go on" not in told.reply.text


def test_the_sentences_used_here_are_what_they_are_used_as() -> None:
    assert screen(SIGN).level == "indirect"
    assert screen(SIGN).sure
    assert screen(OUTRIGHT).level == "explicit"
    assert [screen(text).level for text in WORK] == ["none"] * len(WORK)


async def _unsure(monkeypatch: pytest.MonkeyPatch, talk: Talk) -> None:
    await talk.open("life_coach")
    await talk(GOAL)
    unsure = Screening("indirect", "self_harm", sure=False)
    assert (await _screened(monkeypatch, talk, unsure)).paused


async def _screened(monkeypatch: pytest.MonkeyPatch, talk: Talk, found: Screening) -> Turned:
    """The turn to a message in which the screen finds what is given."""
    with monkeypatch.context() as patched:
        patched.setattr(pausing, "screen", lambda *_: found)
        return await talk("The crates, the crates.")
