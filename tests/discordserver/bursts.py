"""Many people at once: how long each waits for the first sign that they were heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.discordserver.driver import Driver
from tests.discordserver.person import Person
from tests.discordserver.server import Server
from tests.discordserver.world import Channel

_WAIT_S = 60.0


async def burst(
    server: Server, driver: Driver, what: str = "command", people: int = 200
) -> list[float]:
    """Have so many new people write or call a command at once.

    Args:
        what: "command", whose sign is an answer; "message", a direct one, whose sign is typing or
            a reply.

    Returns:
        Seconds until each saw a sign.

    Raises:
        TimeoutError: somebody saw none.
    """
    guild = driver.guild("burst")
    everybody = [driver.user(f"burst{number}", guild) for number in range(people)]
    general = driver.general(guild)
    await server.settled()
    since = [_call(one, general) if what == "command" else _write(one, server)
             for one in everybody]  # fmt: skip
    async with asyncio.timeout(_WAIT_S):
        while any(seen() is None for seen in since):
            await asyncio.sleep(0.02)
    return [seconds for seen in since if (seconds := seen()) is not None]


def _call(one: Person, where: Channel) -> Callable[[], float | None]:
    asked = one.slash("coach sessions", where)
    return lambda: asked.answered_at - asked.began if asked.answered else None


def _write(one: Person, server: Server) -> Callable[[], float | None]:
    began = server.clock.now()
    said = one.dm("I want to earn more because my rent went up a lot this year")

    def seen() -> float | None:
        where = one.direct
        typed = [at - began for channel, at in server.typed if channel == where.id]
        shown = [
            server.clock.of(message.id) - began
            for message in where.messages.values()
            if message.id > said.id
        ]
        return min([*typed, *shown], default=None)

    return seen
