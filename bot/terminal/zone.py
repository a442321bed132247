"""Where the clock of this machine is."""

from __future__ import annotations

import warnings
from zoneinfo import ZoneInfoNotFoundError

from tzlocal import get_localzone_name


def machine_zone() -> str | None:
    """The IANA name of the machine's time zone; None where it names no place.

    A machine set to UTC is a server or a container: it does not tell where its people are.
    """
    try:
        with warnings.catch_warnings():
            # Told to an administrator, but here nobody reads it.
            warnings.simplefilter("ignore")
            name = get_localzone_name()
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return None
    return name if name and "/" in name and not name.startswith("Etc/") else None
