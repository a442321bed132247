"""Writes docs/platforms.md: what each platform can do, from the adapters' own capabilities, and how
the same story reads where they differ: ``python scripts/make_platforms.py``."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from bot.discord.post import DiscordAdapter  # noqa: E402
from bot.inbox.contract import Capabilities  # noqa: E402
from bot.slack.post import SlackAdapter  # noqa: E402
from bot.terminal.adapter import TerminalAdapter  # noqa: E402

TARGET = HERE / "docs" / "platforms.md"
ADAPTERS = {
    "Slack": SlackAdapter.capabilities,
    "Discord": DiscordAdapter.capabilities,
    "terminal": TerminalAdapter.capabilities,
}
# What each capability of bot/inbox/contract.py is good for, and how it is done where it is there.
USES: dict[str, tuple[str, str]] = {
    "streaming": (
        "a slow reply shows while it is written",
        "Slack streams; Discord edits about once a second; the terminal prints what is ready",
    ),
    "can_look": (
        "after a crash the history tells if a reply is there",
        "Slack: metadata of the message; Discord: the ids of its buttons, and a nonce",
    ),
    "edits": ("a reply can be completed where it stands", "a line that was printed stays"),
    "private": (
        "what is about somebody shows to them alone",
        "Slack: direct messages; Discord: answers to commands, which nobody else sees",
    ),
    "files": ("charts and long texts as files", "the terminal shows their words"),
    "identity": (
        "each coach under an own name and picture",
        "Slack: name and icon of a message; Discord: a webhook in each channel, in direct messages "
        "a line with name and title; the terminal: a coloured name",
    ),
}
# The same story, step by step: (step, Slack, Discord, why they differ).
STORY: tuple[tuple[str, str, str, str], ...] = (
    (
        "see the coaches",
        "`/coach`",
        "`/coach start`",
        "a group of commands can't be called by itself on Discord",
    ),
    (
        "begin",
        "a thread of the direct messages with the app",
        "a private thread of the channel; asked for, a public one; direct messages where "
        "threads are not to be had",
        "a thread of direct messages is Slack's; on Discord the private thread is the place that "
        "only its owner and moderators read",
    ),
    (
        "know who reads along",
        "first message of the thread",
        "first line of the thread",
        "the same",
    ),
    ("answer the coach", "a message in the thread", "a message in the thread", "the same"),
    (
        "give a command in a thread",
        "a word (“plan”), a button, a shortcut of a message",
        "the same, and `/coach plan`",
        "Slack takes no slash commands in threads",
    ),
    (
        "pick what is offered",
        "buttons, from six on a menu",
        "buttons, from six on a menu",
        "the same",
    ),
    (
        "see a summary or profile",
        "in the direct messages",
        "an answer that only the caller sees; typed in a public thread, direct messages",
        "Slack's answers for one person are gone after a reload",
    ),
    (
        "find a session again",
        "the Home tab, or “sessions”: a list with links",
        "`/coach start` (“Go on”), `/coach sessions`: a list with links, `/coach continue`",
        "Discord has no Home tab",
    ),
    (
        "see an answer that came late",
        "in the direct messages",
        "in the direct messages; where these are closed, with the next command or button",
        "Discord shows an answer where the command was given for a quarter of an hour",
    ),
    (
        "share a summary",
        "a window shows what the others will read, and asks in which channel",
        "a look that only the owner sees, then into the channel where it was called",
        "Discord tells what somebody may do in the channel they are in, and in no other",
    ),
    (
        "change coach",
        "a new thread, the old one points to it",
        "a new thread, the old one points to it",
        "the same; in Discord's direct messages, which have no threads, the same place goes on",
    ),
    (
        "write in somebody else's thread",
        "a hint that only they see, once",
        "a hint that goes after 20 seconds and pings nobody, once",
        "only answers to commands can be for one person on Discord",
    ),
    (
        "say how a reply was",
        "two thumbs that stay pressed",
        "two buttons and a word of thanks",
        "Discord has no buttons that stay pressed",
    ),
    (
        "have a reply stopped",
        "the button Slack shows, or “stop”",
        "the button Stop, or “stop”",
        "the same",
    ),
    (
        "the time zone",
        "known",
        "asked once, before the first check-in, with places to pick from; `/coach me zone`",
        "Discord tells no time zones",
    ),
    (
        "bring a coach to a message",
        "“Coach me on this” in its menu",
        "“Coach me on this” under Apps in its menu",
        "the same",
    ),
    (
        "write while the bot is away",
        "read when it is back",
        "read when it is back",
        "the same",
    ),
    (
        "keep it to some channels and people",
        "`SLACK_CHANNELS`, `SLACK_PEOPLE`",
        "`DISCORD_CHANNELS`, `DISCORD_PEOPLE`",
        "the same; direct messages are open to whoever may use it",
    ),
    (
        "the bot may not read along",
        "events are a setting of the manifest",
        "it answers direct messages, mentions and replies, and says so; coaches then write under "
        "the app's name, with a line of their own",
        "Message Content is a permission that Discord gives, and never for replies to a webhook's "
        "message, under which coaches have their own names",
    ),
)


def table() -> str:
    """The whole page."""
    names = list(ADAPTERS)
    lines = [
        "# What the platforms can do",
        "",
        "Made by `python scripts/make_platforms.py` from the capabilities of the adapters.",
        "",
        f"| capability | what it is for | {' | '.join(names)} | how, or what stands in its place |",
        f"|---|---|{'---|' * len(names)}---|",
    ]
    for one in fields(Capabilities):
        use, how = USES[one.name]
        marks = " | ".join("yes" if getattr(ADAPTERS[name], one.name) else "no" for name in names)
        lines.append(f"| {one.name} | {use} | {marks} | {how} |")
    lines += [
        "",
        "## The same story on Slack and Discord",
        "",
        "| somebody wants to | Slack | Discord | what differs and why |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in STORY),
        "",
        "The sentences around a session are the same ones: `bot/platforms/wording.py`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
