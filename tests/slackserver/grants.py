"""What lets an app do a thing once: trigger ids and install codes."""

from __future__ import annotations

from typing import Any

from tests.slackserver.clock import Clock
from tests.slackserver.errors import RefusedError

TRIGGER_S, CODE_LIFE_S = 3.0, 600.0


class Triggers:
    """The ids that let an app open one view in answer to what a person did, for three seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, tuple[str, str, float]] = {}
        self._used: set[str] = set()

    def give(self, team: str, user: str) -> str:
        made = f"{len(self._given) + 1:08d}.{team}.{user}"
        self._given[made] = (team, user, self._clock.now() + TRIGGER_S)
        return made

    def use(self, team: str, given: Any) -> str:
        """The person whose it is. Raises RefusedError; each can be used once."""
        found = self._given.get(str(given))
        if found is None or found[0] != team:
            raise RefusedError("invalid_trigger_id")
        if given in self._used:
            raise RefusedError("exchanged_trigger_id")
        if self._clock.now() > found[2]:
            raise RefusedError("expired_trigger_id")
        self._used.add(str(given))
        return found[1]


class Codes:
    """What the install page hands back to the app, once a person has allowed it.

    ``rotation`` says whether the tokens that are given for it expire.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, tuple[str, str, float]] = {}
        self.rotation = False

    def give(self, team: str, user: str) -> str:
        code = f"code-{len(self._given) + 1}-{team}"
        self._given[code] = (team, user, self._clock.now() + CODE_LIFE_S)
        return code

    def use(self, code: str) -> tuple[str, str]:
        """Team and person. Raises RefusedError; each can be used once."""
        team, user, until = self._given.get(code, ("", "", 0.0))
        if not team:
            raise RefusedError("invalid_code")
        self._given[code] = ("", "", 0.0)
        if self._clock.now() > until:
            raise RefusedError("code_expired")
        return team, user
