"""Cutting CommonMark: into messages that keep to a limit, and where a growing text is settled."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from markdown_it import MarkdownIt

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_WORD_END = re.compile(r"(?<=\S)\s+")
# A last word of letters alone: whatever follows, it stays as it is.
_PLAIN_WORD = re.compile(r"(?:^|\s)[^\W\d_]+[.,;:!?]*$")
_BARE_MARK = re.compile(r"\s*(?:[-*+>#]+|\d+[.)])\s*")
_CODE = re.compile(r"`[^`]*`")
_OPEN_LINK = re.compile(r"\]\([^)]*$")
# A star between blanks or at the head of a line is a list's or a sum's, not emphasis.
_LITERAL = re.compile(r"(?:(?<=\s)|^)\*(?=\s)", re.MULTILINE)
_UNDERLINE = re.compile(r"(?<!\w)_|_(?!\w)")


@lru_cache
def parser() -> MarkdownIt:
    """A parser of CommonMark with tables and strikethrough."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def split(text: str, limit: int) -> list[str]:
    """Cut CommonMark into pieces of at most ``limit`` characters, each whole by itself.

    Cut between blocks; a block that is too long, between its lines, sentences or words. A fence
    that is cut is closed and opened again. Nothing is lost but blank space.
    """
    pieces: list[str] = []
    for block in _top_blocks(text):
        for part in _fitting(block, limit):
            if pieces and len(pieces[-1]) + 2 + len(part) <= limit:
                pieces[-1] += "\n\n" + part
            else:
                pieces.append(part)
    return pieces or [""]


def _top_blocks(text: str) -> list[str]:
    lines = text.split("\n")
    starts = sorted(
        {token.map[0] for token in parser().parse(text) if token.level == 0 and token.map}
    )
    # What stands before the first block (a link definition) goes with it.
    edges = [0, *starts[1:], len(lines)]
    blocks = ("\n".join(lines[a:b]).strip("\n") for a, b in itertools.pairwise(edges))
    return [block for block in blocks if block.strip()]


def _fitting(block: str, limit: int) -> list[str]:
    if len(block) <= limit:
        return [block]
    lines = block.split("\n")
    fence = _FENCE.match(lines[0])
    if fence is not None and len(fence[0]) + len(fence[1]) + 2 < limit // 2:
        return _cut_fence(lines, fence[0], fence[1], limit)
    return _packed([piece for line in lines for piece in _cut_line(line, limit)], "\n", limit)


def _cut_fence(lines: list[str], opening: str, mark: str, limit: int) -> list[str]:
    inner = lines[1:]
    if inner and inner[-1].strip().startswith(mark):
        inner = inner[:-1]
    room = limit - len(opening) - len(mark) - 2
    cut = [line[at : at + room] for line in inner for at in range(0, len(line) or 1, room)]
    return [f"{opening}\n{body}\n{mark}" for body in _packed(cut, "\n", room)]


def _cut_line(line: str, limit: int) -> list[str]:
    if len(line) <= limit:
        return [line]
    words = [
        word
        for sentence in _packed(_SENTENCE.split(line), " ", limit)
        for word in (
            [sentence] if len(sentence) <= limit else _packed(sentence.split(), " ", limit)
        )
    ]
    return [word[at : at + limit] for word in words for at in range(0, len(word), limit)]


def _packed(pieces: list[str], between: str, limit: int) -> list[str]:
    packed: list[str] = []
    for piece in pieces:
        if packed and len(packed[-1]) + len(between) + len(piece) <= limit:
            packed[-1] += between + piece
        else:
            packed.append(piece)
    return packed


def settled(text: str) -> str:
    """The longest beginning of a growing text whose look can't change by what follows.

    It ends before a mark that is not closed yet (emphasis, code, a link, a fence) and before a
    word that may still become one. What is settled of a text is a beginning of what is settled
    later on.
    """
    lines = text.split("\n")
    starts = [token.map[0] for token in parser().parse(text) if token.level == 0 and token.map]
    last = starts[-1] if starts else 0
    block = "\n".join(lines[last:])
    head = text[: len(text) - len(block)]
    fence = _FENCE.match(lines[last])
    if fence is not None:
        closing = [at for at, line in enumerate(lines[last:]) if line.strip() == fence[1] and at]
        return text if closing and closing[0] < len(lines) - last - 1 else head
    ends = [found.end() for found in _WORD_END.finditer(block)]
    if _PLAIN_WORD.search(block):
        ends.append(len(block))
    for end in reversed(ends):
        upto = block[:end]
        if _balanced(upto) and not _BARE_MARK.fullmatch(upto.rstrip().rpartition("\n")[2]):
            return head + upto
    return head


def _balanced(text: str) -> bool:
    if text.count("`") % 2:
        return False
    text = _CODE.sub("", text.replace("\\`", "").replace("\\*", "").replace("\\_", ""))
    if text.rfind("[") > text.rfind("]") or _OPEN_LINK.search(text):
        return False
    text = _LITERAL.sub(" ", text)
    strong, text = text.count("**"), text.replace("**", "")
    low = len(_UNDERLINE.findall(text))
    return not (strong % 2 or text.count("*") % 2 or text.count("~~") % 2 or low % 2)
