"""What can go wrong with the database, in words for the person at the keyboard."""

from __future__ import annotations


class StorageError(Exception):
    """The database can't be used; the message says what is wrong and what to do."""


class DatabaseLockedError(StorageError):
    """Others use the same rows or the file; the same call may succeed at once or a little later."""


class DatabaseUnavailableError(StorageError):
    """The database server can't be reached now; nothing was saved by this call, or it is unknown
    whether a commit was. The same call may succeed when the server is back."""


_CAUSES: tuple[tuple[str, str], ...] = (
    ("readonly", "can't be written to. Give it write permission, or name another file with --db."),
    ("read-only", "can't be written to. Give it write permission, or name another file with --db."),
    ("permission denied", "can't be opened: permission denied. Name another file with --db."),
    ("not a directory", "can't be opened: a part of the path is a file. Name another with --db."),
    ("is a directory", "is a folder, not a file. Name a file with --db."),
    ("unable to open", "can't be opened. Check the path and its permissions, or use --db."),
    (
        "not a database",
        "is not a database of this program, or is damaged. Restore a backup of it, "
        "or name another file with --db.",
    ),
    ("malformed", "is damaged. Restore a backup of it, or name another file with --db."),
    (
        "disk is full",
        "can't grow: the disk is full. Free some space; nothing saved so far is lost.",
    ),
    (
        "no space left",
        "can't grow: the disk is full. Free some space; nothing saved so far is lost.",
    ),
    (
        "disk i/o error",
        "can't be read or written: the disk reports an error. Check the disk and its "
        "free space; nothing saved so far is lost.",
    ),
)


def explain(error: BaseException, where: str) -> StorageError:
    """Turn an error of SQLite's driver into a sentence; ``where`` is the file."""
    told = str(getattr(error, "orig", None) or error).lower()
    if "locked" in told or "busy" in told:
        return DatabaseLockedError(
            f"The database {where} is in use by another program. "
            "Close it, or try again in a moment."
        )
    for sign, sentence in _CAUSES:
        if sign in told:
            return StorageError(f"The database {where} {sentence}")
    return unknown(error, where)


def unknown(error: BaseException, where: str) -> StorageError:
    """The sentence for an error that nothing is known of; without its own words."""
    return StorageError(
        f"The database {where} gave an error ({type(error).__name__}). "
        "Try again; if it stays, restore a backup."
    )
