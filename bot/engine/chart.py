"""Draws bars as a PNG picture: sessions, rated metrics, scores.

A bar with a mark is a bullet graph (Stephen Few): the bar is one value, the mark another on the
same scale. Colour alone says nothing here; every bar has its value in words beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

# In pixels. Bars lie in a column of their own, so that their lengths can be compared.
WIDTH: Final = 960
ROW: Final = 34
HEADING: Final = 52
MARGIN: Final = 24
BAR_LEFT: Final = 400
BAR_WIDTH: Final = 320
BAR_HEIGHT: Final = 18
PAPER: Final = "#ffffff"
TRACK: Final = "#e3e3e3"
INK: Final = "#222222"
_GAP = 16
_SQUARE = 20
_MARK_WIDTH = 4
_LABEL_SIZE, _HEADING_SIZE = 18, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """A value from 0 to 1 with its name and the value in words; ``mark`` is another, if any."""

    label: str
    shown: str
    part: float
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Bars under one heading, in one colour (``#rrggbb``)."""

    title: str
    colour: str
    bars: tuple[Bar, ...]


def height_of(blocks: Sequence[Block], note: str = "") -> int:
    """The height in pixels of the picture of these blocks."""
    rows = sum(len(block.bars) for block in blocks) + bool(note)
    return 2 * MARGIN + HEADING * len(blocks) + ROW * rows


def draw(blocks: Sequence[Block], note: str = "") -> bytes:
    """The blocks one below the other as a PNG, ``WIDTH`` pixels wide.

    Args:
        blocks: what to draw, top first.
        note: a line below all, such as what the marks mean.
    """
    # Loaded late: few replies have a picture, and the first prompt must not wait for it.
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, height_of(blocks, note)), PAPER)
    pen = ImageDraw.Draw(image)
    plain = ImageFont.load_default(_LABEL_SIZE)
    large = ImageFont.load_default(_HEADING_SIZE)
    y = MARGIN
    for block in blocks:
        middle = y + HEADING // 2
        box = (MARGIN, middle - _SQUARE // 2, MARGIN + _SQUARE - 1, middle + _SQUARE // 2 - 1)
        pen.rectangle(box, fill=block.colour)
        start = MARGIN + _SQUARE + _GAP
        _write(pen, start, middle, block.title, large, WIDTH - MARGIN - start)
        y += HEADING
        for bar in block.bars:
            _row(pen, y, bar, block.colour, plain)
            y += ROW
    if note:
        _write(pen, MARGIN, y + ROW // 2, note, plain, WIDTH - 2 * MARGIN)
    file = BytesIO()
    # Few colours beside the greys of the letters: a palette holds all, at a third of the bytes.
    image.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _row(pen: ImageDraw, y: int, bar: Bar, colour: str, font: Font) -> None:
    middle = y + ROW // 2
    top, bottom = middle - BAR_HEIGHT // 2, middle + BAR_HEIGHT // 2 - 1
    _write(pen, MARGIN, middle, bar.label, font, BAR_LEFT - MARGIN - _GAP)
    pen.rectangle((BAR_LEFT, top, BAR_LEFT + BAR_WIDTH - 1, bottom), fill=TRACK)
    full = _pixels(bar.part)
    if full:
        pen.rectangle((BAR_LEFT, top, BAR_LEFT + full - 1, bottom), fill=colour)
    if bar.mark is not None:
        left = BAR_LEFT + _pixels(bar.mark) - _MARK_WIDTH // 2
        pen.rectangle((left, top - 4, left + _MARK_WIDTH - 1, bottom + 4), fill=INK)
    right = BAR_LEFT + BAR_WIDTH + _GAP
    _write(pen, right, middle, bar.shown, font, WIDTH - MARGIN - right)


def _pixels(part: float) -> int:
    return round(min(max(part, 0.0), 1.0) * BAR_WIDTH)


def _write(pen: ImageDraw, x: int, middle: int, text: str, font: Font, room: int) -> None:
    """Text around a middle line, cut with an ellipsis where there is no room for all of it."""
    line = " ".join(text.split())
    if pen.textlength(line, font) > room:
        while line and pen.textlength(line + "…", font) > room:
            line = line[:-1].rstrip()
        line += "…"
    pen.text((x, middle), line, fill=INK, font=font, anchor="lm")
