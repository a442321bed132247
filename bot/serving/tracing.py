"""Spans for OpenTelemetry, sent by OTLP over HTTP. Imported only where an address is set."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_EXPORT_S = 5.0
_LAST_MS = 3000


class Tracing(Protocol):
    """Makes spans."""

    def span(self, name: str, ids: Mapping[str, str]) -> AbstractContextManager[object]:
        """A span around a piece of work; its attributes are ids and, when it fails, the class."""
        ...

    async def close(self) -> None:
        """Send what is not yet sent, but do not wait long for it."""
        ...


def tracing_of(settings: Settings) -> Tracing | None:
    """What ``OTEL_EXPORTER_OTLP_ENDPOINT`` asks for; None where it is not set.

    Headers, time-outs and certificates are read from the environment by the SDK itself
    (``OTEL_EXPORTER_OTLP_HEADERS`` …).

    Raises:
        SettingsError: the packages are not installed.
    """
    address = settings.otel_exporter_otlp_endpoint
    if address is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that send spans are not "
            "installed: pip install 'rocket-coach[otel]', or unset it."
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": settings.otel_service_name})
    )
    exporter = OTLPSpanExporter(f"{address.rstrip('/')}/v1/traces", timeout=_EXPORT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return _Spans(provider)


class _Spans:
    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("rocket-coach")

    @contextmanager
    def span(self, name: str, ids: Mapping[str, str]) -> Generator[None]:
        # What an exception says may quote a message: the class is all that is told of it.
        with self._tracer.start_as_current_span(
            f"rocket.{name}",
            attributes={f"rocket.{key}": value for key, value in ids.items()},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    async def close(self) -> None:
        def end() -> None:
            self._provider.force_flush(_LAST_MS)
            self._provider.shutdown()

        await asyncio.to_thread(end)
