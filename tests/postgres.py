"""A private Postgres cluster for tests, from the binaries that are installed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage.database import Database

ROOT = Path(__file__).parents[1]
DEBIAN = Path("/usr/lib/postgresql")
ROLE = "rocket"
TEMPLATE = "rocket_template"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # The machine won't crash; the server will, and must keep what it has confirmed.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
# Words sort by a language here, as in many real databases: what relies on the order of bytes must
# say so. Older servers know no ICU.
_LOCALES = (["--locale-provider=icu", "--icu-locale=en-US", "--locale=C"], ["--locale=C.UTF-8"])


class NoPostgresError(Exception):
    """No Postgres server is installed here; the message says where it was looked for."""


def binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres.

    Raises:
        NoPostgresError: there is none.
    """
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(DEBIAN.glob("*/bin"), reverse=True)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoPostgresError(f"no initdb in PATH or {DEBIAN}/*/bin")


def need_binaries() -> None:
    """Skip the test where no server is installed; fail it where the environment requires one."""
    try:
        binaries()
    except NoPostgresError as error:
        if os.environ.get("ROCKET_TEST_POSTGRES") == "required":
            pytest.fail(f"ROCKET_TEST_POSTGRES=required, but there is {error}")
        pytest.skip(f"no Postgres here: {error}")


def _user() -> dict[str, Any]:
    """Whom the server runs as: this user, but nobody where that is root; Postgres refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Cluster:
    """A server of its own, on 127.0.0.1 only. Its folder must be one that anybody may enter."""

    folder: Path
    port: int

    @classmethod
    def make(cls) -> Cluster:
        """Make one in a new folder under the system's temporary one; it is not started yet."""
        folder = Path(tempfile.mkdtemp(prefix="rocket-postgres-"))
        if user := _user():
            os.chown(folder, user["user"], user["group"])
        made = cls(folder, free_port())
        common = ["-D", str(made.data), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-sync"]
        done = None
        for locale in _LOCALES:
            done = made._run("initdb", *common, *locale)
            if done.returncode == 0:
                break
            shutil.rmtree(made.data, ignore_errors=True)
        assert done is not None
        assert done.returncode == 0, done.stderr
        settings = "".join(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
        with (made.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"{settings}port = {made.port}\n")
        return made

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = str(self.folder / "log")
        done = self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", log)
        assert done.returncode == 0, (done.stderr, Path(log).read_text("utf-8"))

    def stop(self, mode: str = "fast") -> None:
        """Stop, and wait until it has ended; ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.data))

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a new database, a copy of ``template``; dropped at the end."""
        name = f"rocket_{uuid4().hex}"
        _wait(self.execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
        try:
            yield self.address(name)
        finally:
            _wait(self.execute(f"DROP DATABASE {name} WITH (FORCE)"))

    async def execute(self, sql: str) -> None:
        """Run one statement as the owner of all, in the database of that name."""
        connection = await asyncpg.connect(self.address())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def remove(self) -> None:
        """Stop it and delete all of it."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        # Files, not pipes: the server keeps what it inherits, and a pipe would never end.
        with tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [str(binaries() / program), *words],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
                check=False,
                timeout=120,
                **_user(),
            )
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", err.read())


def _wait(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a loop of its own, whatever loop is there in this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _make_template(cluster: Cluster) -> None:
    """A database with all tables in it, for tests to copy."""
    await cluster.execute(f"CREATE DATABASE {TEMPLATE}")
    database = Database(cluster.address(TEMPLATE))
    await database.open()
    await database.close()


def shared(folder: Path, owner: int) -> Cluster:
    """The one cluster of a test run; whoever asks first starts it.

    Args:
        folder: a folder that all processes of the run share.
        owner: process id of the run; the cluster goes when that ends, however it ends.
    """
    note = folder / "postgres.json"
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            cluster = Cluster.make()
            cluster.start()
            _start_keeper(cluster, owner)
            _wait(_make_template(cluster))
            note.write_text(json.dumps([str(cluster.folder), cluster.port]), "utf-8")
        at, port = json.loads(note.read_text("utf-8"))
    return Cluster(Path(at), port)


def _start_keeper(cluster: Cluster, owner: int) -> None:
    """Start :func:`_keep` in a process that belongs to nobody, so that it outlives all others."""
    words = [sys.executable, "-m", "tests.postgres", str(cluster.folder), str(owner)]
    subprocess.run(
        ["/bin/sh", "-c", '"$@" &', "sh", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )


def _keep(cluster: Cluster, owner: int) -> None:
    """Wait for the end of the test run, then clear away."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(owner, 0)
            time.sleep(0.5)
    cluster.remove()


if __name__ == "__main__":
    _keep(Cluster(Path(sys.argv[1]), 0), int(sys.argv[2]))
