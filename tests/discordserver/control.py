"""Orders from another process: what people do, what they see, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.discordserver.bursts import burst
from tests.discordserver.clock import Clock
from tests.discordserver.driver import Driver
from tests.discordserver.errors import Json
from tests.discordserver.interactions import Interaction
from tests.discordserver.person import Person
from tests.discordserver.server import Server
from tests.discordserver.world import Channel, Guild, Message

# What a person does with a command or a message.
_WITH_COMMAND = {"slash", "autocomplete"}
_WITH_MESSAGE = {"click", "choose", "edit", "delete"}


class Control:
    """Guilds and people by name, made when they are first named.

    An order is ``{"act": "say", "guild": "g", "user": "ada", "where": "general", "args": {…}}``;
    ``where`` is "dm", "general" or the id of a channel or thread.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._driver = Driver(server)
        self._guilds: dict[str, Guild] = {}
        self._people: dict[str, Person] = {}
        self._begun: dict[int, Interaction] = {}
        self._log: list[Json] = []
        self._grown = asyncio.Event()
        self._unrest: asyncio.Task[None] | None = None
        server.messages.watch = self._seen

    async def handle(self, request: web.Request) -> web.Response:
        """Does what is ordered; answers with what came of it, or 400 and why not."""
        order: Json = json.loads(await request.text())
        try:
            return web.json_response(await self._do(order))
        except (LookupError, PermissionError, AssertionError, TypeError) as error:
            words = {"error": f"{type(error).__name__}: {error}"}
            return web.json_response(words, status=400)

    async def _do(self, order: Json) -> Any:
        act, args = order["act"], order.get("args", {})
        if act == "log":
            return await self._logged(args.get("start", 0), args.get("wait", 0.0))
        if act == "state":
            return self._state()
        if act == "misbehave":
            return self._misbehave(**args)
        if act == "limits":
            return self._limits(**args)
        if act == "burst":
            return await burst(self._server, self._driver, **args)
        if act == "advance":
            return self._server.advance(args["seconds"])
        guild = self._guild(order.get("guild", "guild"))
        person = self._person(order["user"], guild)
        where = self._where(order.get("where", "dm"), guild, person)
        if act == "join":
            return {"guild": str(guild.id), "user": str(person.id), "channel": str(where.id)}
        if act == "sees":
            return [message.body for message in person.sees(where)]
        return await self._act(person, where, act, args)

    async def _act(self, person: Person, where: Channel, act: str, args: Json) -> Any:
        if act == "submit":
            opened = self._begun[int(args.pop("interaction"))]
            await self._server.until(lambda: opened.modal is not None)
            return self._came(person.submit(opened, **args))
        if act in _WITH_MESSAGE:
            message = self._server.world.message(where, int(args.pop("message")), person.id)
            values = args.pop("values", [])
            return self._came(getattr(person, act)(message, *values, **args))
        if act == "say":
            return self._came(person.say(where, **args))
        if act == "context_menu":
            message = self._server.world.message(where, int(args["message"]), person.id)
            return self._came(person.context_menu(args["command"], message))
        if act in _WITH_COMMAND:
            done = getattr(person, act)(args.pop("command"), where=where, **args)
            return self._came(await done if asyncio.iscoroutine(done) else done)
        raise LookupError(f"no act {act!r}")

    def _came(self, done: Any) -> Any:
        if isinstance(done, Message):
            return {"message": str(done.id)}
        if isinstance(done, Interaction):
            self._begun[done.id] = done
            return {"interaction": str(done.id)}
        return done

    def _guild(self, name: str) -> Guild:
        if name not in self._guilds:
            self._guilds[name] = self._driver.guild(name)
        return self._guilds[name]

    def _person(self, name: str, guild: Guild) -> Person:
        if name not in self._people:
            self._people[name] = self._driver.user(name)
        if self._people[name].id not in guild.members:
            self._driver.join(self._people[name].user, guild)
        return self._people[name]

    def _where(self, where: str, guild: Guild, person: Person) -> Channel:
        if where == "dm":
            return person.direct
        if where == "general":
            return self._driver.general(guild)
        return self._server.world.channel(int(where))

    # What happened

    def _seen(self, what: str, message: Message) -> None:
        self._log.append({"what": what, "only": str(message.only), "message": dict(message.body)})
        self._grown.set()

    async def _logged(self, start: int, wait: float) -> list[Json]:
        """The log from an entry on; waits for one for a while."""
        if len(self._log) <= start and wait > 0:
            self._grown.clear()
            try:
                await asyncio.wait_for(self._grown.wait(), wait)
            except TimeoutError:
                return []
        return self._log[start:]

    def _state(self) -> Json:
        return {
            "busy": self._server.busy,
            "connected": self._server.gateway.connected,
            "unanswered": len(self._server.interactions.unanswered),
            "unknown": self._server.rest.unknown,
            "broken": [repr(one) for one in self._server.rest.broken],
        }

    # What goes wrong

    def _limits(self, a_second: int = 0) -> None:
        """Hold to rate limits, with so many calls a second in all; 0 for no limits."""
        self._server.rates.on = bool(a_second)
        self._server.rates.global_a_second = a_second

    def _misbehave(self, rate: float = 0.0, drop_s: float = 0.0, repeats: int = 10) -> None:
        """Let a share of calls go wrong and the gateway drop every ``drop_s`` seconds.

        Args:
            repeats: with each RESUME so many events come once more.
        """
        self._server.faults.misbehave(rate)
        if self._unrest is not None:
            self._unrest.cancel()
            self._unrest = None
        if drop_s:
            self._unrest = asyncio.create_task(self._drop(drop_s, repeats))

    async def _drop(self, each_s: float, repeats: int) -> None:
        while True:
            await asyncio.sleep(each_s)
            self._server.gateway.repeats = repeats
            self._server.gateway.drop()


def controlled() -> Server:
    """A server in real time that takes orders at ``/control``. Nothing waits for rate limits."""
    server = Server(clock=Clock(speed=1.0))
    server.rates.on = False
    server.extra.append(web.post("/control", Control(server).handle))
    return server
