"""The cross-persona analysis as blocks; shared only by its owner, after a look at it."""

from __future__ import annotations

from typing import Any

from bot.engine.errors import EngineError
from bot.platforms.cutting import split
from bot.slack import blocks as kit
from bot.slack import limits
from bot.slack.blocks import Block
from bot.slack.desk import Desk, Visit
from bot.slack.markdown import escape, mrkdwn
from bot.slack.places import Place

SHARE, SHARE_NOW = "share", "share_summary"
_QUOTES = 4
# A message takes fewer blocks than a view.
_BLOCKS = limits.BLOCKS - 5


async def blocks(desk: Desk, visit: Visit) -> tuple[str, list[Block]]:
    """The summary of somebody, or the sentence why there is none yet; as text and as blocks."""
    _, sender = await desk.person(visit)
    try:
        found = await desk.engine.summary(sender)
    except EngineError as error:
        return str(error), [kit.section(escape(str(error)))]
    rows = as_blocks(desk, found)
    return "Your summary", [*rows, kit.actions([kit.button("Share it …", SHARE)])]


def as_blocks(desk: Desk, found: dict[str, Any]) -> list[Block]:
    """A cross-persona analysis as blocks."""

    def name(key: str) -> str:
        coach = desk.coach(key)
        return escape(coach.first_name if coach is not None else key)

    coaches: list[str] = found["coaches"]
    shown = [kit.header("What your coaches found")]
    shown.append(kit.context("From your sessions with " + ", ".join(map(name, coaches))))
    for one in found["agreements"]:
        who = " and ".join(map(name, one["coaches"]))
        shown.append(kit.section(f"*{who} agree:* {escape(str(one['theme']))}"))
        shown += _quotes(one["quotes"])
    for one in found["tensions"]:
        shown.append(kit.section(f"*In two directions:* {escape(str(one['theme']))}"))
        for side in one["sides"]:
            words = f"{name(side['coach'])}: {escape(str(side['text']))}"
            quotes = [f"“{escape(_text(one))}”" for one in side["quotes"][:_QUOTES]]
            shown.append(kit.context("\n".join([words, *quotes])))
    plan: dict[str, list[Any]] = found["plan"]
    shown += _list("Priorities", found["priorities"])
    for title, key in (
        ("Now", "now"),
        ("In the next month", "next_month"),
        ("This quarter", "this_quarter"),
    ):
        shown += _list(title, plan.get(key) or [])
    shown += _list("How you will know", [_metric(one) for one in found["success_metrics"]])
    sure, whole = round(found["confidence"] * 100), round(found["completeness"] * 100)
    return [*shown[:_BLOCKS], kit.context(f"{sure} % sure, {whole} % complete")]


def _list(title: str, rows: list[Any]) -> list[Block]:
    lines = [f"• {escape(_text(row))}" for row in rows]
    if not lines:
        return []
    whole = f"*{title}*\n" + "\n".join(lines)
    return [kit.section(piece) for piece in split(whole, limits.SECTION)]


def _metric(row: dict[str, Any]) -> str:
    told = [f"you {row['self']}" if row["self"] else "", f"coach {row['coach']}"]
    return f"{row['metric']}: {', '.join(one for one in told if one)} (of 5)"


def _quotes(quotes: list[Any]) -> list[Block]:
    lines = [f"“{escape(_text(one))}”" for one in quotes[:_QUOTES]]
    return [kit.context("\n".join(lines))] if lines else []


def _text(row: object) -> str:
    if isinstance(row, dict):
        found: dict[str, Any] = row  # pyright: ignore[reportUnknownVariableType]
        return str(found.get("text") or found.get("title") or found.get("name") or "")
    return str(row)


async def share_modal(desk: Desk, visit: Visit) -> Block:
    """What others would see, and where."""
    text, rows = await blocks(desk, visit)
    shown = [row for row in rows if row["type"] != "actions"]
    where: Block = {
        "type": "input",
        "block_id": "where",
        "label": kit.plain("Share it in", limits.HEADER),
        "element": {
            "type": "conversations_select",
            "action_id": "where",
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        },
    }
    lead = kit.section("*This is what everybody there will read:*")
    if text != "Your summary":
        return kit.modal(SHARE_NOW, "Share your summary", shown)
    return kit.modal(SHARE_NOW, "Share your summary", [where, lead, *shown], submit="Share")


async def share(desk: Desk, visit: Visit, channel: str) -> None:
    """Post the summary where its owner wants it. Raises SlackApiError."""
    _, rows = await blocks(desk, visit)
    shown = [row for row in rows if row["type"] != "actions"]
    lead = kit.context(f"<@{visit.user}> shares this from their coaching.")
    text = mrkdwn("A coaching summary")
    await desk.say(visit.workspace, Place(visit.workspace.tenant, channel), text, [lead, *shown])
