"""Errors of Postgres and its driver as sentences, by SQLSTATE (PostgreSQL manual, appendix A)."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.errors import DatabaseLockedError, DatabaseUnavailableError, StorageError, unknown

_AWAY = "can't be reached. Check that the server runs and that DATABASE_URL is right."
_STOPPED = "is stopping or starting. Try again in a moment."
_FULL = "has no free connection. Try again in a moment, or allow the server more of them."
_BUSY = "is busy with another change of the same rows. Try again in a moment."
_SLOW = "took too long to answer. Try again in a moment."
_DENIED = "refuses this user or password. Check DATABASE_URL."
_SENTENCES: dict[str, tuple[type[StorageError], str]] = {
    "08": (DatabaseUnavailableError, _AWAY),
    "57P01": (DatabaseUnavailableError, _STOPPED),
    "57P02": (DatabaseUnavailableError, _STOPPED),
    "57P03": (DatabaseUnavailableError, _STOPPED),
    "57P04": (DatabaseUnavailableError, "was dropped while it was in use."),
    "57P05": (DatabaseUnavailableError, _AWAY),
    "25P03": (DatabaseUnavailableError, _SLOW),
    "25P04": (DatabaseUnavailableError, _SLOW),
    "53300": (DatabaseUnavailableError, _FULL),
    "53200": (DatabaseUnavailableError, "is out of memory. Try again in a moment."),
    "40": (DatabaseLockedError, _BUSY),
    "55P03": (DatabaseLockedError, _BUSY),
    "57014": (DatabaseLockedError, _SLOW),
    "53100": (
        StorageError,
        "can't grow: its disk is full. Free some space; nothing saved so far is lost.",
    ),
    "25006": (StorageError, "can't be written to: it is a read-only copy or connection."),
    "28": (StorageError, _DENIED),
    "3D000": (StorageError, "does not exist. Create it, or correct DATABASE_URL."),
    "42501": (StorageError, "does not allow this user what is needed: rights on its tables."),
    "42P01": (StorageError, "lacks a table. It was changed by hand; restore a backup of it."),
    "22021": (StorageError, "can't hold a character of this text."),
    "22P05": (StorageError, "can't hold a character of this text; it must be made with UTF-8."),
    "XX001": (StorageError, "is damaged. Restore a backup of it."),
    "XX002": (StorageError, "is damaged. Restore a backup of it."),
}


def explain_postgres(error: BaseException, where: str) -> StorageError:
    """Turn an error of SQLAlchemy, asyncpg or the network into a sentence.

    Args:
        where: how the database is shown; see :class:`storage.address.Address`.

    Returns:
        A DatabaseUnavailableError where the server is away, a DatabaseLockedError where only
        others were in the way, else a StorageError.
    """
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlstate", None)
    if isinstance(code, str):
        for known in (code, code[:2]):
            if known in _SENTENCES:
                kind, sentence = _SENTENCES[known]
                return kind(f"The database {where} {sentence}")
    if isinstance(error, PoolTimeoutError):
        return DatabaseUnavailableError(f"The database {where} {_FULL}")
    if isinstance(cause, TimeoutError):
        return DatabaseUnavailableError(f"The database {where} {_SLOW}")
    if type(cause.__cause__ or cause).__name__ == "ClientConfigurationError":
        return StorageError(f"The address of the database {where} can't be used.")
    if isinstance(cause, OSError) or _is_lost(error):
        return DatabaseUnavailableError(f"The database {where} {_AWAY}")
    if type(cause).__name__ == "InvalidCachedStatementError":
        # Its tables were brought up to date by another program while this one was running.
        return DatabaseLockedError(f"The database {where} {_BUSY}")
    return unknown(cause.__cause__ or cause, where)


def _is_lost(error: BaseException) -> bool:
    """Whether the connection ended; asyncpg has no code where it noticed that on its own side."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, InterfaceError) and "connection" in str(error.orig)
