"""The platforms there are. A new one is one row here; its package is imported when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from bot.platform import Create
from bot.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Row:
    """A platform.

    Attributes:
        name: as people write it.
        package: the one with ``create`` (bot/platform.py).
        ways: the sets of settings with which it can be run; one of them must be complete. Names of
            attributes of Settings; on the command line and in ``.env`` they are in capitals.
        extra: the optional dependencies it needs; None where it needs none.
    """

    name: str
    package: str
    ways: tuple[tuple[str, ...], ...]
    extra: str | None = None

    def configured(self, settings: Settings) -> bool:
        """Whether one of its ways is complete."""
        return any(not missing_of(way, settings) for way in self.ways)

    def begun(self, settings: Settings) -> bool:
        """Whether some setting of it is there, but no way is complete."""
        some = any(len(missing_of(way, settings)) < len(way) for way in self.ways)
        return some and not self.configured(settings)

    def hint(self, settings: Settings) -> str:
        """The settings that would add it, as a clause: what is missing only, once it is begun."""
        options = [missing_of(way, settings) for way in self.ways]
        nearest = min(len(names) for names in options)
        if self.begun(settings):
            options = [names for names in options if len(names) == nearest]
        return " or ".join(" and ".join(name.upper() for name in names) for names in options)

    def create(self) -> Create:
        """Import it.

        Raises:
            SettingsError: its optional dependencies are not installed.
        """
        try:
            return cast(Create, import_module(self.package).create)
        except ModuleNotFoundError as error:
            if self.extra is None or (error.name or "").partition(".")[0] == "bot":
                raise
            raise SettingsError(
                f"{self.name} needs the {self.extra!r} extra: pip install 'rocket-coach"
                f"[{self.extra}]' ({error.name} is missing)."
            ) from error


_INSTALLED = ("slack_client_id", "slack_client_secret", "token_keys")
ROWS: tuple[Row, ...] = (
    Row(
        "Slack",
        "bot.slack",
        (
            ("slack_bot_token", "slack_app_token"),
            ("slack_bot_token", "slack_signing_secret"),
            (*_INSTALLED, "slack_signing_secret"),
            (*_INSTALLED, "slack_app_token"),
        ),
    ),
    Row("Discord", "bot.discord", (("discord_token",),)),
)


def missing_of(way: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The settings of a way that are not there."""
    return tuple(name for name in way if getattr(settings, name, None) in (None, "", ()))
