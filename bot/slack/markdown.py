"""CommonMark for Slack: as ``mrkdwn``, and with nothing in it that pings.

Whatever Slack would read as a mention gets an invisible joiner inside (in ``markdown`` blocks) or
is escaped (in ``mrkdwn``): neither a person's words nor a voice's call anybody.
"""

from __future__ import annotations

import re

from markdown_it.tree import SyntaxTreeNode

from bot.platforms.cutting import parser

_JOINER = "\u2060"
_SPECIAL = re.compile(r"(<|&lt;?|&#0*60;?|&#x0*3c;?)(?=[!@#])", re.IGNORECASE)
_LOUD = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)


def calm(text: str) -> str:
    """The same text for the eye, with nothing in it that pings."""
    return _LOUD.sub(f"@{_JOINER}", _SPECIAL.sub(rf"\1{_JOINER}", text))


def escape(text: str) -> str:
    """Plain words as ``mrkdwn``: its control characters are escaped, nothing pings."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    return _LOUD.sub(f"@{_JOINER}", text)


def mrkdwn(text: str) -> str:
    """CommonMark as Slack's ``mrkdwn``."""
    return _blocks(SyntaxTreeNode(parser().parse(text)), "\n\n").strip()


def _blocks(node: SyntaxTreeNode, between: str) -> str:
    return between.join(filter(None, (_block(child) for child in node.children)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            return f"*{_inline(node)}*"
        case "paragraph":
            return _inline(node)
        case "blockquote":
            return "\n".join(f"> {line}" for line in _blocks(node, "\n\n").splitlines())
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "fence" | "code_block":
            return f"```\n{escape(node.content.rstrip())}\n```"
        case "hr":
            return "———"
        case "table":
            return "\n".join(_rows(node))
        case _:
            return escape(node.content.strip()) if not node.is_nested else _blocks(node, "\n")


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    lines: list[str] = []
    for number, item in enumerate(node.children, start=first):
        mark = f"{number}. " if node.type == "ordered_list" else "• "
        head, *rest = _blocks(item, "\n").splitlines() or [""]
        lines += [mark + head, *("    " + line for line in rest)]
    return "\n".join(lines)


def _rows(table: SyntaxTreeNode) -> list[str]:
    rows = [row for part in table.children for row in part.children]
    return [" | ".join(_inline(cell) for cell in row.children) for row in rows]


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(_span(child) for child in node.children)


def _span(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "html_inline":
            return escape(node.content)
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return f"`{escape(node.content)}`"
        case "strong":
            return f"*{_inline(node)}*"
        case "em":
            return f"_{_inline(node)}_"
        case "s":
            return f"~{_inline(node)}~"
        case "link":
            return _link(str(node.attrs.get("href", "")), _inline(node))
        case _:
            return _inline(node) if node.children else escape(node.content)


def _link(address: str, label: str) -> str:
    if not address.startswith(("http://", "https://", "mailto:")):
        return label
    address = address.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{address}|{label or address}>"
