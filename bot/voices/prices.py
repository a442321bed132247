"""What the calls of a model cost, from a table of prices; unknown where the table is silent."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from personas.catalogue import CatalogueError

SHIPPED = Path(__file__).with_name("prices.toml")
_MILLION = 1_000_000


class Price(BaseModel):
    """Of one model, in US dollars per million tokens; ``cached`` is for input found in a cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    source: str
    checked: date

    def of(self, tokens_in: int, tokens_out: int, tokens_cached: int) -> float:
        """The cost of a call in US dollars."""
        cached = self.input if self.cached is None else self.cached
        fresh = max(0, tokens_in - tokens_cached)
        paid = fresh * self.input + tokens_cached * cached + tokens_out * self.output
        return paid / _MILLION


Prices = dict[str, Price]
_TABLE = TypeAdapter(Prices)


def read_prices(root: Path | None = None) -> Prices:
    """The prices by ``provider:name``: those of ``root/prices.toml`` where there is one.

    Raises:
        CatalogueError: the file can't be used.
    """
    own = root / "prices.toml" if root is not None else SHIPPED
    path = own if own.exists() else SHIPPED
    try:
        return _TABLE.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(f"{path}: {where}: {first['msg']}") from error
