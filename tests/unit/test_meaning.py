"""Meaning: tokens, static vectors, hashed words, embeddings that come and go, cards found."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.knowledge import FITS, find_cards
from bot.engine.meaning import (
    Embeddings,
    Meaning,
    MeaningError,
    Vectors,
    Words,
    best_available,
    nearest,
    similarity,
    static_vectors,
    words,
)
from bot.engine.recommendation import ROUTING
from bot.engine.wordpiece import WordPiece
from personas.catalogue import Catalogue

LEVELS: Final[tuple[Callable[[], Meaning], ...]] = (words, static_vectors)
PAIRS: Final = (
    ("My boss refuses to raise my pay.", "They won't give me more money.", "The cat is asleep."),
    ("I have to lead a team now.", "I became the manager of six people.", "It rains in Oslo."),
    ("I dread the interview.", "The panel asks and I get nervous.", "Bake it for an hour."),
)


def test_wordpiece_takes_the_longest_piece_first() -> None:
    pieces = WordPiece({"re": 0, "retrain": 1, "##train": 2, "##ing": 3, "!": 4})
    assert pieces.ids("Retraining! re") == [1, 3, 4, 0]


def test_wordpiece_leaves_out_what_it_cannot_spell() -> None:
    pieces = WordPiece({"pay": 0, "##s": 1})
    assert pieces.ids("pays xyz pay") == [0, 1, 0]


def test_wordpiece_takes_accents_away() -> None:
    assert WordPiece({"resume": 7}).ids("Résumé") == [7]


@pytest.mark.parametrize("level", LEVELS)
@given(texts=st.lists(st.text(max_size=80), max_size=4))
def test_rows_are_of_unit_length_or_zero(level: Callable[[], Meaning], texts: list[str]) -> None:
    rows = level().encode(texts)
    assert rows.shape[0] == len(texts)
    assert rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-4) | (lengths == 0))


@pytest.mark.parametrize("level", LEVELS)
def test_a_text_is_like_itself_and_unlike_nothing(level: Callable[[], Meaning]) -> None:
    meaning = level()
    assert similarity(meaning, "night shift", "night shift") == pytest.approx(1, abs=1e-5)
    assert similarity(meaning, "night shift", "") == 0


@pytest.mark.parametrize(("text", "near", "far"), PAIRS)
def test_vectors_see_what_two_texts_share_without_a_common_word(
    text: str, near: str, far: str
) -> None:
    vectors = static_vectors()
    assert similarity(vectors, text, near) > similarity(vectors, text, far) + 0.15


def test_a_text_is_encoded_alike_alone_and_among_others() -> None:
    alone = static_vectors().encode(["a raise"])[0]
    among = static_vectors().encode(["weather", "a raise", ""])[1]
    assert np.allclose(alone, among)


def test_the_vectors_are_small_enough_for_the_repository() -> None:
    vectors = Vectors()
    assert vectors.encode(["work"]).shape == (1, 256)


def test_words_see_spelling() -> None:
    level = Words(1024)
    assert similarity(level, "negotiating", "negotiation") > similarity(level, "negotiating", "cat")


def test_nearest_orders_by_nearness_and_breaks_ties_by_place() -> None:
    found = nearest(static_vectors(), "salary", ["kitten", "wages", "wages", "violin"], k=3)
    assert [index for index, _ in found][:2] == [1, 2]
    assert found[0][1] == found[1][1] > found[2][1]
    assert nearest(static_vectors(), "salary", []) == []


def embed_by_length(texts: list[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


def test_embeddings_ask_once_for_each_text() -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.extend(texts)
        return embed_by_length(texts)

    level = Embeddings(embed)
    first = level.encode(["one", "two", "one"])
    again = level.encode(["two"])
    assert asked == ["one", "two"]
    assert np.allclose(first[1], again[0])
    assert np.allclose(np.linalg.norm(first, axis=1), 1)


def test_embeddings_forget_the_oldest_texts_but_answer_all_that_is_asked() -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.extend(texts)
        return embed_by_length(texts)

    level = Embeddings(embed, remembered=2)
    assert len(level.encode(["a", "bb", "ccc"])) == 3
    _ = level.encode(["ccc"])
    _ = level.encode(["a"])
    assert asked == ["a", "bb", "ccc", "a"]


def test_failing_embeddings_rest_and_the_vectors_go_on(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def embed(texts: list[str]) -> list[list[float]]:
        tries.append(len(texts))
        raise TimeoutError

    level = Embeddings(embed)
    with caplog.at_level(logging.WARNING):
        assert similarity(level, "pay", "wages") == similarity(static_vectors(), "pay", "wages")
        assert nearest(level, "pay", ["cat", "wages"])[0][0] == 1
    assert len(tries) == 1
    assert "TimeoutError" in caplog.text
    with pytest.raises(MeaningError):
        _ = level.encode(["pay"])


def test_failed_embeddings_are_tried_again_after_a_rest() -> None:
    answers = [TimeoutError(), None]

    def embed(texts: list[str]) -> list[list[float]]:
        failure = answers.pop(0)
        if failure:
            raise failure
        return embed_by_length(texts)

    level = Embeddings(embed, rest=0)
    with pytest.raises(MeaningError):
        _ = level.encode(["pay"])
    assert level.encode(["pay"]).shape == (1, 2)


def test_embeddings_of_the_wrong_number_are_an_error() -> None:
    level = Embeddings(lambda texts: [[1.0, 0.0]])
    with pytest.raises(MeaningError, match="shape"):
        _ = level.encode(["pay", "wages"])


def test_an_unknown_provider_leaves_the_vectors(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert best_available("nobody:nothing") is static_vectors()
    assert "nobody:nothing" in caplog.text
    assert best_available(None) is static_vectors()


QUESTIONS: Final = (
    ("How do I answer the question about my biggest weakness?", "interview_coach"),
    ("How do I find a mentor?", "network_builder"),
    ("Should I accept their first offer?", "salary_negotiator"),
    ("Is another certificate worth the money?", "industry_expert"),
)


@pytest.mark.parametrize(("question", "coach"), QUESTIONS)
def test_a_card_of_the_right_coach_is_found(question: str, coach: str) -> None:
    found = find_cards(question, Catalogue().all_cards, static_vectors(), k=3)
    assert found[0][0].coach == coach
    assert found[0][1] >= FITS
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)


@pytest.mark.parametrize("question", ["Will it rain on Sunday?", "Who won the match?", "1 + 1"])
def test_no_card_fits_a_question_about_something_else(question: str) -> None:
    for _, score in find_cards(question, Catalogue().all_cards, static_vectors(), k=5):
        assert 0 <= score < FITS


def share_with_a_card(texts: list[str]) -> float:
    cards = Catalogue().all_cards
    found = [find_cards(text, cards, static_vectors(), k=1)[0][1] >= FITS for text in texts]
    return sum(found) / len(found)


def test_wishes_get_a_card_far_more_often_than_small_talk() -> None:
    examples = tomllib.loads((ROUTING / "examples.toml").read_text(encoding="utf-8"))
    unclear = tomllib.loads((ROUTING / "unclear.toml").read_text(encoding="utf-8"))
    assert share_with_a_card([text for texts in examples.values() for text in texts]) > 0.4
    assert share_with_a_card(unclear["off_topic"]["texts"]) < 0.06
    assert share_with_a_card(unclear["greeting"]["texts"]) < 0.2


def test_a_page_of_another_card_is_not_taken_for_the_right_one() -> None:
    cards = Catalogue().cards("interview_coach")
    for card in cards:
        found = find_cards(f"{card.title}. {card.advice}", cards, static_vectors(), k=1)
        assert found[0][0].key == card.key


def test_finding_cards_needs_cards_and_a_question() -> None:
    cards = Catalogue().cards("interview_coach")
    assert find_cards("nerves", (), static_vectors()) == []
    assert find_cards("  ", cards, static_vectors()) == []
    assert len(find_cards("nerves", cards[:1], static_vectors())) == 1
