"""The parts of ``rocket serve``, each by itself."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import math
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import httpx
import pytest
from fastapi import APIRouter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from bot.inbox.service import Inbox
from bot.logs import JsonLines, Safe, note_lost
from bot.serving.adapters import Row, missing_of
from bot.serving.metrics import Metrics
from bot.serving.running import Running
from bot.serving.serve import serve
from bot.serving.tracing import tracing_of
from bot.settings import Settings, SettingsError
from bot.web.server import listen, make_web
from storage.inbox.operator import Counts

ODD = "quokkazimmer"
NO_INBOX = cast(Inbox, None)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]


# The registry ------------------------------------------------------------------------------------

SLACK = Row(
    "Slack",
    "bot.none",
    (("slack_bot_token", "slack_app_token"), ("slack_bot_token", "slack_signing_secret")),
    "slack",
)


def test_a_platform_is_there_once_one_of_its_ways_is_complete() -> None:
    none, some = settings(), settings(slack_bot_token="xoxb-1")
    whole = settings(slack_bot_token="xoxb-1", slack_signing_secret="s")
    assert [SLACK.configured(one) for one in (none, some, whole)] == [False, False, True]
    assert [SLACK.begun(one) for one in (none, some, whole)] == [False, True, False]
    assert SLACK.hint(none) == (
        "SLACK_BOT_TOKEN and SLACK_APP_TOKEN or SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"
    )
    assert SLACK.hint(some) == "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET"
    assert missing_of(("slack_bot_token", "slack_app_token"), some) == ("slack_app_token",)


def test_a_missing_package_is_an_extra_to_install_and_a_fault_of_ours_is_a_fault() -> None:
    with pytest.raises(SettingsError, match=r"rocket-coach\[slack\]"):
        Row("Slack", "nobodys_package", (), "slack").create()
    with pytest.raises(ModuleNotFoundError):
        Row("Slack", "bot.nobodys_package", (), "slack").create()


# A platform is kept running -----------------------------------------------------------------------


class Fake:
    """A platform that fails as often as it is told to."""

    adapter: Any = None
    connected = True

    def __init__(self, *errors: Exception | None, router: APIRouter | None = None) -> None:
        self.errors = list(errors)
        self.router = router
        self.runs = 0
        self.closed = 0

    async def run(self, inbox: Inbox) -> None:
        self.runs += 1
        if self.errors:
            error = self.errors.pop(0)
            if error is not None:
                raise error
            return
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed += 1


async def test_what_fails_or_returns_is_begun_anew(caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake(ValueError(ODD), None, OSError())
    running = Running("fake", fake, first_s=0.001)
    assert not running.connected
    task = asyncio.create_task(running.keep(NO_INBOX))
    async with asyncio.timeout(20):
        while fake.runs < 4 or not running.connected:
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not running.running
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ValueError,
        OSError,
    ]


async def test_whose_credentials_are_refused_is_not_begun_anew() -> None:
    fake = Fake(SettingsError("wrong token"))
    running = Running("fake", fake)
    await running.keep(NO_INBOX)
    assert fake.runs == 1
    assert str(running.refused) == "wrong token"


async def test_when_all_are_refused_the_program_ends_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake(SettingsError("SLACK_BOT_TOKEN: Slack does not know it."))
    fake.adapter = type("A", (), {"platform": "fake"})()
    monkeypatch.setattr(Row, "create", lambda _: lambda app, settings: fake)
    given = settings(database_url=str(tmp_path / "rocket.db"), http_port=0)
    with pytest.raises(SettingsError, match="does not know"):
        await serve(given, [Row("fake", "fake", (("database_url",),))])
    assert fake.closed == 1


# HTTP --------------------------------------------------------------------------------------------


class FakeProbe:
    is_ready = True

    async def ready(self) -> dict[str, object]:
        return {"ready": self.is_ready}

    async def metrics(self) -> bytes:
        return b"a 1\n"


@asynccontextmanager
async def client(web: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web), base_url="http://test"
    ) as opened:
        yield opened


async def test_ready_is_told_by_the_status() -> None:
    probe = FakeProbe()
    async with client(make_web(probe)) as web:
        for is_ready, status in ((True, 200), (False, 503)):
            probe.is_ready = is_ready
            answer = await web.get("/readyz")
            assert (answer.status_code, answer.json()) == (status, {"ready": is_ready})
        assert (await web.head("/healthz")).status_code == 200
        assert (await web.get("/metrics")).headers["content-type"].startswith("text/plain")
        assert (await web.post("/healthz")).status_code == 405


async def test_events_by_http_are_sent_back_while_nobody_takes_them() -> None:
    router, taken = APIRouter(), list[dict[str, str]]()

    @router.post("/slack/events")
    async def events(body: dict[str, str]) -> None:
        taken.append(body)

    running = Running("fake", Fake(router=router))
    async with client(make_web(FakeProbe(), [running])) as web:
        away = await web.post("/slack/events", json={"a": "b"})
        assert (away.status_code, away.headers["retry-after"], taken) == (503, "5", [])
        running.running = True
        assert (await web.post("/slack/events", json={"a": "b"})).status_code == 200
        assert taken == [{"a": "b"}]
        large = await web.post("/slack/events", json={"a": "b" * (1 << 21)})
        assert large.status_code == 413
        assert len(taken) == 1


def test_a_place_to_listen_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=f"HTTP_PORT.*port {port}"):
            listen("127.0.0.1", port)
    with pytest.raises(SettingsError, match="HTTP_HOST"):
        listen("no such place", 0)


# Metrics and spans -------------------------------------------------------------------------------


def samples(page: bytes) -> dict[str, float]:
    return {
        " ".join([one.name, *sorted(one.labels.values())]): one.value
        for family in text_string_to_metric_families(page.decode())
        for one in family.samples
    }


def test_what_happened_is_counted_and_what_stands_is_shown() -> None:
    metrics, at = Metrics(), datetime(2026, 11, 23, tzinfo=UTC)
    metrics.took("turn", 0.2)
    metrics.count("retry", 2)
    standing = Counts(3, at - timedelta(seconds=42), 4, 5, 6, 7, 8)
    found = samples(metrics.page((standing, at), 9, {"slack": True, "discord": False}))
    assert found["rocket_stage_seconds_bucket 0.1 turn"] == 0
    assert found["rocket_stage_seconds_bucket 0.25 turn"] == 1
    assert found["rocket_happenings_total retry"] == 2
    names = ("waiting", "oldest_seconds", "later", "dead", "unsent", "failed", "unsure")
    assert [found[f"rocket_inbox_{name}"] for name in names] == [3, 42, 4, 5, 6, 7, 8]
    assert found["rocket_lanes"] == 9
    assert found["rocket_platform_connected slack"] == 1
    assert found["rocket_platform_connected discord"] == 0
    away = samples(metrics.page(None, 0, {}))
    assert all(math.isnan(away[f"rocket_inbox_{name}"]) for name in names)


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """The address of something that takes spans, and what it took."""
    taken: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                taken.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


async def test_spans_carry_ids_and_the_class_of_an_error_but_not_its_words(
    collector: tuple[str, list[ExportTraceServiceRequest]],
) -> None:
    address, taken = collector
    tracing = tracing_of(settings(otel_exporter_otlp_endpoint=address, otel_service_name="here"))
    metrics = Metrics(tracing)
    assert tracing is not None
    with metrics.span("turn", person="p1", reply="r1"):
        pass
    with pytest.raises(ValueError), metrics.span("send", person="p1"):
        raise ValueError(ODD)
    await tracing.close()
    (request,) = taken
    (resource,) = request.resource_spans
    names = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert names["service.name"] == "here"
    spans = {
        span.name: {one.key: one.value.string_value for one in span.attributes}
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert spans == {
        "rocket.turn": {"rocket.person": "p1", "rocket.reply": "r1"},
        "rocket.send": {"rocket.person": "p1", "error.type": "ValueError"},
    }
    assert ODD not in str(request)


def test_without_the_packages_for_spans_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tracing_of(settings()) is None
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"rocket-coach\[otel\]"):
        tracing_of(settings(otel_exporter_otlp_endpoint="http://127.0.0.1:4318"))


# Log lines ---------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is written by the loggers of this program and of another."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in ("bot", "nobodys_sdk")]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_line_has_ids_and_place_and_no_words_of_an_error(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"can't read {ODD}")
    except ValueError:
        logging.getLogger("bot.x").exception("turn failed", extra={"event": "e", "person": "p1"})
    (line,) = [json.loads(one) for one in lines.getvalue().splitlines()]
    assert line["error"] == "ValueError"
    assert line["where"].startswith("test_serving.py:")
    names = ("level", "logger", "message", "event", "person")
    assert [line[name] for name in names] == ["error", "bot.x", "turn failed", "e", "p1"]
    assert datetime.fromisoformat(line["at"]).tzinfo is not None
    assert ODD not in lines.getvalue()


def test_of_others_only_the_place_is_told(lines: io.StringIO) -> None:
    logging.getLogger("nobodys_sdk.client").warning("payload: %s", ODD)
    assert ODD not in lines.getvalue()
    line = json.loads(lines.getvalue())
    assert (line["logger"], line["level"]) == ("nobodys_sdk.client", "warning")
    assert line["where"].startswith("test_serving.py:")
    assert "message" not in line


async def test_a_task_that_is_lost_leaves_no_words(lines: io.StringIO) -> None:
    loop = asyncio.get_running_loop()
    error = ValueError(ODD)
    note_lost(loop, {"message": "Task exception was never retrieved", "exception": error})
    line = json.loads(lines.getvalue())
    assert (line["error"], line["message"]) == ("ValueError", "Task exception was never retrieved")
    assert ODD not in lines.getvalue()


def test_a_person_at_a_terminal_reads_the_same_as_a_line() -> None:
    record = logging.LogRecord("bot.x", logging.WARNING, "x.py", 7, "turn %d", (3,), None)
    record.person = "p1"
    line = Safe().format(record)
    assert line.endswith("WARNING bot.x turn 3 person=p1")
