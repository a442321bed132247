"""Where the sentences of a growing reply end, told from what has come so far."""

from __future__ import annotations

import pytest

from bot.voices.sentences import LONGEST, Sentences, first_end


def cut(text: str) -> list[str]:
    """The sentences of a text that comes in one piece."""
    splitter = Sentences()
    return [*splitter.feed(text), *splitter.rest()]


def by_letter(text: str) -> list[str]:
    """The sentences of a text that comes letter by letter."""
    splitter = Sentences()
    return [*(one for char in text for one in splitter.feed(char)), *splitter.rest()]


@pytest.mark.parametrize(
    "sentences",
    [
        ["You stayed.", " You also paid for it.", " What kept you there?"],
        ["Dr. Maya asked, e.g. about sleep.", " Then?"],
        ["It took 3.5 hours at 9 a.m. on site.", " Next?"],
        ["We met at 9 p.m.", " Nobody else came."],
        ["You wrote “enough is enough. Really.” to her.", " So?"],
        ["You wrote “I froze.”", " What then?"],
        ["“Why me?” is what you asked.", " And now?"],
        ["Well... maybe it is.", " Or not."],
        ["Hm…", " So be it."],
        ["**First. Second.**", " Third."],
        ["- Call Ana. ", "\n- Write to Ben", "\n\nWhich one?"],
        ["1. Call Ana.", "\n2. Write to Ben.", "\n\nWhich?"],
        ["You use Node.js at work.", " Since when?"],
        ["你好。", "怎么样？", "「不。走吧。」", "再见。"],
        ["Du sagst „Es reicht. Wirklich.“ und gehst.", " Warum?"],
        ["It is (see below. Really) so.", " Yes."],
        ["See [a. B](https://example.org/a.b?c).", " Yes."],
        ["Look at `a. b` first.", " Yes."],
        ["# A heading", "\n\nText."],
        ["I don't.", " You do."],
        ["So do I.", " And you?"],
        ["What?!", " Yes!"],
        ["```\na. b?\n\nc\n```", "\nAfter."],
        ['A person on 5" pipes. Work', "\n- next"],
    ],
)
def test_a_text_in_one_piece(sentences: list[str]) -> None:
    handed = cut("".join(sentences))
    assert [one.strip() for one in handed] == [one.strip() for one in sentences]


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("You stayed. What kept you there?", 2),
        ("You stayed.", 1),
        ("You said “it froze.”", 1),
        ("**You stayed.**", 1),
        ("怎么样？", 1),
        ("- Call Ana\n", 1),
        ("- Call Ana\n- ", 1),
        ("You took 3.", 0),
        ("Ask at https://example.org.", 0),
        ("Dr.", 0),
        ("You stayed, etc.", 0),
        ("“Why me?”", 0),
        ("“Why me?", 0),
        ("[a link.](https://exam", 0),
        ("```\na.\n", 0),
        ("**You stayed.", 0),
    ],
)
def test_handed_over_with_its_last_character(begun: str, whole: int) -> None:
    assert len(Sentences().feed(begun)) == whole


def test_marks_that_come_later_are_not_lost() -> None:
    assert "".join(by_letter("Well... really?! Yes.")) == "Well... really?! Yes."


@pytest.mark.parametrize(
    "line", ["<<<notes", "<<<NOTES", "<<< notes", "<<<notes>>>", "```json\n<<<notes"]
)
def test_the_notes_begin_at_their_line(line: str) -> None:
    splitter = Sentences()
    handed = [one for char in f"You stayed.\n{line}\n{{}}" for one in splitter.feed(char)]
    assert "".join([*handed, *splitter.rest()]).strip() == "You stayed."
    assert splitter.notes.endswith("{}")


def test_begun_notes_are_no_text() -> None:
    splitter = Sentences()
    assert splitter.feed("You stayed.\n<<<no") == ["You stayed."]
    assert splitter.rest() == []


def test_a_text_without_end_is_cut_at_a_space() -> None:
    text = "word " * LONGEST
    assert max(map(len, cut(text))) <= LONGEST
    assert "".join(cut(text)) == text
    assert first_end("x" * 3 * LONGEST) is None
