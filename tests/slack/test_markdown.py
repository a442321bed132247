import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.cutting import settled, split
from bot.slack.markdown import calm, mrkdwn

MENTIONS = ["<!channel>", "<@U123>", "<#C1>", "<!subteam^S1>", "&lt;!here&gt;", "@channel", "@here"]


@pytest.mark.parametrize("mention", MENTIONS)
def test_no_mention_survives(mention):
    # In mrkdwn an entity is nothing but its sign; elsewhere it is the sign itself.
    as_is = mrkdwn(f"hello {mention} and `{mention}`").replace("&lt;", "").replace("&gt;", "")
    for shown in (as_is, calm(f"hello {mention}")):
        assert mention not in shown
        assert "hello" in shown


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("**bold** and *slanted* and `code`", "*bold* and _slanted_ and `code`"),
        ("# Head\n\ntext", "*Head*\n\ntext"),
        ("- one\n- two\n    - three", "• one\n• two\n    • three"),
        ("3. one\n4. two", "3. one\n4. two"),
        ("> said\n> so", "> said\n> so"),
        ("[label](https://a.example/b|c)", "<https://a.example/b%7Cc|label>"),
        ("[label](page.html)", "label"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("```\nx < y\n```", "```\nx &lt; y\n```"),
        ("~~gone~~", "~gone~"),
        ("a\\\nb", "a\nb"),
    ],
)
def test_commonmark_becomes_mrkdwn(given_, wanted):
    assert mrkdwn(given_) == wanted


def test_split_cuts_between_paragraphs():
    text = "\n\n".join(f"Paragraph {n} " + "word " * 30 for n in range(10))
    pieces = split(text, 400)
    assert all(len(piece) <= 400 for piece in pieces)
    assert all(piece.startswith("Paragraph") for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_cut_fence_is_closed_and_opened_again():
    code = "\n".join(f"line {n}" for n in range(60))
    pieces = split(f"Before.\n\n```python\n{code}\n```\n\nAfter.", 200)
    assert len(pieces) > 3
    for piece in pieces:
        assert len(piece) <= 200
        assert piece.count("```") % 2 == 0
    assert [line for piece in pieces for line in piece.split("\n") if line.startswith("line")] == (
        code.split("\n")
    )
    assert all("```python" in piece for piece in pieces if "line 3" in piece)


@given(st.text(max_size=900), st.integers(20, 200))
def test_split_keeps_to_the_limit_and_loses_nothing(text, limit):
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    if "`" not in text and "~" not in text:
        assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("growing", "wanted"),
    [
        ("You said **bo", "You said "),
        ("You said **bold** the", "You said **bold** the"),
        ("Tell @chan", "Tell "),
        ("See [the pa", "See "),
        ("See [page](https://x", "See "),
        ("Run `ls", "Run "),
        ("First.\n\n```\ncode", "First.\n\n"),
        ("2 * 3 is six ", "2 * 3 is six "),
        ("One.\n\n- ", "One.\n\n"),
        ("snake_case_name is ", "snake_case_name is "),
    ],
)
def test_half_open_marks_do_not_show(growing, wanted):
    assert settled(growing) == wanted


def test_what_is_settled_only_grows():
    text = (
        "Hello **there**, you *said* `x` so.\n\n- one **two** three\n"
        "- four [five](https://six)\n\nEnd."
    )
    shown = [settled(text[:at]) for at in range(len(text) + 1)]
    for earlier, later in itertools.pairwise(shown):
        assert later.startswith(earlier)
    assert all(part.count("**") % 2 == 0 and part.count("`") % 2 == 0 for part in shown)
