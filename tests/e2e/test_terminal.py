"""The chat for people, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.engine.turned import Turned
from bot.replies import Choice, Reply
from bot.terminal.look import plain, unlisted
from bot.terminal.typing_line import CommandCompleter, status
from personas.catalogue import Catalogue
from tests.e2e.program import ROOT, Rocket

# Not a measure of speed: after this long without the words awaited, they will not come.
GIVE_UP = 60.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07|\r")
MAYA = "▌ 🌿 Dr. Maya Wellness ▌"
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return all(word in text for word in words)


class Screen:
    """A running chat, what it wrote so far, and a keyboard."""

    def __init__(self, rocket: Rocket, *words: str, columns: int = 100) -> None:
        self.keyboard, self._program_side = pty.openpty()
        size = struct.pack("HHHH", 40, columns, 0, 0)
        fcntl.ioctl(self._program_side, termios.TIOCSWINSZ, size)
        self.modes_before = self._modes()
        self.raw = ""
        self._bytes = b""
        self._answered = 0
        self._read_to = 0
        self.process = subprocess.Popen(
            rocket.mine("chat", *words),
            cwd=rocket.home,
            env={**rocket.environment, "TERM": "xterm-256color"},
            stdin=self._program_side,
            stdout=self._program_side,
            stderr=self._program_side,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def _modes(self) -> list[object]:
        """Echo, line editing, signals: what a shell needs to find as it left it."""
        return list(termios.tcgetattr(self._program_side)[:4])

    @property
    def is_sane(self) -> bool:
        return self._modes() == self.modes_before

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self.keyboard, key.encode())

    def say(self, line: str) -> None:
        self.press(line, "\r")

    def wait_for(self, *words: str) -> str:
        """Read until all ``words`` came after what was awaited before; returns all since."""
        return self._wait(words, prompt=False)

    def wait_for_reply(self, *words: str) -> str:
        """The same, until the program also reads keys again."""
        return self._wait(words, prompt=True)

    def wait_until_working(self) -> None:
        """Read until the program has taken the line and stopped reading keys."""
        while self._reads_keys or not self.is_sane:
            if select.select([self.keyboard], [], [], 0.05)[0]:
                self._read()

    @property
    def _reads_keys(self) -> bool:
        return self.raw.rfind("\x1b[?2004h") > self.raw.rfind("\x1b[?2004l")

    def _wait(self, words: tuple[str, ...], *, prompt: bool) -> str:
        since = self._read_to
        until = time.monotonic() + GIVE_UP
        while not _holds(seen := self._text(since), words) or (prompt and not self._reads_keys):
            left = until - time.monotonic()
            assert left > 0, f"{words!r} never came: {seen}"
            ready, _, _ = select.select([self.keyboard], [], [], left)
            assert ready, f"{words!r} never came: {seen}"
            self._read()
        self._read_to = len(self.raw)
        return seen

    def _read(self) -> None:
        self._bytes += os.read(self.keyboard, 65536)
        self.raw = self._bytes.decode("utf-8", "replace")
        # A terminal that is asked where the cursor is has to answer.
        for _ in range(self.raw.count("\x1b[6n") - self._answered):
            self._answered += 1
            self.press("\x1b[20;1R")

    def _text(self, since: int) -> str:
        return " ".join(ESCAPES.sub("", self.raw[since:]).split())

    def end(self) -> int:
        """Wait for the end, reading what is still written; returns the exit code."""
        until = time.monotonic() + GIVE_UP
        while self.process.poll() is None:
            assert time.monotonic() < until, self._text(self._read_to)
            if select.select([self.keyboard], [], [], 0.05)[0]:
                self._read()
        while select.select([self.keyboard], [], [], 0)[0]:
            self._read()
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.keyboard)
        os.close(self._program_side)


@pytest.fixture
def rocket(tmp_path: Path) -> Rocket:
    return Rocket(tmp_path)


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def sit_down(screens: list[Screen], rocket: Rocket, *words: str, columns: int = 100) -> Screen:
    screens.append(Screen(rocket, *words, columns=columns))
    return screens[-1]


def said(rocket: Rocket) -> list[str]:
    (session,) = rocket.ask("sessions")
    told = rocket.ask("transcript", session["session"])
    return [line["text"] for line in told if line["role"] == "user"]


# The program waits ten seconds for another one that writes: a busy machine may be slower than that.
PATIENT = """\
from storage.database import Database

