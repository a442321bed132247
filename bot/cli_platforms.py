"""``rocket slack …`` and ``rocket doctor …``: setting up the chat platforms."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli_shared import end
from bot.terminal import ending

slack = typer.Typer(
    name="slack", help="Set up the Slack app.", no_args_is_help=True, rich_markup_mode=None
)


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
