"""What is suggested while somebody types a command: coaches, and their sessions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.discord.calls import Call
from bot.discord.components import Payload
from bot.discord.desk import Desk
from bot.discord.table import COACH, focused, suggestions
from storage.queries import Row


async def suggested(desk: Desk, call: Call) -> list[Payload]:
    """The values that fit what is typed so far."""
    asked = focused(call.data)
    if asked is None or not desk.lets_in(call.user):
        return []
    if asked[0] == COACH:
        coaches = desk.catalogue.coaches
        offered = [(one.key, f"{one.emoji} {one.name}, {one.title}") for one in coaches]
    else:
        _, person = await desk.known_as(call.place, call.user, call.locale)
        offered = labelled(desk, await desk.sessions(person))
    return suggestions(offered, asked[1])


def labelled(desk: Desk, sessions: Sequence[Row]) -> list[tuple[str, str]]:
    """Sessions by their ids, each in words."""
    return [(row["id"], _label(desk, row)) for row in sessions]


def _label(desk: Desk, row: Row) -> str:
    coach = desk.coach(row["coach"])
    phase = str(row["phase"]).replace("_", " ")
    name = coach.name if coach is not None else row["coach"]
    return f"{name}, {phase}, {row['started_at']:%d %b}"
