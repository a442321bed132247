"""The line a person types in: completion, keys, and the status below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from bot.commands import COMMANDS
from bot.engine.turned import Turned
from personas.catalogue import Catalogue
from personas.models import Phase

LEAVE = ("/quit", "/exit")
_PHASES = tuple(Phase)
_BAR_WIDTH = 10
_NO_COACH = ("No coach yet · pick a number, or write what it is about", "No coach yet")
_STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse",
        "prompt": "bold",
        "completion-menu": "noreverse",
    }
)


class CommandCompleter(Completer):
    """Completes ``/coach …``: the commands, and coaches where a coach may stand."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """What may follow the text before the cursor; nothing for a line that is no command."""
        line = document.text_before_cursor.lstrip()
        if not line.startswith("/"):
            return
        head, space, typed = line.partition(" ")
        if not space:
            offered = [
                ("/coach", "choose a coach, or a command"),
                *((word, "leave") for word in LEAVE),
            ]
            yield from _matching(offered, head)
        elif head == "/coach" and " " not in typed:
            commands = [(command.name, command.help) for command in COMMANDS]
            yield from _matching([*commands, *self._coaches()], typed)
        elif typed.startswith("switch ") or head == "/switch":
            yield from _matching(self._coaches(), line.rpartition(" ")[2])

    def _coaches(self) -> list[tuple[str, str]]:
        return [(coach.first_name, coach.title) for coach in self._catalogue.coaches]


def _matching(offered: Iterable[tuple[str, str]], typed: str) -> Iterator[Completion]:
    for word, meaning in offered:
        if word.lower().startswith(typed.lower()) and word != typed:
            yield Completion(word, start_position=-len(typed), display_meta=meaning)


def status(turned: Turned | None, catalogue: Catalogue, width: int) -> StyleAndTextTuples:
    """Coach, phase as four steps, and progress, as much as ``width`` columns hold."""
    if turned is None or turned.coach is None:
        return [("", _fitting(_NO_COACH, width))]
    coach = catalogue.coach(turned.coach)
    name = f" {coach.emoji} {coach.name} "
    parts: StyleAndTextTuples = [(f"bold fg:{coach.colour}", name)]
    if turned.phase is None:
        return parts
    place = _PHASES.index(Phase(turned.phase))
    steps = " ".join("●" if number <= place else "○" for number in range(len(_PHASES)))
    done = round(turned.progress * _BAR_WIDTH)
    bar = "━" * done + "╌" * (_BAR_WIDTH - done)
    spoken = turned.phase.replace("_", " ")
    said = "paused" if turned.paused else spoken
    versions = (f"· {steps} {said} · {bar} {turned.progress:.0%}", f"· {steps} {said}", f"· {said}")
    return [*parts, ("", _fitting(versions, width - get_cwidth(name)))]


def _fitting(versions: Iterable[str], width: int) -> str:
    return next((text for text in versions if get_cwidth(text) < width), "")


class TypingLine:
    """Asks for lines.

    The history is kept in memory only: what somebody typed to a coach does not belong into a file
    that outlives ``/coach forget``.

    Args:
        catalogue: names to complete.
        last: gives the outcome that the status line shows.
        source, screen: the terminal; None for the one the program runs in.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        last: Callable[[], Turned | None],
        source: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._last = last
        self._session: PromptSession[str] = PromptSession(
            message=[("class:prompt", "› ")],
            history=InMemoryHistory(),
            completer=CommandCompleter(catalogue),
            complete_while_typing=Condition(self._is_command),
            key_bindings=_keys(),
            bottom_toolbar=self._status,
            style=_STYLE,
            prompt_continuation="  ",
            reserve_space_for_menu=6,
            input=source,
            output=screen,
        )

    def ask(self) -> str:
        """The next line. Raises KeyboardInterrupt for Ctrl-C and EOFError for Ctrl-D.

        The key is read like any other. The signal is left to who asks: a handler that comes and
        goes with the prompt would swallow one that comes as the line ends.
        """
        return self._session.prompt(handle_sigint=False)

    def interrupt(self) -> None:
        """End :meth:`ask` as Ctrl-C does, if it is under way; may be called by a signal handler."""
        app = self._session.app

        def leave() -> None:
            if app.is_running and app.future is not None and not app.future.done():
                app.exit(exception=KeyboardInterrupt(), style="class:aborting")

        if app.is_running and app.loop is not None:
            app.loop.call_soon_threadsafe(leave)

    def _is_command(self) -> bool:
        return self._session.default_buffer.text.startswith("/")

    def _status(self) -> StyleAndTextTuples:
        width = self._session.app.output.get_size().columns
        return status(self._last(), self._catalogue, width)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def leave(event: KeyPressEvent) -> None:
        event.current_buffer.append_to_history()
        event.app.exit(exception=KeyboardInterrupt(), style="class:aborting")

    _ = new_line, leave
    return keys
