"""``rocket serve``: composition, and the order in which everything begins and ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from types import FrameType

from bot import app, logs
from bot.app import App
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.serving import adapters
from bot.serving.adapters import Row
from bot.serving.metrics import Metrics
from bot.serving.rehearsal import rehearse
from bot.serving.running import Running
from bot.serving.state import State
from bot.serving.tracing import tracing_of
from bot.settings import Settings
from bot.web.server import HttpServer, listen, make_web

_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what is under way then is finished.

    Raises:
        SettingsError: a setting, or the credentials of all platforms, can't be used.
        StorageError, CatalogueError: the database or a coach file can't be used.
        KeyboardInterrupt: a second signal: it was not waited for the end of what was under way.
    """
    # A program reads JSON, a person at a terminal does not.
    logs.log_to_stderr(settings.rocket_log or "info", as_json=not sys.stderr.isatty())
    logging.captureWarnings(capture=True)
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(logs.note_lost)
        try:
            runner.run(serve(settings))
        except asyncio.CancelledError as error:
            raise KeyboardInterrupt from error


async def serve(settings: Settings, rows: Sequence[Row] | None = None) -> None:
    """Serve in this loop; raises as :func:`run`, and CancelledError for its KeyboardInterrupt.

    Args:
        rows: the platforms there are; None for those of the registry.
    """
    with _told_to_stop() as told:
        async with AsyncExitStack() as stack:
            # What was begun last ends first: no new events, then the turns, then the platforms by
            # which their replies go out, and the database at last.
            place = stack.enter_context(
                contextlib.closing(listen(settings.http_host, settings.http_port))
            )
            tracing = tracing_of(settings)
            if tracing is not None:
                stack.push_async_callback(tracing.close)
            started = await app.start(settings)
            stack.push_async_callback(started.close)
            await rehearse(started.engine)
            platforms: list[Running] = []
            for row in _found(settings, adapters.ROWS if rows is None else rows):
                platforms.append(_made(row, started, settings))
                stack.push_async_callback(platforms[-1].platform.close)
            metrics = Metrics(tracing)
            options = options_of(settings)
            showing = [one.platform.adapter for one in platforms]
            inbox = Inbox(started.database, started.engine, showing, options, metrics)
            state = State(started.database, inbox, platforms, metrics)
            server = HttpServer(make_web(state, platforms), place)
            stack.push_async_callback(server.close)
            server.start()
            _log.info("answers on %s", server.address, extra={"event": "listening"})
            inbox.start()
            stack.push_async_callback(inbox.stop)
            await _run_platforms(platforms, inbox, told)
            state.draining = True
            _log.info("finishes what is under way", extra={"event": "draining"})
        _log.info("has ended", extra={"event": "ended"})
    refused = [one.refused for one in platforms if one.refused is not None]
    if refused and len(refused) == len(platforms):
        raise refused[0]


def options_of(settings: Settings) -> Options:
    """How the inbox is run."""
    return Options(retention_days=settings.retention_days or 0)


def _found(settings: Settings, rows: Sequence[Row]) -> list[Row]:
    """The platforms that can be run; says which, and which settings would add others."""
    found = [row for row in rows if row.configured(settings)]
    for row in rows:
        more = {"platform": row.name}
        if row in found:
            _log.info("%s is configured", row.name, extra={"event": "platform_found", **more})
            continue
        level = logging.WARNING if row.begun(settings) else logging.INFO
        hint = row.hint(settings)
        sentence = "%s is not configured: set %s to add it"
        more |= {"event": "platform_missing", "settings": hint}
        _log.log(level, sentence, row.name, hint, extra=more)
    if not found:
        _log.warning(
            "no platform is configured, so nobody can write to this bot: put the settings of one "
            "into the environment or the file .env (.env.example lists them) and start again; "
            "health and metrics are served meanwhile",
            extra={"event": "no_platform"},
        )
    return found


def _made(row: Row, started: App, settings: Settings) -> Running:
    return Running(row.name, row.create()(started, settings))


async def _run_platforms(platforms: Sequence[Running], inbox: Inbox, told: asyncio.Event) -> None:
    """Run them until told to stop, or until the credentials of all were refused."""

    async def keep() -> None:
        if platforms:
            await asyncio.gather(*(one.keep(inbox) for one in platforms))
        else:
            await told.wait()

    tasks = (asyncio.create_task(keep()), asyncio.create_task(told.wait()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _told_to_stop() -> Generator[asyncio.Event]:
    """An event for the first SIGTERM or SIGINT; the second cancels this task."""
    told, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if told.is_set() and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        loop.call_soon_threadsafe(told.set)

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
