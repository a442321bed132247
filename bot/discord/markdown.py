"""CommonMark as Discord shows it: what it does not know is written in another way."""

from __future__ import annotations

import re

from markdown_it.token import Token

from bot.platforms.cutting import parser

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_DEEP = re.compile(r"^(#{4,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
_SPECIAL = re.compile(r"[\\*_~`|>#\[\]()<]")
_COLUMN = 28


def for_discord(text: str) -> str:
    """The text with tables, deep headings, rules and pictures in Discord's ways."""
    lines, tables = text.split("\n"), _tables(text)
    shown: list[str] = []
    fence, at = "", 0
    while at < len(lines):
        if at in tables:
            end, rows = tables[at]
            shown += ["```", *_aligned(rows), "```"]
            at = end
            continue
        line = lines[at]
        mark = _FENCED.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif mark is not None:
            fence = mark[1]
        else:
            line = _line(line, after_text=bool(shown and shown[-1].strip()))
        shown.append(line)
        at += 1
    return "\n".join(shown).strip("\n")


def _line(line: str, *, after_text: bool) -> str:
    deep = _DEEP.match(line)
    if deep is not None:
        return f"**{deep[2].replace('**', '')}**"
    # Below a paragraph a row of dashes makes it a heading, which Discord does not know either.
    if _RULE.match(line):
        return "" if after_text else "───"
    return _IMAGE.sub(lambda found: f"[{found[1] or 'picture'}]({found[2]})", line)


def _tables(text: str) -> dict[int, tuple[int, list[list[str]]]]:
    """First line of each table → the line after it, and its cells."""
    if "|" not in text:
        return {}
    found: dict[int, tuple[int, list[list[str]]]] = {}
    tokens = parser().parse(text)
    for at, token in enumerate(tokens):
        if token.type == "table_open" and token.level == 0 and token.map:
            found[token.map[0]] = (token.map[1], _cells(tokens[at:]))
    return found


def _cells(tokens: list[Token]) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            words = (one.content for one in token.children or [] if one.content)
            rows[-1].append("".join(words).replace("`", "'"))
    return rows


def _aligned(rows: list[list[str]]) -> list[str]:
    """A table in fixed width; where that is too wide, each row as lines of its own."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if max(widths, default=0) <= _COLUMN and sum(widths) + 3 * len(widths) <= 2 * _COLUMN:
        return [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    head, *body = rows
    return [f"{name}: {cell}" for row in body for name, cell in zip(head, row, strict=True)]


def plain(text: str) -> str:
    """Somebody's words with every mark of Discord's made visible."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def small(text: str) -> str:
    """The text in small print, line by line."""
    return "\n".join(f"-# {line}" if line.strip() else line for line in text.split("\n"))
