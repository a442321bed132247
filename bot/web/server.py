"""The HTTP server of ``rocket serve``: health, metrics, and routes of platforms."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Protocol

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from bot.settings import SettingsError

_BACKLOG = 128
_LAST_REQUESTS_S = 5
# Beyond what any platform sends as one event.
_LARGEST_BODY = 1 << 20
_READ = ["GET", "HEAD"]


class Probe(Protocol):
    """What the server asks of the process."""

    async def ready(self) -> Mapping[str, object]:
        """``ready``, and what it is made of."""
        ...

    async def metrics(self) -> bytes:
        """The metrics in Prometheus' text format."""
        ...


class Routes(Protocol):
    """Routes of a platform, and whether it takes requests now."""

    @property
    def router(self) -> APIRouter | None:
        """The routes, if it has any."""
        ...

    @property
    def running(self) -> bool:
        """Whether it takes requests."""
        ...


def make_web(probe: Probe, platforms: Sequence[Routes] = ()) -> FastAPI:
    """The routes of a process: ``/healthz``, ``/readyz``, ``/metrics``, and those of platforms."""
    web = FastAPI(
        openapi_url=None,
        max_body_size=_LARGEST_BODY,
        # Its own logs would hold what was sent to us.
        telemetry={"logs": False, "metrics": False, "tracing": False, "auto_configure": False},
    )

    async def healthz() -> dict[str, bool]:
        return {"alive": True}

    async def readyz() -> JSONResponse:
        parts = await probe.ready()
        return JSONResponse(dict(parts), 200 if parts["ready"] else 503)

    async def metrics() -> Response:
        return Response(await probe.metrics(), media_type=CONTENT_TYPE_LATEST)

    for path, handler in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        web.add_api_route(path, handler, methods=_READ, response_model=None)
    for platform in platforms:
        if platform.router is not None:
            web.include_router(platform.router, dependencies=[Depends(_gate(platform))])
    return web


def _gate(platform: Routes) -> Callable[[], None]:
    async def take_none_while_away() -> None:
        if not platform.running:
            raise HTTPException(503, "not now; send it again", {"Retry-After": "5"})

    return take_none_while_away  # pyright: ignore[reportReturnType]


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        SettingsError: somebody else listens there, or there is no such place.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(place[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"HTTP_HOST and HTTP_PORT: can't listen on {host}, port {port} "
            f"({error.strerror or type(error).__name__}). Another program may be there: "
            "name another port, or 0 for any free one."
        ) from error


class _Server(uvicorn.Server):
    """Uvicorn, but the signals are the program's, and nothing wakes up while nothing is asked."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        await self.ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class HttpServer:
    """Serves on a socket until it is closed."""

    def __init__(self, web: FastAPI, place: socket.socket) -> None:
        config = uvicorn.Config(
            web,
            lifespan="off",
            # Not the fastest that happens to be installed: everywhere the one that is tested.
            http="h11",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,
        )
        self._place = place
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it listens, as an address to open."""
        host, port = self._place.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        """Begin to serve."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._place]))

    async def close(self) -> None:
        """Answer what is under way and stop; may be called when it never began."""
        self._server.ending.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        self._place.close()
