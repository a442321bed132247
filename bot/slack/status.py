"""The line under a thread that says that a coach is writing, with the coach's own words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack import limits
from bot.slack.faces import face
from bot.slack.places import Place
from bot.slack.web import LACKING, code_of
from bot.slack.workspaces import Workspace
from personas.models import Coach

_log = logging.getLogger(__name__)
_LOADING = 10
_LONGEST_S = 900.0
# A reply waits no longer for a line that is just being sent.
_CALL_S = 2.0
STATUS, SESSION = "assistant.threads.setStatus", "agents.sessions.setStatus"


@dataclass(frozen=True, slots=True)
class _Line:
    task: asyncio.Task[None]
    calling: asyncio.Lock


class Statuses:
    """Keeps the lines up while replies are on their way.

    Slack forgets a line after two minutes, so it is sent again before that, and takes it away when
    the reply is there. The Stop button comes with the newer sessions of agents.

    Args:
        public_url: where the coaches' pictures can be had; None for nowhere.
        again_s: seconds after which a line is sent again.
    """

    def __init__(self, public_url: str | None, again_s: float = limits.STATUS_S) -> None:
        self._public_url = public_url
        self._again_s = again_s
        self._up: dict[str, _Line] = {}
        self._lacking: set[tuple[str, str]] = set()

    def __contains__(self, conversation: str) -> bool:
        return conversation in self._up

    def show(self, workspace: Workspace, place: Place, coach: Coach | None) -> None:
        """Put a line up."""
        self.drop(place)
        calling = asyncio.Lock()
        task = asyncio.create_task(self._keep(workspace, place, coach, calling))
        self._up[place.conversation] = _Line(task, calling)

    async def rest(self, place: Place) -> None:
        """The reply is about to show, which takes the line away: none may come after it."""
        line = self._up.get(place.conversation)
        if line is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CALL_S), line.calling:
                pass
        line.task.cancel()

    def drop(self, place: Place) -> bool:
        """Stop renewing a line: the reply that takes it away is there. Whether there was one."""
        line = self._up.pop(place.conversation, None)
        if line is not None:
            line.task.cancel()
        return line is not None

    async def clear(self, workspace: Workspace, place: Place) -> None:
        """Take a line away, and say that the work is done."""
        if self.drop(place):
            await self._tell(workspace, SESSION, place, status="active")

    async def end(self, workspace: Workspace, place: Place) -> None:
        """Take a line away where no reply will do so."""
        self.drop(place)
        await self._tell(workspace, STATUS, place, status="")
        await self._tell(workspace, SESSION, place, status="active")

    async def close(self) -> None:
        """Stop renewing all lines."""
        tasks = [line.task for line in self._up.values()]
        self._up.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(
        self, workspace: Workspace, place: Place, coach: Coach | None, calling: asyncio.Lock
    ) -> None:
        words: Sequence[str] = coach.lines.loading[:_LOADING] if coach is not None else ()
        who = coach.first_name if coach is not None else "Rocket Coach"
        look = face(coach, workspace, self._public_url)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                async with calling:
                    await self._tell(workspace, SESSION, place, status="processing", **look)
                while True:
                    async with calling:
                        await self._tell(
                            workspace,
                            STATUS,
                            place,
                            status=f"{who} is writing…",
                            loading_messages=[line[: limits.BUTTON] for line in words] or None,
                            **look,
                        )
                    await asyncio.sleep(self._again_s)

    async def _tell(self, workspace: Workspace, method: str, place: Place, **how: Any) -> None:
        if (workspace.tenant, method) in self._lacking or not place.thread:
            return
        try:
            await workspace.poster.call(
                method, channel_id=place.channel, thread_ts=place.thread, **how
            )
        except SlackApiError as error:
            if code_of(error) in LACKING:
                self._lacking.add((workspace.tenant, method))
            _log.info("no status line: %s", code_of(error))
        except Exception as error:  # a line that does not show harms nobody
            _log.info("no status line: %s", type(error).__name__)
