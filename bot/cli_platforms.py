"""``rocket slack …`` and ``rocket doctor …``: setting up the chat platforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_shared import AsJson, Db, end, run, settings_of
from bot.terminal import ending
from bot.terminal.lines import emit

if TYPE_CHECKING:
    from bot.platforms.findings import Finding

slack = typer.Typer(
    name="slack", help="Set up the Slack app.", no_args_is_help=True, rich_markup_mode=None
)
discord = typer.Typer(
    name="discord", help="Set up the Discord bot.", no_args_is_help=True, rich_markup_mode=None
)
doctor = typer.Typer(
    name="doctor",
    help="Look at how a platform is set up; says what to click.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@doctor.callback()
def doctor_of() -> None:
    """Look at how a platform is set up; says what to click."""


@doctor.command("discord")
def doctor_discord(as_json: AsJson = False, db: Db = None) -> None:
    """Look at token, intents, permissions and commands; exit code 2 where something fails."""

    def look() -> list[Finding]:
        from bot.discord import cli

        return cli.findings(settings_of(db))

    _tell(look, as_json)


@doctor.command("slack")
def doctor_slack(as_json: AsJson = False, db: Db = None) -> None:
    """Look at tokens, permissions and installations; exit code 2 where something fails."""

    def look() -> list[Finding]:
        from bot.slack.doctor import findings

        return findings(settings_of(db))

    _tell(look, as_json)


def _tell(look: Callable[[], list[Finding]], as_json: bool) -> None:
    bad: list[str] = []

    def tell() -> None:
        from bot.platforms.findings import shown

        found = look()
        bad.extend(one.about for one in found if one.state == "bad")
        if as_json:
            for one in found:
                emit(asdict(one))
        else:
            print(shown(found), flush=True)

    run(tell, as_json)
    end(ending.CANNOT if bad else ending.FINE)


@discord.callback()
def discord_of() -> None:
    """Set up the Discord bot."""


@discord.command("invite")
def discord_invite(db: Db = None) -> None:
    """Print the link that adds the bot to a server with exactly the permissions it uses."""

    def show() -> None:
        from bot.discord import cli

        print(cli.invite_link(settings_of(db)), flush=True)

    end(ending.run(show, ending.tell))


@slack.command("manifest")
def slack_manifest(
    address: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Public address: HTTP, not Socket Mode."),
    ] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate-tokens", help="Have tokens expire and be renewed.")
    ] = False,
) -> None:
    """Print the app manifest, to paste at api.slack.com/apps under "From a manifest"."""

    def show() -> None:
        from bot.settings import read_settings
        from bot.slack.manifest import manifest_json

        settings = read_settings()
        base = address or settings.public_url
        print(manifest_json(settings.slack_command, base, rotation=rotate), flush=True)

    end(ending.run(show, ending.tell))


@slack.command("key")
def slack_key() -> None:
    """Print a new key for TOKEN_KEYS, with which tokens of installations are encrypted."""

    def show() -> None:
        from cryptography.fernet import Fernet

        print(Fernet.generate_key().decode(), flush=True)

    end(ending.run(show, ending.tell))
