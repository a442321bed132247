"""Composition: builds storage, catalogue and engine from the settings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot import logs
from bot.engine.brief import Voice
from bot.engine.engine import Engine
from bot.engine.meaning import best_available
from bot.settings import Settings
from bot.voices.offline import OfflineVoice
from personas.catalogue import HERE, Catalogue
from storage.database import Database


@dataclass(frozen=True, slots=True)
class App:
    """What an adapter needs. Call :meth:`close` at the end."""

    catalogue: Catalogue
    database: Database
    engine: Engine

    async def close(self) -> None:
        """Give the database back."""
        await self.database.close()


async def start(settings: Settings, *, speaks: bool = True) -> App:
    """Open the database, bring it up to date and start the engine.

    Args:
        speaks: whether replies will be worded; who only reads needs no language model.

    Raises:
        StorageError: the database can't be used.
        CatalogueError: a coach file can't be used.
        SettingsError: the language model can't be used.
    """
    catalogue = read_catalogue(settings)
    database = Database(settings.database_url)
    await database.open()
    try:
        meaning = best_available(settings.embeddings) if settings.embeddings else None
        voice = await voice_of(settings, database) if speaks else OfflineVoice()
        engine = Engine(
            database, catalogue, voice=voice, meaning=meaning, human=settings.safety_human
        )
        await engine.start()
    except BaseException:
        await database.close()
        raise
    return App(catalogue, database, engine)


async def voice_of(settings: Settings, database: Database) -> Voice:
    """The voice of the settings: a model's where one is named, else the offline one.

    Raises:
        SettingsError: the model can't be used; says what is missing.
    """
    if settings.model is None:
        return OfflineVoice()
    # Models are libraries that take seconds to load: not for those who have none, and beside
    # whatever else this loop does.
    from bot.voices.making import model_voice

    return await asyncio.to_thread(model_voice, settings, database)


def read_catalogue(settings: Settings) -> Catalogue:
    """The coaches of ``ROCKET_PERSONAS``, or the shipped ones; files are read when needed."""
    return Catalogue(settings.rocket_personas or HERE, off=settings.coaches_off)


def log_to_stderr(settings: Settings) -> None:
    """Write log lines from the level of ``ROCKET_LOG`` on to stderr."""
    logs.log_to_stderr(settings.rocket_log or "error")
