"""The voice of the settings: builds the models that are named, which loads their libraries."""

from __future__ import annotations

import os
from typing import Any, Final

from bot.settings import Settings, SettingsError
from bot.voices.books import Books, Budgets
from bot.voices.calling import LangChainModel, Limits, ModelSetupError
from bot.voices.falling_back import FallingBack
from bot.voices.model import ModelVoice
from bot.voices.prices import read_prices
from storage.database import Database

_KEYS: Final = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
}


def model_voice(settings: Settings, database: Database) -> ModelVoice:
    """The voice that speaks by ``MODEL``, then ``FALLBACK_MODELS``.

    Raises:
        SettingsError: a model can't be used; says what is missing.
        CatalogueError: the table of prices can't be used.
    """
    return ModelVoice(models_of(settings), Books(database, budgets_of(settings)))


def models_of(settings: Settings) -> FallingBack:
    """The models of the settings, in order; raises as :func:`model_voice`."""
    limits = Limits(
        settings.model_first_token_seconds,
        settings.model_total_seconds,
        settings.model_max_tokens,
    )
    specs = [one for one in (settings.model, *settings.fallback_models) if one is not None]
    for spec in specs:
        _look_for_key(spec, settings)
    try:
        models = [LangChainModel(spec, limits, **_options(spec, settings)) for spec in specs]
    except ModelSetupError as error:
        raise SettingsError(f"{error}.") from error
    prices = read_prices(settings.rocket_personas)
    return FallingBack(models, limits, settings.model_tries, prices)


def budgets_of(settings: Settings) -> Budgets:
    """The budgets of the settings."""
    return Budgets(
        settings.person_daily_tokens,
        settings.tenant_monthly_tokens,
        settings.tenant_monthly_cost,
    )


def _look_for_key(spec: str, settings: Settings) -> None:
    """Say now what would only show with the first reply. Raises SettingsError.

    A server of one's own, and a gateway, may want no key.
    """
    provider = spec.partition(":")[0]
    name = _KEYS.get(provider)
    if name is None or os.environ.get(name):
        return
    given = _options(spec, settings)
    if not any(given.values()):
        address = name.replace("_API_KEY", "_BASE_URL")
        raise SettingsError(
            f"The model {spec} needs a key: set {name} (or {address}, where none is wanted)."
        )


def _options(spec: str, settings: Settings) -> dict[str, Any]:
    """Key and address of a model's provider; what is not set here its library looks for itself."""
    match spec.partition(":")[0]:
        case "openai":
            return {"api_key": settings.openai_api_key, "base_url": settings.openai_base_url}
        case "anthropic":
            return {"api_key": settings.anthropic_api_key, "base_url": settings.anthropic_base_url}
        case "google_genai":
            return {"google_api_key": settings.google_api_key, "base_url": settings.google_base_url}
        case "ollama":
            return {"base_url": settings.ollama_base_url}
        case _:
            return {}
