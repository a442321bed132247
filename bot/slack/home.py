"""The home tab: sessions, the next step, the career profile, and what can be done with them."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.engine.profiling import SCORE_NAMES
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import menus, threads
from bot.slack.blocks import Block
from bot.slack.desk import Desk, Visit
from bot.slack.markdown import escape
from bot.slack.web import code_of
from storage.queries import PersonScope, Row

_log = logging.getLogger(__name__)
_SESSIONS = 8
_SOON_S = 2.0
_BAR = 10
_GROWS = "It fills as you tell of your work."
EXPORT, FORGET, PICK, PROFILE = "export", "forget", "menu", "profile"


async def publish(desk: Desk, visit: Visit) -> None:
    """Show somebody their home tab as things stand."""
    blocks = await _blocks(desk, visit)
    view = {"type": "home", "blocks": blocks}
    try:
        await visit.workspace.web.call("views.publish", user_id=visit.user, view=view)
    except SlackApiError as error:
        _log.info("a home tab could not be shown: %s", code_of(error))


async def publish_soon(desk: Desk, visit: Visit) -> None:
    """The same once what was just asked for is done."""
    await asyncio.sleep(_SOON_S)
    await publish(desk, visit)


async def _blocks(desk: Desk, visit: Visit) -> list[Block]:
    person, sender = await desk.person(visit)
    rows = await desk.sessions(person)
    if not rows:
        return [
            kit.header("Rocket Coach"),
            *menus.coaches(desk.catalogue, command=desk.command),
        ]
    steps, goals = await desk.engine.look(person, _next)
    profile = await desk.engine.profile(sender)
    return [
        kit.header("Your coaching"),
        kit.actions(
            [
                kit.button("Start a session", PICK, style="primary"),
                kit.button("Summary of all coaches", menus.SUMMARY),
            ]
        ),
        *_steps(steps, goals),
        kit.header("Sessions"),
        *[block for row in rows[:_SESSIONS] for block in await _session(desk, visit, row)],
        *_profile(profile),
        kit.divider(),
        _yours(),
    ]


def _next(scope: PersonScope) -> tuple[list[Row], list[Row]]:
    return scope.rows("commitments", status="open"), scope.rows("goals", status="open")


def _steps(steps: list[Row], goals: list[Row]) -> list[Block]:
    if not steps and not goals:
        return []
    shown = [kit.header("Next")]
    for row in sorted(steps, key=lambda one: one["check_in"] or date.max)[:3]:
        day = f", and on {row['check_in']:%d %B} I ask how it went" if row["check_in"] else ""
        shown.append(kit.section(f"*You will:* {escape(row['text'])}{day}"))
        if row["if_then"]:
            shown.append(kit.context(escape(row["if_then"])))
    for row in goals[:2]:
        until = f", by {row['target_date']:%d %B %Y}" if row["target_date"] else ""
        shown.append(kit.section(f"*Goal:* {escape(row['text'])}{until}"))
    return shown


async def _session(desk: Desk, visit: Visit, row: Row) -> list[Block]:
    coach = desk.coach(row["coach"])
    if coach is None:
        return []
    full = round(row["progress"] * _BAR)
    bar = f"`{'█' * full}{'░' * (_BAR - full)}` {round(row['progress'] * 100)} %"
    phase = row["phase"].replace("_", " ")
    state = {"ended": "ended", "completed": "plan made"}.get(row["status"], phase)
    place = threads.thread_of(row, visit.workspace.tenant)
    link = await desk.link(place) if place is not None else None
    name = escape(wording.title(coach))
    title = f"<{link}|{name}>" if link else name
    days = f"since {row['started_at']:%d %b}, last {row['last_at']:%d %b}"
    text = f"*{title}*, {state}\n{bar}, {days}"
    again = "Go on" if row["status"] == "open" else "Take up again"
    return [kit.section(text, kit.button(again, f"{menus.RESUME}:{row['id']}", row["id"]))]


def _profile(profile: dict[str, Any]) -> list[Block]:
    if not profile.get("story") and not profile.get("bullets"):
        return []
    shown = [kit.header("Career profile")]
    story = str(profile.get("story") or "")
    # With gaps in it, it reads like a form.
    if story and "[" not in story:
        shown.append(kit.section(f"_{escape(story)}_"))
    bullets: list[Any] = profile.get("bullets") or []
    lines = [f"• {escape(_words(one))}" for one in bullets[:5]]
    if lines:
        shown.append(kit.section("\n".join(lines)))
    scores: dict[str, Any] = profile.get("scores") or {}
    told = [
        f"{SCORE_NAMES.get(name, name)} {round(value * 100)} %"
        for name, value in scores.items()
        if isinstance(value, int | float) and value > 0
    ]
    shown.append(kit.context(escape(", ".join(told)) if told else _GROWS))
    return [*shown, kit.actions([kit.button("The whole profile", PROFILE)])]


def _words(bullet: object) -> str:
    if isinstance(bullet, dict):
        found: dict[str, Any] = bullet  # pyright: ignore[reportUnknownVariableType]
        return str(found.get("text", ""))
    return str(bullet)


def _yours() -> Block:
    gone = kit.button("Delete everything", FORGET, style="danger") | {
        "confirm": kit.confirm(
            "Delete everything?",
            "Every session, finding, plan and message of yours, for good. Export a copy first if "
            "you want one.",
            "Delete everything",
            "Keep it",
        )
    }
    return kit.actions([kit.button("Export a copy", EXPORT), gone])
