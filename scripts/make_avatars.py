"""Draws the avatars of the coaches, ``personas/avatars/<key>.png``: ``make avatars``.

Each picture is a motif of the coach's method on the coach's colour. The motif keeps to the circle
that chat platforms cut out, and is built from few shapes so that it reads at 48 pixels too. The
same input gives the same bytes. Needs Pillow, in an environment of its own.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow>=11"]
# ///

from __future__ import annotations

import tomllib
from collections.abc import Callable
from math import cos, radians, sin
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

HERE = Path(__file__).resolve().parent.parent
SIZE = 256
# Shapes are drawn this many times larger and scaled down, which smooths their edges.
SCALE = 4
CREAM = (255, 247, 232)

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """A square of one colour, in units of the finished picture with (0, 0) in its middle.

    Args:
        colour: the coach's colour; ``light`` and ``dark`` are made from it.
    """

    def __init__(self, colour: Colour) -> None:
        self.light = mixed(colour, CREAM, 0.5)
        self.dark = mixed(colour, (16, 20, 34), 0.42)
        side = SIZE * SCALE
        shade = Image.linear_gradient("L").resize((side, side))
        top = Image.new("RGB", (side, side), mixed(colour, CREAM, 0.1))
        bottom = Image.new("RGB", (side, side), mixed(colour, (16, 20, 34), 0.16))
        self.image = Image.composite(bottom, top, shade)
        self._draw = ImageDraw.Draw(self.image)

    def disc(self, centre: Point, radius: float, fill: Colour) -> None:
        """A filled circle."""
        x, y = centre
        self._draw.ellipse([*at((x - radius, y - radius)), *at((x + radius, y + radius))], fill)

    def oval(self, centre: Point, width: float, height: float, fill: Colour) -> None:
        """A filled ellipse."""
        x, y = centre
        corners = [*at((x - width / 2, y - height / 2)), *at((x + width / 2, y + height / 2))]
        self._draw.ellipse(corners, fill)

    def bar(self, left_top: Point, right_bottom: Point, fill: Colour, radius: float = 6) -> None:
        """A rectangle with round corners."""
        corners = [*at(left_top), *at(right_bottom)]
        self._draw.rounded_rectangle(corners, radius * SCALE, fill)

    def shape(self, points: list[Point], fill: Colour) -> None:
        """A filled polygon."""
        self._draw.polygon([at(point) for point in points], fill)

    def line(self, points: list[Point], width: float, fill: Colour) -> None:
        """A line through points, with round ends and joints."""
        corners = [at(point) for point in points]
        self._draw.line(corners, fill, round(width * SCALE), joint="curve")
        for point in points:
            self.disc(point, width / 2, fill)

    def lens(self, one: Point, other: Point, radius: float, fill: Colour) -> None:
        """What two circles of the same radius have in common: a leaf."""
        masks: list[Image.Image] = []
        for x, y in (one, other):
            mask = Image.new("L", self.image.size)
            box = [*at((x - radius, y - radius)), *at((x + radius, y + radius))]
            ImageDraw.Draw(mask).ellipse(box, 255)
            masks.append(mask)
        self.image.paste(fill, mask=ImageChops.multiply(*masks))


def table(canvas: Canvas) -> None:
    """Executive: a table seen from above, its seats, and the one seat that is the person's."""
    for place in range(6):
        angle = radians(60 * place - 90)
        own = place == 0
        canvas.disc(
            (82 * cos(angle), 82 * sin(angle)), 23 if own else 18, CREAM if own else canvas.light
        )
    canvas.disc((0, 0), 50, canvas.dark)
    canvas.disc((0, 0), 40, CREAM)
    canvas.line([(0, 12), (0, -16)], 9, canvas.dark)
    canvas.shape([(-17, -10), (17, -10), (0, -30)], canvas.dark)


def leaf(canvas: Canvas) -> None:
    """Life: a leaf with its veins."""
    canvas.line([(-74, 74), (-42, 42)], 12, CREAM)
    canvas.lens((-32, -46), (44, 30), 97, CREAM)
    canvas.line([(-42, 42), (42, -44)], 8, canvas.dark)
    for along, length in ((-22, 26), (2, 27), (24, 18)):
        x, y = along, -along - 1
        canvas.line([(x, y), (x, y - length)], 6, canvas.dark)
        canvas.line([(x, y), (x + length, y)], 6, canvas.dark)


