"""Loads and validates the persona data files.

A coach's file is read when the coach is first asked for, so that the menu shows without parsing
every playbook. A mistake is reported as ``file:line: where: what``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TypeVar

# Compiled: seven coaches are read in a fifth of the time tomllib takes, before the first prompt.
import tomli
from pydantic import BaseModel, ValidationError

from personas.locate import line_of
from personas.models import Card, Coach, Phrases, Role

HERE = Path(__file__).parent
_Model = TypeVar("_Model", bound=BaseModel)
_FENCE = "+++"
# The order of the menu; coaches dropped in later follow by key.
_MENU = (
    "executive_coach",
    "life_coach",
    "career_psychologist",
    "industry_expert",
    "interview_coach",
    "salary_negotiator",
    "network_builder",
)


class CatalogueError(ValueError):
    """A data file can't be used; the message names file, line and what to mend."""


class Catalogue:
    """All coaches, cards and role packs below one folder.

    Args:
        root: the folder that holds ``coaches/``, ``playbooks/`` and ``roles/``.
        off: keys of coaches that are not offered; what was said with them can still be read.
    """

    def __init__(self, root: Path = HERE, off: Collection[str] = ()) -> None:
        self.root = root
        self._off = frozenset(off)
        self._coaches: dict[str, Coach] = {}
        self._cards: dict[str, tuple[Card, ...]] = {}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the coaches that are offered, in menu order; no file is parsed."""
        unknown = self._off - set(self._all)
        if unknown:
            raise CatalogueError(f"COACHES_OFF: there is no coach {', '.join(sorted(unknown))}")
        offered = tuple(key for key in self._all if key not in self._off)
        if not offered:
            raise CatalogueError("COACHES_OFF: one coach at least must stay")
        return offered

    @cached_property
    def _all(self) -> tuple[str, ...]:
        found = {path.stem for path in (self.root / "coaches").glob("*.toml")}
        if not found:
            raise CatalogueError(f"{self.root / 'coaches'}: no coach file (*.toml) is there")
        known = [key for key in _MENU if key in found]
        return (*known, *sorted(found - set(known)))

    def coach(self, key: str) -> Coach:
        """The coach of this key. Raises KeyError if unknown, CatalogueError for a bad file."""
        if key not in self._all:
            raise KeyError(key)
        if key not in self._coaches:
            path = self.root / "coaches" / f"{key}.toml"
            coach = load_data(path, path.read_text(encoding="utf-8"), Coach)
            if coach.key != key:
                raise CatalogueError(
                    f"{path}:1: key: is {coach.key!r}, the file's name says {key!r}"
                )
            self._coaches[key] = coach
        return self._coaches[key]

    @property
    def coaches(self) -> tuple[Coach, ...]:
        """Every coach in menu order."""
        return tuple(self.coach(key) for key in self.keys)

    def cards(self, coach: str) -> tuple[Card, ...]:
        """The playbook of one coach, sorted by key."""
        if coach not in self._cards:
            folder = self.root / "playbooks" / coach
            self._cards[coach] = tuple(_card(path, coach) for path in sorted(folder.glob("*.md")))
        return self._cards[coach]

    @property
    def all_cards(self) -> tuple[Card, ...]:
        """Every card of every coach, coaches in menu order."""
        return tuple(card for key in self.keys for card in self.cards(key))

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """Every role pack, sorted by key."""
        paths = sorted((self.root / "roles").glob("*.toml"))
        return tuple(load_data(path, path.read_text(encoding="utf-8"), Role) for path in paths)

    @cached_property
    def phrases(self) -> Phrases:
        """The sentences every coach shares; the shipped ones where the folder has none."""
        path = self.root / "phrases.toml"
        path = path if path.exists() else HERE / "phrases.toml"
        return load_data(path, path.read_text(encoding="utf-8"), Phrases)

    def version(self, key: str) -> str:
        """A short hash of a coach's file: the ``version`` of its row in ``persona_profiles``."""
        data = (self.root / "coaches" / f"{key}.toml").read_bytes()
        return hashlib.sha256(data).hexdigest()[:12]

    def check(self) -> None:
        """Load everything. Raises CatalogueError with the first mistake."""
        for coach in self.coaches:
            themes = {theme.key for theme in coach.focus}
            for card in self.cards(coach.key):
                unknown = set(card.themes) - themes
                if unknown:
                    path = self.root / "playbooks" / coach.key / f"{card.key}.md"
                    names = ", ".join(sorted(unknown))
                    raise CatalogueError(f"{path}:1: themes: {names} not in the coach's focus")
        _ = self.roles, self.phrases


def _card(path: Path, coach: str) -> Card:
    text = path.read_text(encoding="utf-8")
    parts = re.split(rf"^{re.escape(_FENCE)}\s*$", text, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():
        raise CatalogueError(f"{path}:1: front matter must stand between two {_FENCE} lines")
    # The fence line keeps the front matter's line numbers those of the file.
    front, body = "\n" + parts[1].removeprefix("\n"), parts[2]
    sections = {
        found.group(1).strip().lower(): found.group(2).strip()
        for found in re.finditer(r"^## (.+?)\n(.*?)(?=^## |\Z)", body, flags=re.M | re.S)
    }
    return load_data(path, front, Card, {"key": path.stem, "coach": coach, **sections})


def load_data(
    path: Path, text: str, model: type[_Model], more: dict[str, str] | None = None
) -> _Model:
    """What the TOML ``text`` of a file holds, as the model has it.

    Args:
        more: values that stand elsewhere than in the text.

    Raises:
        CatalogueError: names the file, the line and the first mistake.
    """
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: {error}") from error
    try:
        return model.model_validate({**data, **(more or {})})
    except ValidationError as error:
        # A misspelt key also makes the right one missing: the misspelling is the better message.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"]) or "file"
        message = first["msg"].removeprefix("Value error, ")
        line = line_of(text, first["loc"])
        raise CatalogueError(f"{path}:{line}: {where}: {message}") from error
