"""What somebody reads who has set a model wrongly: one sentence that names what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, read_settings
from bot.voices.making import models_of
from bot.voices.prices import read_prices
from personas.catalogue import CatalogueError

_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "OPENAI_BASE_URL")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*_KEYS, "MODEL", "FALLBACK_MODELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["MODEL", "FALLBACK_MODELS"])
@pytest.mark.parametrize("wrong", ["gpt-4.1-mini", "openai:"])
def test_a_model_is_a_provider_and_a_name(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(SettingsError, match=rf"^{name}: .*such as openai:.*not “{wrong}”"):
        read_settings()


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("openai:gpt-4.1-mini", r"needs a key: set OPENAI_API_KEY \(or OPENAI_BASE_URL"),
        ("anthropic:claude", "needs a key: set ANTHROPIC_API_KEY"),
        ("google_genai:gemini", "needs a key: set GOOGLE_API_KEY"),
        ("nosuch:thing", "no provider is called “nosuch”"),
        ("mistralai:large", "needs the package of mistralai"),
    ],
)
def test_what_is_missing_is_named(spec: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        models_of(Settings(_env_file=None, model=spec))  # pyright: ignore[reportCallIssue]
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")


def test_a_server_of_ones_own_needs_no_key() -> None:
    given = {"model": "openai:local", "openai_base_url": "http://127.0.0.1:9/v1"}
    settings = Settings(_env_file=None, **given)  # pyright: ignore[reportCallIssue, reportArgumentType]
    assert len(models_of(settings).models) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["openai:x"]\ninput = "a"\noutput = 1\n', r"openai:x\.input: "),
        ("input = [", "prices.toml: "),
    ],
)
def test_the_first_mistake_of_a_price_table_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(CatalogueError, match=told) as error:
        read_prices(tmp_path)
    assert "\n" not in str(error.value)
