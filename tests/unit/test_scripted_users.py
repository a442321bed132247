"""Scripted users read questions, talk as their kind does, and never say the same twice."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.meaning import static_vectors
from evaluation.understanding import Topic, Understanding
from evaluation.users import KINDS, Life, User, lives

QUESTIONS = (
    "Why does it matter?",
    "Tell me about one time.",
    "What is in the way?",
    "Who helps?",
    "What was your part?",
)


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    """How the users read a question."""
    return Understanding(static_vectors())


def asking(question: str, phase: str = "deep_dive", **more: Any) -> dict[str, Any]:
    """A reply that asks, as far as a user looks at it."""
    return {
        "text": question,
        "question": question,
        "phase": phase,
        "choices": [],
        "done": False,
        **more,
    }


@pytest.mark.parametrize(
    ("question", "phase", "topic"),
    [
        ("Who could read it before you send it?", "synthesis", Topic.HELPER),
        ("From 0 to 10, how sure are you that you will do it?", "synthesis", Topic.COMMITMENT),
        ("On which day will you begin, and where?", "synthesis", Topic.STEP),
        ("If they say no, what will you do?", "synthesis", Topic.PLAN_B),
        ("What have you tried so far?", "deep_dive", Topic.TRIED),
        ("Tell me about a time you stepped in.", "deep_dive", Topic.STORY),
        ("Why does this matter to you?", "introduction", Topic.WHY),
    ],
)
def test_a_question_is_understood(
    understanding: Understanding, question: str, phase: str, topic: Topic
) -> None:
    assert understanding.topic(question, phase) is topic


def test_a_question_about_their_own_words_gets_a_thought(understanding: Understanding) -> None:
    question = "What would change if “nobody listens” were no longer so?"
    assert understanding.topic(question, "introduction") is Topic.THOUGHT


@pytest.mark.parametrize("life", lives(), ids=lambda life: life.key)
def test_nobody_says_the_same_twice(understanding: Understanding, life: Life) -> None:
    user = User(life, understanding, "test")
    said = [user.reply(asking(QUESTIONS[number % len(QUESTIONS)])) for number in range(20)]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("life", lives("one_word"), ids=lambda life: life.key)
def test_asked_the_same_for_ever_they_find_other_words(
    understanding: Understanding, life: Life
) -> None:
    user = User(life, understanding, "test")
    said = [user.reply(asking("What is in the way?")) for _ in range(30)]
    assert len(set(said)) == len(said)


def test_one_word_people_say_a_word_or_two(understanding: Understanding) -> None:
    for life in lives("one_word"):
        user = User(life, understanding, "test")
        assert all(len(user.reply(asking(question)).split()) <= 2 for question in QUESTIONS)


def test_rambling_people_bury_the_answer(understanding: Understanding) -> None:
    for life in lives("rambling"):
        said = User(life, understanding, "test").reply(asking("What is in the way?"))
        assert 110 <= len(said.split()) <= 250
        assert life.says[Topic.OBSTACLE][0][1:] in said


def test_hostile_people_insult_and_asking_people_ask(understanding: Understanding) -> None:
    for life in lives("hostile"):
        assert User(life, understanding, "test").reply(asking("Why?")) in life.insults
    for life in lives("asking"):
        user = User(life, understanding, "test")
        said = [user.reply(asking(question)) for question in QUESTIONS]
        assert sum(one.endswith("?") for one in said) == 2


def test_as_many_ratings_as_lines_are_given(understanding: Understanding) -> None:
    listed = "1. Energy\n2. Rest\n3. Fit\n\nFrom 1 (not yet) to 5, in this order?"
    reply = asking("From 1 (not yet) to 5, in this order?", "assessment", text=listed)
    user = User(lives("one_word")[0], understanding, "test")
    assert len(user.reply(reply).split()) == 1
    assert len(user.reply(reply).split()) == 3


def test_there_are_enough_of_each() -> None:
    found = {kind: len(lives(kind)) for kind in KINDS}
    assert found["cooperative"] >= 12
    assert all(found[kind] >= 3 for kind in KINDS)
