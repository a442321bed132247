"""The splitter of growing replies: nothing lost, nothing half, whatever the chunks are."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.voices.sentences import SENTINEL, Sentences

_PIECES = st.sampled_from(
    [
        "You said it took months. ",
        "What changed?",
        " ",
        "\n",
        "\n\n",
        "- Call Ana",
        "1. Write to her. ",
        "**Bold. Still bold.** ",
        "*so* ",
        "`a. b` ",
        "“Why me? Why now?” ",
        "“I froze.” ",
        "„Genug ist genug.“ ",
        "« Assez. Vraiment. » ",
        '"No. Never." ',
        "([A study. Of work](https://example.org/a?b=c.d), 2015). ",
        "[a\nlink](https://example.org/x). ",
        "\n```\ncode. More?\n```\n",
        "\n~~~py\nx = 1.5\n~~~\n",
        "3.5 hours. ",
        "e.g. this, ",
        "Dr. Maya etc. ",
        "Node.js. ",
        "你好。怎么样？",
        "Well... maybe. ",
        "Really?! ",
        "Oh… ",
        "(in brackets. Yes.) ",
        "it's hers' ",
        "<",
        "<<",
        "no end ",
        "\U0001f600 ",
    ]
)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=14).map("".join)
_CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=40)


def _chunks(text: str, sizes: list[int]) -> list[str]:
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return out


def _fed(text: str, sizes: list[int]) -> tuple[list[str], Sentences]:
    splitter = Sentences()
    handed = [one for chunk in _chunks(text, sizes) for one in splitter.feed(chunk)]
    return [*handed, *splitter.rest()], splitter


@given(_TEXTS, _CUTS)
def test_joined_it_is_the_text(text: str, sizes: list[int]) -> None:
    if "<<<" in text:
        text = text.replace("<", "(")
    # A "<" that ends a text might have become the line of the notes.
    handed, splitter = _fed(text + "\nEnd", sizes)
    assert "".join(handed) == text + "\nEnd"
    assert not splitter.notes_begun


@given(_TEXTS, _CUTS, st.text(max_size=40))
def test_the_notes_are_never_handed_over(text: str, sizes: list[int], notes: str) -> None:
    text = text.replace("<", "(").replace("`", "'").replace("~", "-")
    handed, splitter = _fed(f"{text}\n{SENTINEL}\n{notes}", sizes)
    assert "".join(handed).rstrip() == text.rstrip()
    assert splitter.notes_begun
    assert splitter.notes == f"\n{notes}"


_LINK = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)")
_WORDS = st.text("abc ", min_size=1, max_size=8)
_LINKS = st.builds(
    "see [{}. {}? Z](https://example.org/{}.html?q=1.5) ".format,
    _WORDS,
    _WORDS,
    st.text("ab.?!", max_size=5),
)
_FENCES = st.builds("\n\n```\n{}.\n\n{}?\n```\n".format, _WORDS, _WORDS)
_AROUND = st.sampled_from(["Yes. ", "No? ", "so ", "Well!\n", "- item\n", "\n\n"])


@given(st.lists(st.one_of(_LINKS, _FENCES, _AROUND), max_size=10).map("".join), _CUTS)
def test_no_half_link_and_no_half_fence(text: str, sizes: list[int]) -> None:
    handed, _ = _fed(text, sizes)
    for piece in handed:
        assert piece.count("```") % 2 == 0
        bare = _LINK.sub("", re.sub(r"```.*?```", "", piece, flags=re.S))
        assert "](" not in bare
        assert "[" not in bare
