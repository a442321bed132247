"""Every setting, from the environment and a ``.env`` file in the current folder."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.address import address_of
from storage.errors import StorageError

LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(ValueError):
    """A setting can't be used; the message names it and says what it takes."""


def _database(url: str) -> str:
    """A file path, or the address of a Postgres database, in the one form that storage takes."""
    try:
        return address_of(url).target
    except StorageError as error:
        raise ValueError(str(error)) from error


def _folder(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_dir():
        raise ValueError(f"{path} is not a folder")
    return path


def _default_database() -> str:
    from platformdirs import user_data_dir

    return str(Path(user_data_dir("rocket-coach", appauthor=False)) / "rocket.db")


class Settings(BaseSettings):
    """What can be set. An empty variable counts as not set.

    Attributes:
        database_url: a path, or a ``sqlite://`` or ``postgresql://`` address; it may hold a
            password and is left out when settings are printed.
        embeddings: ``provider:name`` of an embeddings model; None for the built-in vectors.
        rocket_personas: a folder of coach files to use instead of the shipped one.
        rocket_log: the least severe log line that is written to stderr.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        default_factory=_default_database, repr=False
    )
    embeddings: Annotated[str, Field(pattern=r"^[\w-]+:\S+$")] | None = None
    rocket_personas: Annotated[Path, AfterValidator(_folder)] | None = None
    rocket_log: LogLevel = "error"


def read_settings(database: str | None = None) -> Settings:
    """The settings in force; ``database`` (of ``--db``) wins over the environment.

    Raises:
        SettingsError: one cannot be used.
    """
    given = {} if database is None else {"database_url": database}
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        shown = "--db" if name in given else name.upper()
        raise SettingsError(f"{shown}: {first['msg'].removeprefix('Value error, ')}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file .env can't be read ({type(error).__name__}).") from error


def system_user() -> str:
    """The name of the account this runs under; "me" where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "me"
