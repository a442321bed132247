"""``make eval`` prints routing at each level of meaning that works, each against its own limits."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from bot.engine.meaning import Embeddings, Level, Meaning, MeaningError
from evaluation import routing, sets
from evaluation.measures import Row

MADE: routing.Figures = {"first": 0.66, "three": 0.86, "unclear": 0.7, "asked_back": 0.1}


def _rows(monkeypatch: pytest.MonkeyPatch, *levels: Level) -> dict[str, Row]:
    def measured(meaning: Meaning) -> routing.Figures:
        return MADE

    def nothing() -> dict[str, dict[str, float]]:
        return {}

    monkeypatch.setattr(routing, "levels", lambda: [SimpleNamespace(level=one) for one in levels])
    monkeypatch.setattr(routing, "measure", measured)
    for other in (sets.quality, sets.cross):
        monkeypatch.setattr(other, "measure", nothing)
    figures = {"explicit": 1.0, "indirect": 1.0, "harmless": 0.0}
    monkeypatch.setattr(sets.safety, "measure", lambda: figures)
    return {row.what: row for row in sets.measure_sets().rows}


def test_each_level_has_its_rows_and_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _rows(monkeypatch, "words", "vectors", "embeddings")
    for level, met in (("words", True), ("vectors", True), ("embeddings", False)):
        first = rows[f"routing by {level}: first choice right"]
        three = rows[f"routing by {level}: right one among three"]
        assert (first.value, first.met) == (0.66, met)
        assert (three.value, three.met) == (0.86, met)
        assert rows[f"routing by {level}: unclear recognised"].met
        assert rows[f"routing by {level}: asked back on clear ones"].met


def test_a_level_that_is_not_there_has_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [what for what in _rows(monkeypatch, "words", "vectors") if "embeddings" in what]


def _away(texts: Sequence[str]) -> list[list[float]]:
    raise OSError("nobody there")


def _counted(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


def test_embeddings_are_measured_where_they_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EMBEDDINGS", raising=False)
    alone: list[Level] = ["words", "vectors"]
    assert [one.level for one in routing.levels()] == alone
    monkeypatch.setenv("EMBEDDINGS", "some:model")
    for embed, found in ((_counted, [*alone, "embeddings"]), (_away, alone)):
        monkeypatch.setattr(routing, "embeddings", lambda spec, embed=embed: Embeddings(embed))
        assert [one.level for one in routing.levels()] == found
    assert "Without embeddings" in capsys.readouterr().err


def test_embeddings_that_are_not_installed_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(spec: str) -> Meaning:
        raise MeaningError(f"EMBEDDINGS={spec} can't be used")

    monkeypatch.setenv("EMBEDDINGS", "some:model")
    monkeypatch.setattr(routing, "embeddings", missing)
    assert len(routing.levels()) == 2
    assert "some:model" in capsys.readouterr().err
