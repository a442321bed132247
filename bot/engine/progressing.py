"""How far a person is, over all sessions: as text with bars, as a picture, as plain words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.engine import chart, profiling
from bot.engine.chart import Bar, Block
from bot.engine.phases import ORDER
from bot.engine.sessions import state_of
from bot.replies import Attachment
from personas.catalogue import Catalogue
from personas.models import Coach
from storage.queries import Row

_BAR = 20
_LEVELS = 5
_SESSIONS = 10
_PROFILE = "Your career profile"
_PROFILE_COLOUR = "#4a5568"
_TITLE = "How far you are"
_NOTE = "Dark line: where the coach sees you."


def text_bar(part: float) -> str:
    """A part of 1 as a bar of block characters."""
    full = round(part * _BAR)
    return f"`{'█' * full}{'░' * (_BAR - full)}`"


def percent(part: float) -> str:
    """A part of 1 in words."""
    return f"{round(part * 100)} %"


def blocks_of(rows: Sequence[Row], catalogue: Catalogue) -> list[Block]:
    """A block for each session, newest first as given, and one for the profile once it has scores.

    Args:
        rows: the person's sessions; the first ten are shown, all count for the profile.
        catalogue: the coaches.
    """
    blocks = [_session(row, catalogue.coach(row["coach"])) for row in rows[:_SESSIONS]]
    profile = profiling.profile_of(rows, catalogue)
    if profile.experiences:
        bars = tuple(
            Bar(profiling.SCORE_NAMES.get(name, name), percent(score), score)
            for name, score in profile.scores.items()
        )
        blocks.append(Block(_PROFILE, _PROFILE_COLOUR, bars))
    return blocks


def _session(row: Row, coach: Coach) -> Block:
    place = [phase.value for phase in ORDER].index(row["phase"]) + 1
    label = f"Part {place} of {len(ORDER)} ({row['phase'].replace('_', ' ')})"
    done = Bar(label, percent(row["progress"]), row["progress"])
    return Block(coach.name, coach.colour, (done, *_ratings(row, coach)))


def _ratings(row: Row, coach: Coach) -> list[Bar]:
    state = state_of(row)
    bars: list[Bar] = []
    for metric in coach.metrics:
        own, seen = state.ratings.get(metric.key), state.coach_ratings.get(metric.key)
        if own is None and seen is None:
            continue
        told = [f"you {own}" if own else "", f"coach {seen}" if seen else ""]
        shown = f"{', '.join(part for part in told if part)} (of {_LEVELS})"
        mark = seen / _LEVELS if seen else None
        bars.append(Bar(metric.name, shown, (own or 0) / _LEVELS, mark))
    return bars


def as_text(blocks: Sequence[Block], emoji: Sequence[str]) -> str:
    """The blocks as a list; ``emoji`` are those of the sessions, in the same order."""
    lines: list[str] = []
    for mark, block in zip(emoji, blocks, strict=False):
        first, *rated = block.bars
        place = first.label[:1].lower() + first.label[1:]
        lines.append(f"- {mark} {block.title}: {text_bar(first.part)} {first.shown}, {place}")
        lines += [f"    - {bar.label}: {bar.shown}" for bar in rated]
    for block in blocks[len(emoji) :]:
        lines.append(f"- {block.title}")
        lines += [f"    - {bar.label}: {text_bar(bar.part)} {bar.shown}" for bar in block.bars]
    return "\n".join(lines)


def in_words(blocks: Sequence[Block]) -> str:
    """The blocks as sentences without any drawing, for those who listen."""
    told = [
        f"{block.title}. " + " ".join(f"{bar.label}: {bar.shown}." for bar in block.bars)
        for block in blocks
    ]
    return " ".join([f"{_TITLE}.", *told])


async def picture(blocks: Sequence[Block]) -> Attachment:
    """The blocks as a picture, drawn beside the loop because it takes some milliseconds."""
    marked = any(bar.mark is not None for block in blocks for bar in block.bars)
    data = await asyncio.to_thread(chart.draw, blocks, _NOTE if marked else "")
    return Attachment("progress.png", "image/png", data, in_words(blocks))


async def shown(rows: Sequence[Row], catalogue: Catalogue) -> tuple[str, Attachment]:
    """The text of ``/coach progress`` and its picture, for at least one session."""
    blocks = blocks_of(rows, catalogue)
    emoji = [catalogue.coach(row["coach"]).emoji for row in rows[:_SESSIONS]]
    return as_text(blocks, emoji), await picture(blocks)
