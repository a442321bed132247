"""The table of Web API methods, and what each is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.world import Json, Message, Team, Token, World

_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Call:
    """One call of a method.

    Attributes:
        args: what the app sent, without its token; form values are read as what they stand for.
        basic: id and secret of the app, where they came as basic authentication.
        answer: what was answered, for tests to look at.
    """

    method: str
    args: Json
    world: World
    address: str
    token: Token | None = None
    basic: tuple[str, str] | None = None
    answer: Json = field(default_factory=dict[str, object])

    @property
    def team(self) -> Team:
        assert self.token is not None
        return self.world.teams[self.token.team]

    def need(self, *names: str) -> list[str]:
        """Arguments that must be there, as strings. Raises RefusedError without them."""
        missing = [one for one in names if not self.args.get(one)]
        if missing:
            raise wrong("invalid_arguments", [f"missing required field: {one}" for one in missing])
        return [str(self.args[one]) for one in names]

    def may(self, scope: str) -> bool:
        return self.token is not None and scope in self.token.scopes


Run = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A method with what it takes.

    Attributes:
        scope: that the token must have; empty for none.
        tier: calls a minute that Slack grants at least.
        token: whether a bot's token is needed.
    """

    name: str
    run: Run
    scope: str = ""
    tier: int = 50
    token: bool = True


METHODS: dict[str, Method] = {}


def method(
    name: str, *, scope: str = "", tier: int = 50, token: bool = True
) -> Callable[[Run], Run]:
    """Enter a function in the table."""

    def enter(run: Run) -> Run:
        METHODS[name] = Method(name, run, scope, tier, token)
        return run

    return enter


def scope_error(call: Call, needed: str) -> RefusedError:
    given = call.token.scopes if call.token else _NOTHING
    more = {"needed": needed, "provided": ",".join(sorted(given))}
    return RefusedError("missing_scope", more=more)


def own(call: Call, message: Message, code: str) -> None:
    """Refuses what is not a message of the app."""
    if message.body.get("bot_id") != call.team.bot:
        raise RefusedError(code)
