"""Where a database is: what DATABASE_URL and --db may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from storage.errors import StorageError

Dialect = Literal["sqlite", "postgresql"]
_SQLITE = ("sqlite", "sqlite+aiosqlite")
_POSTGRES = ("postgresql", "postgres", "postgresql+asyncpg")
# Known to the C library only; sent on as a setting, the server would refuse the connection.
_OF_OTHER_CLIENTS = ("channel_binding", "connect_timeout", "keepalives", "prepared_statements")


@dataclass(frozen=True, slots=True)
class Address:
    """One database.

    Attributes:
        target: the file of SQLite; the whole address of Postgres, for its driver alone.
        shown: how it is called in messages and logs; holds no user name and no password.
    """

    dialect: Dialect
    target: str = field(repr=False)
    shown: str


def address_of(url: str) -> Address:
    """Read a file path, ``sqlite:///file`` or ``postgresql://user:password@host:port/name``.

    Raises:
        StorageError: it is none of these. The message repeats nothing that may be a password.
    """
    kind, separator, rest = url.partition("://")
    if not separator:
        if "\0" in url or not url.strip():
            raise StorageError("must be a path or an address like sqlite:////home/me/rocket.db")
        return _file(url)
    if kind in _SQLITE:
        path = rest.partition("?")[0]
        if not path.startswith("/") or path in ("/", "/:memory:"):
            raise StorageError("names no file; an address looks like sqlite:////home/me/rocket.db")
        return _file(path[1:])
    if kind in _POSTGRES:
        return _postgres(rest)
    raise StorageError(
        f"{kind!r} is not a kind of database this version knows; "
        "use a path, sqlite:// or postgresql://"
    )


def _file(path: str) -> Address:
    file = str(Path(path).expanduser())
    return Address("sqlite", file, file)


def _postgres(rest: str) -> Address:
    parts = _split(rest)
    host = parts.netloc.rpartition("@")[2]
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise StorageError("names no database; an address looks like postgresql://me@host/rocket")
    options = [
        ("sslmode" if option == "ssl" else option, value)
        for option, value in parse_qsl(parts.query, keep_blank_values=True)
        if option not in _OF_OTHER_CLIENTS
    ]
    query = f"?{urlencode(options)}" if options else ""
    target = f"postgresql://{parts.netloc}{parts.path}{query}"
    return Address("postgresql", target, f"postgresql://{host}/{name}")


def _split(rest: str) -> SplitResult:
    """Take a Postgres address apart. A password with bare signs in it must not end up as a host."""
    try:
        parts = urlsplit(f"postgresql://{rest}")
    except ValueError:  # a bracket that is no IPv6 address
        parts = None
    if (
        parts is None
        or parts.fragment
        or parts.netloc.count("@") > 1
        or "@" in parts.path + parts.query
        or "/" in parts.path.removeprefix("/")
    ):
        raise StorageError(
            "is no address of a Postgres database; in a password, write @ : / ? # % "
            "as %40 %3A %2F %3F %23 %25"
        )
    ports = [place.rpartition("]")[2].partition(":")[2] for place in _places(parts)]
    if not all(port == "" or (port.isascii() and port.isdecimal()) for port in ports):
        raise StorageError("has a port that is no number")
    return parts


def _places(parts: SplitResult) -> list[str]:
    return parts.netloc.rpartition("@")[2].split(",")
