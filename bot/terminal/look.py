"""How replies look in a terminal: Markdown behind a bar in the coach's colour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from rich.theme import Theme

from bot.engine.turned import Turned
from bot.replies import Choice
from personas.catalogue import Catalogue
from personas.models import Coach

# Without a background of its own, code reads well on light and dark.
THEME = Theme({"markdown.code": "bold"})
_WIDEST = 88
_BAR = "▌ "
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NUMBERED = re.compile(r"^(\d+)\. ")


class _PlainHeading(Heading):
    """A heading at the left, bold, without a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _PlainHeading,
    }


class _Barred:
    """Anything with a coloured bar at its left."""

    def __init__(self, content: RenderableType, colour: str) -> None:
        self._content = content
        self._style = Style(color=colour)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(10, min(options.max_width, _WIDEST) - len(_BAR))
        for line in console.render_lines(self._content, options.update(width=width), pad=False):
            yield Segment(_BAR, self._style)
            yield from line
            yield Segment.line()


class Look:
    """Shows what the engine says on a console.

    Args:
        console: where to; it decides about colours and width.
        catalogue: names, emoji and colours of the coaches.
    """

    def __init__(self, console: Console, catalogue: Catalogue) -> None:
        self._console = console
        self._catalogue = catalogue

    def show(self, turned: Turned) -> None:
        """Print a reply with its choices, its notice and its error."""
        reply = turned.reply
        menu = {choice.id for choice in reply.choices} == set(self._catalogue.keys)
        self._console.print()
        if reply.error:
            self._console.print(Text(f"⚠ {plain(reply.text or reply.error)}", style="yellow"))
        elif menu:
            self._console.print(_markdown("\n".join(_unnumbered(reply.text))))
        elif reply.text:
            self._say(reply.text, turned.coach)
        if menu:
            self._menu()
        else:
            self._choices(unlisted(reply.text, reply.choices))
        if reply.notice:
            self.hint(reply.notice)

    def hint(self, text: str) -> None:
        """Print a line beside the talk."""
        self._console.print()
        self._console.print(Text(plain(text), style="dim"), width=self._width)

    @property
    def _width(self) -> int:
        return min(self._console.width, _WIDEST)

    def _say(self, text: str, key: str | None) -> None:
        content = _markdown(text)
        if key is None:
            self._console.print(content, width=self._width)
            return
        coach = self._catalogue.coach(key)
        name = Text(f"{coach.emoji} {coach.name}", style=Style(color=coach.colour, bold=True))
        self._console.print(_Barred(Group(name, content), coach.colour))

    def _menu(self) -> None:
        for number, coach in enumerate(self._catalogue.coaches, start=1):
            self._console.print()
            self._console.print(Group(*_introduction(number, coach)), width=self._width)

    def _choices(self, choices: Iterable[tuple[int, Choice]]) -> None:
        for number, choice in choices:
            line = Text.assemble((f"{number:>3}  ", "bold"), plain(choice.label))
            self._console.print(Padding(line, (0, 0, 0, len(_BAR) - 2)), width=self._width)


def _introduction(number: int, coach: Coach) -> Iterator[RenderableType]:
    colour = Style(color=coach.colour)
    yield Text.assemble(
        (f"{number:>2}  ", "bold"),
        f"{coach.emoji} ",
        (coach.name, colour + Style(bold=True)),
        f"  {coach.title}",
    )
    yield Padding(Text(coach.tagline, style="dim"), (0, 0, 0, 4))


def plain(text: str) -> str:
    """``text`` without control characters, so that no quoted line can steer the terminal."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def unlisted(text: str, choices: Sequence[Choice]) -> list[tuple[int, Choice]]:
    """The choices with their numbers, without those that ``text`` lists under the same number."""
    listed = {
        found.group(1): line for line in text.splitlines() if (found := _NUMBERED.match(line))
    }
    return [
        (number, choice)
        for number, choice in enumerate(choices, start=1)
        if choice.label.split()[-1] not in listed.get(str(number), "")
    ]


def _unnumbered(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not _NUMBERED.match(line))


def _markdown(text: str) -> Markdown:
    return _Markdown(plain(text), hyperlinks=False)
