"""The picture of ``/coach progress``: it opens, its bars are as long as the values say."""

from __future__ import annotations

from io import BytesIO
from itertools import groupby

import pytest
from PIL import Image

from bot.engine import chart
from bot.engine.chart import Bar, Block
from bot.engine.engine import Engine
from bot.engine.sessions import state_of
from bot.replies import Attachment
from personas.catalogue import Catalogue
from tests.conftest import Talk
from tests.talking import GOAL, row_of, to_the_plan

Pixel = tuple[int, int, int]
COLOUR = "#336699"


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


def rgb(colour: str) -> Pixel:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def pixel(image: Image.Image, x: int, y: int) -> Pixel:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    red, green, blue = found
    return int(red), int(green), int(blue)


def bars_of(image: Image.Image) -> list[tuple[int, int]]:
    """Top and bottom of each bar, read from its right end, where no text and no mark stands."""
    x = chart.BAR_LEFT + chart.BAR_WIDTH - 1
    paper = rgb(chart.PAPER)
    runs = groupby(range(image.height), key=lambda y: pixel(image, x, y) != paper)
    rows = [list(ys) for filled, ys in runs if filled]
    return [(ys[0], ys[-1]) for ys in rows]


def filled(image: Image.Image, bar: tuple[int, int]) -> int:
    """How many pixels of a bar are neither track nor mark."""
    line = [pixel(image, chart.BAR_LEFT + x, bar[0]) for x in range(chart.BAR_WIDTH)]
    return sum(one not in (rgb(chart.TRACK), rgb(chart.INK)) for one in line)


def test_bars_are_as_long_as_their_values() -> None:
    parts = (0.0, 0.25, 0.5, 1.0)
    bars = tuple(Bar(f"Number {part}", f"{part}", part) for part in parts)
    image = opened(chart.draw([Block("A coach", COLOUR, bars)]))
    assert image.size == (chart.WIDTH, 2 * chart.MARGIN + chart.HEADING + 4 * chart.ROW)
    found = bars_of(image)
    assert [bottom - top + 1 for top, bottom in found] == [chart.BAR_HEIGHT] * 4
    assert [filled(image, bar) for bar in found] == [
        round(part * chart.BAR_WIDTH) for part in parts
    ]
    assert pixel(image, chart.BAR_LEFT, found[1][0]) == rgb(COLOUR)


def test_ten_colours_are_kept_to_the_shade() -> None:
    colours = [f"#{20 * n:02x}{255 - 23 * n:02x}{(91 * n) % 256:02x}" for n in range(10)]
    bars = (Bar("The quick brown fox jumps over it", "93 %", 0.5),)
    image = opened(chart.draw([Block("Some coach", colour, bars) for colour in colours], "A note"))
    shades = [pixel(image, chart.BAR_LEFT, top) for top, _ in bars_of(image)]
    assert shades == [rgb(colour) for colour in colours]


def test_a_mark_stands_at_its_own_value() -> None:
    image = opened(chart.draw([Block("A coach", COLOUR, (Bar("x", "", 0.25, 0.75),))]))
    ((top, _),) = bars_of(image)
    dark = [x for x in range(chart.BAR_LEFT, image.width) if pixel(image, x, top - 2) != (255,) * 3]
    assert dark
    assert abs(sum(dark) / len(dark) - (chart.BAR_LEFT + 0.75 * chart.BAR_WIDTH)) <= 2
    assert filled(image, (top, top)) == round(0.25 * chart.BAR_WIDTH)


@pytest.mark.parametrize(
    "text", ["", "W" * 400, "two\nlines", "Zoë – “Ärger” · 中文 🚀", "\x00\x07"]
)
def test_any_text_keeps_to_its_column(text: str) -> None:
    bar = Bar(text, text, 1.7)
    image = opened(chart.draw([Block(text, COLOUR, (bar,))], text))
    assert image.size == (chart.WIDTH, chart.height_of([Block(text, COLOUR, (bar,))], text))
    paper = rgb(chart.PAPER)
    for x in (chart.BAR_LEFT - 4, chart.BAR_LEFT + chart.BAR_WIDTH + 4, chart.WIDTH - 8):
        ys = range(chart.MARGIN + chart.HEADING, chart.MARGIN + chart.HEADING + chart.ROW)
        assert {pixel(image, x, y) for y in ys} == {paper}
    assert len(bars_of(image)) >= 1


def only(attachments: tuple[Attachment, ...]) -> Attachment:
    (one,) = attachments
    return one


async def test_progress_comes_with_a_picture_of_the_same_numbers(
    engine: Engine, talk: Talk, catalogue: Catalogue
) -> None:
    await to_the_plan(engine, talk, "executive_coach")
    told = await talk.command("progress")
    picture = only(told.reply.attachments)
    assert (picture.name, picture.media_type) == ("progress.png", "image/png")
    coach, state = catalogue.coach("executive_coach"), state_of(await row_of(engine, talk))
    profile = await engine.profile(talk.sender)
    assert len(state.ratings) == len(coach.metrics) == 5
    # One bar for the session, one for each metric, one for each score of the profile.
    assert len(bars_of(opened(picture.data))) == 1 + 5 + len(profile["scores"])
    assert "Part 4 of 4 (synthesis): 100 %" in picture.alt
    for metric in coach.metrics:
        assert f"{metric.name}: you {state.ratings[metric.key]}" in picture.alt
        assert f"{metric.name}: you {state.ratings[metric.key]}" in told.reply.text
    for score in profile["scores"].values():
        assert f"{round(score * 100)} %" in picture.alt
    assert not set("█░`*") & set(picture.alt)
    assert "`" + "█" * 20 + "` 100 %" in told.reply.text


async def test_the_picture_grows_with_the_sessions(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    one = only((await talk.command("progress")).reply.attachments)
    await talk("switch to Elena")
    two = only((await talk.command("progress")).reply.attachments)
    assert [len(bars_of(opened(each.data))) for each in (one, two)] == [1, 2]
    assert "Elena" in two.alt
    assert "Elena" not in one.alt


async def test_without_a_session_there_is_no_picture(talk: Talk) -> None:
    assert (await talk.command("progress")).reply.attachments == ()


async def test_the_line_of_the_contract_has_no_picture(talk: Talk) -> None:
    await talk.open("executive_coach")
    told = await talk.command("progress")
    assert told.reply.attachments
    assert "attachments" not in told.line()
