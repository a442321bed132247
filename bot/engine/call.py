"""One call of a command: who, where, with what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from bot.engine import saying
from bot.engine.sessions import Standing, columns_of, state_of
from bot.engine.state import Pending
from bot.engine.turned import Turned
from bot.inbound import Command, Message
from bot.replies import Attachment, Choice, Reply, Source
from storage.queries import PersonScope

if TYPE_CHECKING:
    from bot.engine.engine import Engine
Event = Message | Command
_Result = TypeVar("_Result")


class Call:
    """One call of a command: who, where, with what."""

    def __init__(self, engine: Engine, standing: Standing, event: Event, argument: str) -> None:
        self.engine = engine
        self.standing = standing
        self.person = standing.person
        self.event = event
        self.argument = argument
        self.row = standing.row

    def turned(self, reply: Reply, **more: Any) -> Turned:
        """The reply in the light of the session, if there is one."""
        if self.row is None:
            return Turned(reply=reply, **more)
        state = state_of(self.row)
        return saying.outcome(
            self.row["id"], self.row["coach"], state, reply, self.engine.voice.name, **more
        )

    async def reply(
        self,
        text: str,
        *choices: Choice,
        sources: tuple[Source, ...] = (),
        attachments: tuple[Attachment, ...] = (),
        pending: Pending | None = None,
    ) -> Turned:
        """Show a text; its choices can be picked in the next line.

        Args:
            pending: the question in it, for which the session waits from now on.
        """
        offered = [(choice.id, choice.label) for choice in choices]
        row = self.row
        if row is not None:
            state = state_of(row)
            state.offered = offered
            state.pending = pending or state.pending
            await self.change(
                lambda scope: scope.change("persona_sessions", row["id"], **columns_of(state))
            )
        elif offered:
            await self.change(lambda scope: scope.change_me(offered=[list(one) for one in offered]))
        coach = self.row["coach"] if self.row else None
        reply = Reply(
            text=text, choices=choices, coach=coach, sources=sources, attachments=attachments
        )
        return self.turned(reply)

    async def look(self, work: Callable[[PersonScope], _Result]) -> _Result:
        """Read rows of the person."""
        return await self.engine.look(self.person, work)

    async def change(self, work: Callable[[PersonScope], _Result]) -> _Result:
        """Change rows of the person in one transaction."""
        return await self.engine.change(self.person, work)

    def refused(self, sentence: str) -> Turned:
        """A clear sentence for something that can't be done."""
        return self.turned(Reply(text=sentence, error=sentence))
