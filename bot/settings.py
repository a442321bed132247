"""Every setting, from the environment and a ``.env`` file in the current folder."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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


def _names(value: object) -> object:
    """A list written with commas."""
    if isinstance(value, str):
        return tuple(one for one in (part.strip() for part in value.split(",")) if one)
    return value


def _command(name: str) -> str:
    name = "/" + name.lstrip("/")
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", name):
        raise ValueError("a command has up to 31 small letters, digits, - and _")
    return name


def _address(url: str) -> str:
    """An address of the web; it ends with a slash, so that names can be added."""
    if not re.match(r"https?://[^\s/]+", url):
        raise ValueError("an address that begins with https:// is needed")
    return url.rstrip("/") + "/"


def _model(spec: str) -> str:
    """A language model: who provides it, and its name there."""
    if not re.fullmatch(r"[a-z][\w-]*:\S+", spec):
        raise ValueError(
            f"a provider and a name are needed, such as openai:gpt-4.1-mini, not “{spec[:60]}”"
        )
    return spec


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Model = Annotated[str, AfterValidator(_model)]
Secret = Annotated[str | None, Field(repr=False)]
Address = Annotated[str, AfterValidator(_address)]


def _default_database() -> str:
    from platformdirs import user_data_dir

    return str(Path(user_data_dir("rocket-coach", appauthor=False)) / "rocket.db")


class Settings(BaseSettings):
    """What can be set. An empty variable counts as not set.

    Attributes:
        database_url: a path, or a ``sqlite://`` or ``postgresql://`` address; it may hold a
            password and is left out when settings are printed.
        model: a language model that words the replies; None for the offline voice.
        fallback_models: models that are asked, in this order, when that one fails.
        openai_api_key, openai_base_url: for "openai:" models; another address for any server that
            speaks the same protocol, which may need no key.
        anthropic_api_key, anthropic_base_url, google_api_key, google_base_url, ollama_base_url: the
            same for the others.
        model_first_token_seconds: so long a model may take to its first token.
        model_total_seconds: so long it may take in all.
        model_tries: how often one model is asked for one reply while its server is busy or fails.
        model_max_tokens: of one answer.
        person_daily_tokens: of one person and day, in and out; None for no limit.
        tenant_monthly_tokens: of one workspace or server and calendar month; None for no limit.
        tenant_monthly_cost: the same in US dollars; calls whose price is not known count nothing.
        embeddings: ``provider:name`` of an embeddings model; None for the built-in vectors.
        rocket_personas: a folder of coach files to use instead of the shipped one.
        rocket_log: the least severe log line that is written to stderr; None for "info" in
            ``rocket serve`` and "error" elsewhere.
        http_host, http_port: where ``rocket serve`` answers requests; port 0 takes any free one.
        retention_days: after so many days without a word from or to a person everything of theirs
            is deleted; None to keep it.
        otel_exporter_otlp_endpoint: where spans are sent to; None for nowhere.
        otel_service_name: how this program is called there.
        coaches_off: keys of coaches that are not offered; sessions with them go on.
        safety_human: somebody to turn to, named beside the help lines: "Ana in HR, ext. 12".
        token_keys: Fernet keys that tokens of installations are encrypted with; the first one
            encrypts, all of them decrypt.
        public_url: the address at which this program can be reached from outside.
        slack_bot_token, slack_app_token: of one workspace, and for Socket Mode.
        slack_signing_secret: for events that come by HTTP.
        slack_client_id, slack_client_secret: for many workspaces, which install by OAuth.
        slack_api_url: another address of Slack's Web API.
        slack_command: the name of the slash command.
        slack_channels: ids of the channels where sessions may start; none for all. Direct messages
            are always open.
        slack_people: ids of the people who may use it; none for all.
        discord_token: of the bot.
        discord_api_url, discord_gateway_url: other addresses of Discord's API and gateway.
        discord_channels: ids of the channels in whose threads sessions may start; none for all.
            Direct messages are always open.
        discord_people: ids of the people who may use it; none for all.
        discord_grace_days: so long after the app was removed from a server what was said there is
            deleted.
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
    model: Model | None = None
    fallback_models: Annotated[tuple[Model, ...], NoDecode, BeforeValidator(_names)] = ()
    openai_api_key: Secret = None
    openai_base_url: Address | None = None
    anthropic_api_key: Secret = None
    anthropic_base_url: Address | None = None
    google_api_key: Secret = None
    google_base_url: Address | None = None
    ollama_base_url: Address | None = None
    model_first_token_seconds: Annotated[float, Field(gt=0, le=600)] = 15.0
    model_total_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    model_tries: Annotated[int, Field(ge=1, le=10)] = 3
    model_max_tokens: Annotated[int, Field(ge=64, le=100_000)] = 1_200
    person_daily_tokens: Annotated[int, Field(ge=1)] | None = None
    tenant_monthly_tokens: Annotated[int, Field(ge=1)] | None = None
    tenant_monthly_cost: Annotated[float, Field(gt=0)] | None = None
    embeddings: Annotated[str, Field(pattern=r"^[\w-]+:\S+$")] | None = None
    rocket_personas: Annotated[Path, AfterValidator(_folder)] | None = None
    rocket_log: LogLevel | None = None
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    otel_exporter_otlp_endpoint: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    otel_service_name: str = "rocket-coach"
    coaches_off: Names = ()
    safety_human: str | None = None
    token_keys: Annotated[Names, Field(repr=False)] = ()
    public_url: Address | None = None
    slack_bot_token: Secret = None
    slack_app_token: Secret = None
    slack_signing_secret: Secret = None
    slack_client_id: str | None = None
    slack_client_secret: Secret = None
    slack_api_url: Address = "https://slack.com/api/"
    slack_command: Annotated[str, AfterValidator(_command)] = "/coach"
    slack_channels: Names = ()
    slack_people: Names = ()
    discord_token: Secret = None
    discord_api_url: Address = "https://discord.com/api/v10/"
    discord_gateway_url: Annotated[str, Field(pattern=r"^wss?://\S+$")] | None = None
    discord_channels: Names = ()
    discord_people: Names = ()
    discord_grace_days: Annotated[int, Field(ge=0, le=365)] = 7


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
