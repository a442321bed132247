"""What a platform's package offers to ``rocket serve``.

A package such as ``bot.slack`` has a function ``create(app, settings) -> Platform`` and a row in
``bot/serving/adapters.py``. ``create`` builds clients and connects to nothing; it raises
SettingsError, with a sentence, for credentials that can't be right.

The life of a platform: ``create``; ``run`` as a task of its own, beside the inbox that works off
what it accepts; at the end ``run`` is cancelled first, so that nothing new comes in, then the
inbox ends its turns, whose replies still go out by ``adapter``, and then comes ``close``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.inbox.contract import Adapter
from bot.inbox.service import Inbox
from bot.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.app import App


class Platform(Protocol):
    """One platform: what comes in from it, and the adapter that shows replies on it."""

    @property
    def adapter(self) -> Adapter:
        """Shows replies; must work before ``run`` begins and after it was cancelled."""
        ...

    @property
    def connected(self) -> bool:
        """Whether events can reach us now; what ``/readyz`` tells."""
        ...

    @property
    def router(self) -> APIRouter | None:
        """Routes for events that come by HTTP; None where a socket is held.

        Requests reach them only while ``run`` runs, else they are answered with 503 so that the
        platform sends them again.
        """
        ...

    async def run(self, inbox: Inbox) -> None:
        """Hand events to ``inbox.accept`` until cancelled; where all comes by HTTP, just wait.

        It connects again by itself when a connection is lost. When it raises or returns, it is
        called again, later and later.

        Raises:
            SettingsError: the platform refuses the credentials: it is not called again.
        """
        ...

    async def close(self) -> None:
        """Give clients and connections back; called once, also when ``run`` never began."""
        ...


class Create(Protocol):
    """The function ``create`` of a platform's package."""

    def __call__(self, app: App, settings: Settings) -> Platform:
        """Build it; raises SettingsError."""
        ...
