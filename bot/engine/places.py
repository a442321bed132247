"""Which clock a place has: what people type when they are asked, and where they may well be.

Countries, their zones and the cities these are named after are those of the tz database, in the
order of its ``zone.tab`` (package tzdata, public domain); ``places.toml`` adds what it lacks.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.engine import zones
from bot.lazily import lazy

if TYPE_CHECKING:
    import rapidfuzz
else:
    rapidfuzz = lazy("rapidfuzz")
_FILE = Path(__file__).with_name("places.toml")
# A typing mistake in a name of some length; what is shorter is another word.
_NEAR, _LONG_ENOUGH = 84, 5
_MOST = 6
_LEAD = re.compile(
    r"^(?:(?:well|hi|ok|okay|sure)[,. ]+)?"
    r"(?:(?:i'?m|i am|i live|i'?m living|i work|we are|we'?re|we live|it'?s|my (?:time )?zone is|"
    r"my time is|here is)\s+)?(?:(?:based )?(?:in|near|around|at|from|on)\s+)?(?:the (?=time))?"
)
_TELLS = re.compile(
    r"(?:i'?m|i am|i live|i'?m living|we are|we live) (?:based )?(?:in|near|from) "
    r"\S+(?: \S+){0,3}"
)
_TAIL = re.compile(r"(?:\s+(?:standard |daylight |summer |winter )?time(?: ?zone)?)?[\s.!]*$")
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-−–])\s*(\d{1,2})(?::?(00|15|30|45))?")


@dataclass(frozen=True, slots=True)
class _Atlas:
    """Zones by folded name of a place, and zones of each country."""

    named: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, list[str]]
    around: tuple[str, ...]


def flat(text: str) -> str:
    """Without capitals, accents, dots and double blanks."""
    bare = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ß", "ss"))
    letters = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(letters.casefold().replace("_", " ").split())


def city(zone: str) -> str:
    """What a zone is named after."""
    return zone.rpartition("/")[2].replace("_", " ")


def found(text: str) -> tuple[str, ...]:
    """The zones that a typed place may mean: one where that is clear, none for no place known.

    ``Lisbon``, ``I'm in Munich, Germany``, ``Pacific time``, ``europe/paris``, ``UTC+2``, ``USA``.
    """
    exact = _table().named.get(flat(text))
    if exact is None and (zone := zones.zone_named(text.strip())) is not None:
        return (zone,)
    said = _TAIL.sub("", _LEAD.sub("", flat(text)))
    # Of "Portland, Maine" the whole is tried first, of "Lyon, France" the city before the country.
    for part in dict.fromkeys([flat(text), said, *(one.strip(" .!") for one in said.split(","))]):
        named = _table().named.get(part) or _by_offset(part)
        if named:
            return named
        if part and (zone := zones.zone_named(part)) is not None:
            return (zone,)
    return ()


def near(text: str) -> str | None:
    """The zone of a place that is spelt almost so; None for none."""
    said = _TAIL.sub("", _LEAD.sub("", flat(text)))
    if len(said) < _LONG_ENOUGH:
        return None
    table = _table().named
    hit = rapidfuzz.process.extractOne(
        said, [one for one in table if len(one) >= _LONG_ENOUGH], score_cutoff=_NEAR,
        scorer=rapidfuzz.fuzz.ratio,
    )  # fmt: skip
    return table[hit[0]][0] if hit is not None else None


def names_a_place(text: str) -> bool:
    """Whether a message says by its form that it tells where somebody is."""
    return _TELLS.fullmatch(flat(text).rstrip(" .!")) is not None


def likely(locale: str | None, now: datetime) -> tuple[str, ...]:
    """Zones in which somebody with this locale (``de``, ``en_US``) may well be, the likeliest
    first: one for each clock."""
    language, _, country = (locale or "").replace("-", "_").partition("_")
    table = _table()
    many = [*table.countries.get(country.upper(), ())]
    # Where only the language tells, the busiest clock of each country.
    for code in table.languages.get(language.casefold(), []):
        many += table.countries.get(code, ())[:1]
    return _one_a_clock(many, now)[:_MOST]


def around(besides: Iterable[str], now: datetime) -> tuple[str, ...]:
    """A short list around the world, without clocks that are named already; west to east."""
    given = list(besides)
    return _one_a_clock([*given, *_table().around], now)[len(_one_a_clock(given, now)) :]


def apart(many: Iterable[str], now: datetime) -> tuple[str, ...]:
    """One zone for each clock among these, the first."""
    return _one_a_clock(many, now)


def _one_a_clock(many: Iterable[str], now: datetime) -> tuple[str, ...]:
    kept: dict[tuple[timedelta | None, ...], str] = {}
    for zone in many:
        # Half a year on, it differs where summer time does.
        clock = tuple(
            (now + timedelta(days=days)).astimezone(ZoneInfo(zone)).utcoffset()
            for days in (0, 91, 182, 273)
        )
        kept.setdefault(clock, zone)
    return tuple(kept.values())


def _by_offset(text: str) -> tuple[str, ...]:
    """``UTC+2``: the zone without summer time, which is all that is said."""
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 14:
        return ()
    sign, minutes = (1 if match[1] == "+" else -1), int(match[3] or 0)
    if not minutes:
        # In these names the sign is the other way round.
        name = f"Etc/GMT{'-' if sign > 0 else '+'}{int(match[2])}"
        zone = zones.zone_named("Etc/UTC" if not int(match[2]) else name)
        return (zone,) if zone is not None else ()
    wanted = sign * timedelta(hours=int(match[2]), minutes=minutes)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    every = (zone for many in _table().countries.values() for zone in many)
    return tuple(zone for zone in every if moment.astimezone(ZoneInfo(zone)).utcoffset() == wanted)[
        :1
    ]


@lru_cache
def _table() -> _Atlas:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    countries: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    for code, _, zone, *_ in _lines("zone.tab"):
        countries.setdefault(code, []).append(zone)
        named.setdefault(flat(city(zone)), []).append(zone)
    # What we know other names for, or name by ourselves, has the most people.
    busy = {*told["zones"], *told["around"]["zones"]}
    for many in countries.values():
        many.sort(key=lambda zone: zone not in busy)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for code, name in _lines("iso3166.tab"):
        many = _one_a_clock(countries.get(code, ()), now)
        for one in (name, *told["countries"].get(code, ())):
            if many:
                # A city goes before a country of its name.
                named.setdefault(flat(one), list(many))
    for zone, others in told["zones"].items():
        named |= {flat(other): [zone] for other in others}
    return _Atlas(
        {name: tuple(many) for name, many in named.items()},
        {code: tuple(many) for code, many in countries.items()},
        told["languages"],
        tuple(told["around"]["zones"]),
    )


def _lines(name: str) -> Iterable[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
