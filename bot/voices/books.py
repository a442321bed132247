"""Budgets, and the answers kept until their turn is written."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bot.engine.brief import Spent
from bot.engine.scene import Scene
from bot.voices.calling import Prompt
from storage import usage
from storage.database import Database
from storage.errors import StorageError

_log = logging.getLogger(__name__)
PERSON_SPENT = (
    "What a language model may say to one person in a day is used up, so until tomorrow I speak "
    "from my playbook. Everything else works as before."
)
TENANT_SPENT = (
    "What a language model may cost here in a month is used up, so for now I speak from my "
    "playbook. Everything else works as before."
)


@dataclass(frozen=True, slots=True)
class Budgets:
    """Tokens, in and out, of a person and day; tokens and US dollars of a tenant and month."""

    person_daily_tokens: int | None = None
    tenant_monthly_tokens: int | None = None
    tenant_monthly_cost: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return any(one is not None for one in astuple(self))

    def over(self, used: usage.Used) -> str | None:
        """The sentence for the user where a budget is used up."""
        tokens, cost = self.tenant_monthly_tokens, self.tenant_monthly_cost
        if self.person_daily_tokens is not None and used.person_tokens >= self.person_daily_tokens:
            return PERSON_SPENT
        if tokens is not None and used.tenant_tokens >= tokens:
            return TENANT_SPENT
        return TENANT_SPENT if cost is not None and used.tenant_cost >= cost else None


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of an earlier try, and what it took."""

    answer: str
    spent: tuple[Spent, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known before a model is asked: an answer that is there, a budget that is not."""

    kept: Kept | None = None
    over: str | None = None


def digest_of(prompt: Prompt) -> str:
    """Tells one prompt from another."""
    return hashlib.sha256(prompt.text.encode()).hexdigest()[:32]


class Books:
    """Keeps them in the database. A database that fails costs the memo, never the reply.

    Args:
        clock: the present moment.
    """

    def __init__(
        self,
        database: Database,
        budgets: Budgets,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._budgets = budgets
        self._clock = clock

    async def look(self, scene: Scene, prompt: Prompt) -> Standing:
        """What is known before a model is asked. Raises StorageError."""
        at, digest = self._clock(), digest_of(prompt)

        def work(connection: Connection) -> Standing:
            row = usage.memo_of(connection, scene.key, digest) if scene.key else None
            if row is not None:
                spent = tuple(Spent(**one) for one in row["spent"])
                return Standing(Kept(row["answer"], spent))
            if not self._budgets.any:
                return Standing()
            used = usage.used(connection, scene.person, scene.tenant, at)
            return Standing(over=self._budgets.over(used))

        return await self._database.glance(work)

    async def keep(self, scene: Scene, prompt: Prompt, answer: str, spent: list[Spent]) -> None:
        """Keep a finished answer, in whatever becomes of the turn that is then written."""
        if not scene.key:
            return
        at, digest = self._clock(), digest_of(prompt)
        told: list[dict[str, Any]] = [asdict(one) for one in spent]

        def work(connection: Connection) -> None:
            usage.keep_memo(
                connection,
                key=scene.key,
                person=scene.person,
                digest=digest,
                answer=answer,
                spent=told,
                at=at,
            )

        def failed(error: StorageError) -> None:
            _log.warning("an answer could not be kept: %s", type(error).__name__)

        await self._database.ahead(work, failed)
