"""Copies of a SQLite database: made while it is in use, checked, and put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from storage.errors import StorageError, explain
from storage.migrate import HEAD, MIGRATIONS

_WAIT_S = 10.0
_HEADER = b"SQLite format 3\0"
_BESIDE = ("", "-wal", "-shm")


def back_up(database: Path, to: Path, *, overwrite: bool) -> int:
    """Copy a database that may be in use; the copy is of one moment, checked, and one file.

    Args:
        overwrite: whether a file that is there may be replaced.

    Returns:
        The size of the copy in bytes.

    Raises:
        StorageError: there is no database, the copy can't be written, or it is damaged. What was
            under ``to`` before is untouched then.
    """
    if not database.is_file():
        raise StorageError(f"There is no database {database} to back up; name it with --db.")
    _refuse(to, database, overwrite=overwrite)
    part = _part_of(to)
    try:
        _copy(database, part)
        _check(part, database)
        _settle(part, to)
    except (sqlite3.Error, OSError) as error:
        raise _explained(error, to) from error
    finally:
        part.unlink(missing_ok=True)
    return to.stat().st_size


def restore(backup: Path, database: Path, *, overwrite: bool) -> Path | None:
    """Put a copy in the place of the database; what was there is kept beside it.

    Args:
        overwrite: whether a database that is there may be replaced.

    Returns:
        Where the database that was there is now; None when there was none.

    Raises:
        StorageError: the copy is no database of this program, is damaged or of a newer version; or
            the database is in use. Nothing is changed then.
    """
    if not backup.is_file():
        raise StorageError(f"There is no backup {backup}.")
    _check(backup, backup)
    if database.exists():
        _refuse(database, backup, overwrite=overwrite)
    part = _part_of(database)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        _copy(backup, part)
        _check(part, backup)
        kept = _put_aside(database)
        _settle(part, database)
    except (sqlite3.Error, OSError) as error:
        raise _explained(error, database) from error
    finally:
        part.unlink(missing_ok=True)
    return kept


def _refuse(there: Path, other: Path, *, overwrite: bool) -> None:
    if there.is_dir():
        raise StorageError(f"{there} is a folder, not a file.")
    if not there.exists():
        return
    if there.samefile(other):
        raise StorageError(f"{there} is the database itself; name another file.")
    if not overwrite:
        raise StorageError(f"{there} is there already. To replace it, say so with --yes.")


def _part_of(file: Path) -> Path:
    """Where a copy is made: in the same folder, so that it can take its place in one step."""
    return file.with_name(f".{file.name}.{os.getpid()}.part")


def _copy(source: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    # Made before SQLite does, to be closed to others from its first byte.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(_open(source)) as read, closing(sqlite3.connect(part)) as written:
        # In one step: with pages left over, each write by another program would begin it anew.
        read.backup(written)
        # One file, whatever the database itself is kept as.
        written.execute("PRAGMA journal_mode=DELETE").close()


def _open(file: Path) -> sqlite3.Connection:
    """Open for reading. A file in WAL mode needs its companions, so the folder may be written."""
    made = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_S)
    made.execute("PRAGMA query_only=ON").close()
    return made


def _check(copy: Path, named: Path) -> None:
    """Raises StorageError unless ``copy`` is whole and of this program; it is called ``named``."""
    try:
        with copy.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                raise StorageError(f"{named} is not a database of this program.")
        with closing(_open(copy)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != ("ok",):
                raise StorageError(f"{named} is damaged. Take another backup.")
            revision = _revision(connection)
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{named} is damaged ({type(error).__name__}).") from error
    except OSError as error:
        raise _explained(error, named) from error
    if revision is None:
        raise StorageError(f"{named} is not a database of this program.")
    if revision not in _known():
        raise StorageError(
            f"{named} was written by a newer version of rocket-coach (revision {revision}; this "
            f"one knows {HEAD}). Update the program first."
        )


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:  # no such table
        return None
    return None if row is None else str(row[0])


def _known() -> set[str]:
    return {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _put_aside(database: Path) -> Path | None:
    """Rename the database, which nobody may have open; raises StorageError when somebody has."""
    if not database.exists():
        # What is left of one that was deleted would be taken for the new one's.
        for ending in _BESIDE[1:]:
            Path(f"{database}{ending}").unlink(missing_ok=True)
        return None
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    _fold(database)
    kept = database.with_name(f"{database.name}.before-{stamp}")
    for ending in _BESIDE:
        beside = Path(f"{database}{ending}")
        if beside.exists():
            beside.rename(f"{kept}{ending}")
    return kept


def _fold(database: Path) -> None:
    """Fold the log of a database into its file, which needs to have it alone."""
    try:
        with closing(sqlite3.connect(database, timeout=0.5)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StorageError(
                f"The database {database} is in use. Stop 'rocket serve' and every 'rocket chat' "
                "that uses it, and try again."
            ) from error
        raise
    except sqlite3.DatabaseError:
        pass  # It is damaged: it is kept as it is, with its companions.


def _settle(part: Path, to: Path) -> None:
    """Have a finished copy survive a power cut, under its name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(to)
    folder = os.open(to.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _explained(error: sqlite3.Error | OSError, file: Path) -> StorageError:
    if isinstance(error, OSError) and not isinstance(error, sqlite3.Error):
        return StorageError(f"{file} can't be read or written: {error.strerror or error}.")
    return explain(error, str(file))