assert "wait_ms" in Database.__init__.__kwdefaults__
Database.__init__.__kwdefaults__["wait_ms"] = 600_000
"""


def make_patient(rocket: Rocket) -> None:
    """From now on a turn waits for another program that writes for as long as a test takes."""
    (rocket.home / "sitecustomize.py").write_text(PATIENT)
    rocket.env["PYTHONPATH"] = os.pathsep.join((str(rocket.home), str(ROOT)))


def hold_the_turn(rocket: Rocket) -> sqlite3.Connection:
    """A second program that writes: a turn waits for it at the moment it would be stored."""
    other = sqlite3.connect(rocket.db, isolation_level=None, timeout=GIVE_UP)
    other.execute("BEGIN IMMEDIATE")
    return other


def release(other: sqlite3.Connection) -> None:
    other.execute("ROLLBACK")
    other.close()


def test_menu_pick_talk_leave_and_come_back(rocket: Rocket, screens: list[Screen]) -> None:
    screen = sit_down(screens, rocket)
    menu = screen.wait_for_reply("No coach yet")
    for number, coach in enumerate(Catalogue().coaches, start=1):
        assert f"{number} {coach.emoji} {coach.name}" in menu
        assert coach.title in menu
        assert coach.tagline in menu
    assert "I am an AI" in menu
    screen.say("5")
    assert "Sarah Spotlight" in screen.wait_for("● ○ ○ ○ introduction")
    screen.say("I go blank in front of a panel.")
    screen.wait_for_reply("▌ 🎤 Sarah Spotlight ▌")
    screen.press(CTRL_D)
    assert screen.end() == 0
    assert screen.is_sane
    back = sit_down(screens, rocket)
    assert "/coach shows all coaches" in back.wait_for_reply("introduction")
    back.say("/quit")
    assert back.end() == 0
    assert said(rocket) == ["I go blank in front of a panel."]


def test_ctrl_c_hints_keeps_the_line_and_leaves_the_second_time(
    rocket: Rocket, screens: list[Screen]
) -> None:
    screen = sit_down(screens, rocket, "--coach", "life_coach")
    screen.wait_for_reply("introduction")
    screen.press("My evenings are go", CTRL_C)
    screen.wait_for_reply("Press Ctrl-C again to leave")
    screen.press(UP)
    screen.wait_for("My evenings are go")
    screen.say("ne.")
    screen.wait_for_reply(MAYA, "introduction")
    screen.press(CTRL_C)
    screen.wait_for_reply("Press Ctrl-C again to leave")
    screen.press(CTRL_C)
    assert screen.end() == 0
    assert screen.is_sane
    assert said(rocket) == ["My evenings are gone."]


def test_ctrl_c_during_a_turn_lets_it_finish(rocket: Rocket, screens: list[Screen]) -> None:
    make_patient(rocket)
    screen = sit_down(screens, rocket, "--coach", "life_coach")
    screen.wait_for_reply("introduction")
    other = hold_the_turn(rocket)
    screen.say("I took the early shift.")
    screen.wait_until_working()
    screen.press(CTRL_C)
    screen.wait_for("still being taken")
    release(other)
    assert MAYA in screen.wait_for_reply("Press Ctrl-C again to leave")
    screen.press(CTRL_C)
    assert screen.end() == 0
    assert screen.is_sane
    assert said(rocket) == ["I took the early shift."]


def test_an_interrupt_from_outside_is_as_good_as_the_key(
    rocket: Rocket, screens: list[Screen]
) -> None:
    screen = sit_down(screens, rocket, "--coach", "life_coach")
    screen.wait_for_reply("introduction")
    screen.process.send_signal(signal.SIGINT)
    screen.wait_for_reply("Press Ctrl-C again to leave")
    screen.process.send_signal(signal.SIGINT)
    assert screen.end() == 0
    assert screen.is_sane


def test_a_pasted_text_of_several_lines_is_one_message(
    rocket: Rocket, screens: list[Screen]
) -> None:
    screen = sit_down(screens, rocket, "--coach", "life_coach")
    screen.wait_for_reply("introduction")
    screen.press("\x1b[200~I keep bees.\nI teach.\r\nI sleep little.\x1b[201~")
    screen.wait_for("I sleep little.")
    screen.press("\r")
    screen.wait_for_reply(MAYA)
    screen.press(CTRL_D)
    assert screen.end() == 0
    assert [" ".join(line.split()) for line in said(rocket)] == [
        "I keep bees. I teach. I sleep little."
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_leaves_the_terminal_sane(
    rocket: Rocket, screens: list[Screen], number: signal.Signals
) -> None:
    screen = sit_down(screens, rocket)
    screen.wait_for_reply("No coach yet")
    assert not screen.is_sane
    screen.process.send_signal(number)
    assert screen.end() == 128 + number
    assert screen.is_sane


def test_no_color_and_a_narrow_window(rocket: Rocket, screens: list[Screen]) -> None:
    rocket.env["NO_COLOR"] = "1"
    screen = sit_down(screens, rocket, columns=44)
    screen.wait_for_reply("No coach yet")
    screen.say("2")
    screen.wait_for_reply("introduction")
    screen.press(CTRL_D)
    assert screen.end() == 0
    colours = re.findall(
        r"\x1b\[[0-9;]*?\b(?:[34][0-7]|[34]8;[25];[0-9;]+|9[0-7]|10[0-7])m", screen.raw
    )
    assert colours == []


def test_colours_are_there_otherwise(rocket: Rocket, screens: list[Screen]) -> None:
    rocket.env["COLORTERM"] = "truecolor"
    screen = sit_down(screens, rocket)
    screen.wait_for_reply("No coach yet")
    red, green, blue = bytes.fromhex(Catalogue().coach("life_coach").colour[1:])
    assert f"38;2;{red};{green};{blue}m" in screen.raw


def test_a_chat_that_cannot_begin_says_why(rocket: Rocket, screens: list[Screen]) -> None:
    screen = sit_down(screens, rocket, "--coach", "lief_coach")
    assert screen.end() == 2
    screen.wait_for("Did you mean life_coach?")
    assert screen.is_sane


# Parts -------------------------------------------------------------------------------------------


def completed(line: str) -> list[str]:
    found = CommandCompleter(Catalogue()).get_completions(Document(line), CompleteEvent())
    return [line[: len(line) + one.start_position] + one.text for one in found]


def test_completion_offers_commands_and_coaches_where_they_may_stand() -> None:
    assert "/coach" in completed("/")
    assert completed("/coach summ") == ["/coach summary"]
    assert completed("/coach dav") == ["/coach David"]
    assert completed("/coach switch mar") == ["/coach switch Marcus"]
    assert completed("/coach next now") == []
    assert completed("coach") == []


def test_the_status_line_shows_what_the_width_holds() -> None:
    turned = Turned(
        reply=Reply(""), session="s", coach="life_coach", phase="assessment", progress=0.62
    )
    shown = {
        width: "".join(part[1] for part in status(turned, Catalogue(), width))
        for width in (100, 50, 36, 10)
    }
    assert "● ● ● ○ assessment · ━━━━━━╌╌╌╌ 62%" in shown[100]
    assert shown[50].endswith("● ● ● ○ assessment")
    assert shown[36].endswith("· assessment")
    assert "assessment" not in shown[10]
    paused = Turned(reply=Reply(""), coach="life_coach", phase="deep_dive", paused=True)
    assert "paused" in "".join(part[1] for part in status(paused, Catalogue(), 100))


def test_nothing_shown_can_steer_the_terminal() -> None:
    assert plain("a\x1b[2Jb\x07\x9bc\rd\te\n") == "a[2Jbc\nd\te\n"


def test_choices_that_the_text_lists_are_not_listed_twice() -> None:
    choices = [Choice("a", "🌿 Dr. Maya Wellness"), Choice("b", "Show all coaches")]
    text = "These fit:\n\n1. 🌿 **Dr. Maya Wellness**: because\n"
    assert [number for number, _ in unlisted(text, choices)] == [2]
    assert [number for number, _ in unlisted("No list.", choices)] == [1, 2]