def columns(canvas: Canvas) -> None:
    """Psychologist: the two columns of a decision, the right one growing longer."""
    canvas.bar((-4, -82), (4, 82), canvas.dark, 4)
    for row, (left, right) in enumerate(((56, 62), (40, 70), (24, 54), (0, 38))):
        top = -74 + 40 * row
        if left:
            canvas.bar((-16 - left, top), (-16, top + 24), canvas.light, 12)
        canvas.bar((16, top), (16 + right, top + 24), CREAM, 12)


def chart(canvas: Canvas) -> None:
    """Industry: bars of a sector and the line of where it goes."""
    for x, height in ((-66, 42), (-26, 64), (14, 52), (54, 92)):
        canvas.bar((x - 14, 70 - height), (x + 14, 70), canvas.light, 6)
    canvas.bar((-86, 76), (86, 84), CREAM, 4)
    points: list[Point] = [(-72, 4), (-30, -24), (8, -10), (56, -58)]
    canvas.line(points, 11, CREAM)
    canvas.shape([(32, -70), (74, -76), (68, -34)], CREAM)


def spotlight(canvas: Canvas) -> None:
    """Interview: a lamp, its light, and the one who stands in it."""
    canvas.shape([(-10, -84), (22, -84), (80, 66), (-80, 66)], canvas.light)
    canvas.oval((0, 66), 160, 44, CREAM)
    canvas.bar((-24, -104), (34, -72), canvas.dark, 10)
    canvas.disc((0, -8), 21, canvas.dark)
    canvas.bar((-30, 20), (30, 70), canvas.dark, 26)
    canvas.bar((-30, 46), (30, 70), canvas.dark, 6)


def scales(canvas: Canvas) -> None:
    """Salary: a pair of scales in balance."""
    canvas.line([(0, -70), (0, 66)], 11, CREAM)
    canvas.bar((-42, 64), (42, 80), CREAM, 8)
    canvas.line([(-70, -52), (70, -52)], 11, CREAM)
    canvas.disc((0, -72), 15, CREAM)
    for side in (-70, 70):
        for foot in (-30, 30):
            canvas.line([(side, -52), (side + foot, 14)], 5, canvas.light)
        canvas.shape(
            [
                (side + 34 * cos(radians(angle)), 12 + 30 * sin(radians(angle)))
                for angle in range(0, 181, 4)
            ],
            CREAM,
        )


def dots(canvas: Canvas) -> None:
    """Network: people and their ties; the far one, reached over a thin tie, shines."""
    hub, near, far = (-18.0, 14.0), [(-74.0, -18.0), (-58.0, 62.0), (24.0, 72.0)], (66.0, -54.0)
    middle = (26.0, -22.0)
    for point in near:
        canvas.line([hub, point], 8, canvas.light)
    canvas.line([near[0], near[1]], 5, canvas.light)
    canvas.line([near[2], middle], 5, canvas.light)
    canvas.line([hub, middle], 8, canvas.light)
    canvas.line([middle, far], 5, CREAM)
    for point, radius in zip(near, (17, 15, 18), strict=True):
        canvas.disc(point, radius, canvas.light)
    canvas.disc(middle, 14, canvas.light)
    canvas.disc(hub, 30, canvas.dark)
    canvas.disc(hub, 21, CREAM)
    canvas.disc(far, 27, CREAM)


MOTIFS: dict[str, Callable[[Canvas], None]] = {
    "executive_coach": table,
    "life_coach": leaf,
    "career_psychologist": columns,
    "industry_expert": chart,
    "interview_coach": spotlight,
    "salary_negotiator": scales,
    "network_builder": dots,
}


def at(point: Point) -> tuple[float, float]:
    """A point on the large canvas."""
    return (point[0] + SIZE / 2) * SCALE, (point[1] + SIZE / 2) * SCALE


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """``one`` with ``share`` (0 to 1) of ``other`` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def colour_of(key: str) -> Colour:
    """The colour in a coach's file."""
    path = HERE / "personas" / "coaches" / f"{key}.toml"
    text = tomllib.loads(path.read_text(encoding="utf-8"))["colour"].removeprefix("#")
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def main() -> None:
    """Draw every avatar."""
    folder = HERE / "personas" / "avatars"
    folder.mkdir(exist_ok=True)
    for key, motif in MOTIFS.items():
        canvas = Canvas(colour_of(key))
        motif(canvas)
        small = canvas.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        small.save(folder / f"{key}.png", optimize=True)


if __name__ == "__main__":
    main()
