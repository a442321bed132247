"""A reply as Slack messages: blocks and the same in plain words, under every limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.inbox.contract import Post
from bot.platforms.cutting import split
from bot.platforms.emphasis import emphasised
from bot.replies import Choice, Reply
from bot.slack import blocks as kit
from bot.slack import limits
from bot.slack.blocks import Block
from bot.slack.markdown import calm, escape, mrkdwn
from personas.models import Coach

# What the buttons under a reply do; bot/slack/actions.py answers them.
PICK, PICK_ONE, FEEDBACK, AGAIN, MORE = "choice", "choices", "feedback", "again", "more"
# Commands of the table that the small menu of a reply offers: a thread takes no slash command.
MORE_COMMANDS = ("next", "plan", "undo", "summary", "end")
_MORE_WORDS = {
    "next": "Go on to the next part",
    "plan": "Show my plan",
    "undo": "Take my last answer back",
    "summary": "Summary of all coaches",
    "end": "End this session",
}
_AS_FILE = "That is long, so the whole of it is in the file below."
_CUT_NAME = "rocket-coach.md"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a reply: its blocks, and its words for notifications and screen readers."""

    blocks: tuple[Block, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """All messages of a reply.

    Attributes:
        whole: its text, where that is too long and goes as a file.
        stopped: the person wanted no more of it; nothing follows.
    """

    parts: tuple[Part, ...]
    whole: str | None = None
    stopped: bool = False

    @property
    def file_name(self) -> str:
        """The name of that file."""
        return _CUT_NAME


def render(post: Post, coach: Coach | None, *, identity: bool, files: bool) -> Rendered:
    """The messages of a reply.

    Args:
        coach: who speaks; None for the app itself.
        identity: the message carries the coach's name and picture by itself; else it gets a line.
        files: attachments can be shown; else their words are.
    """
    reply = post.turned.reply
    pieces = split(_body(reply), limits.PART)
    whole: str | None = None
    if len(pieces) > limits.PARTS and files:
        pieces, whole = [pieces[0], _AS_FILE], reply.text
    last = len(pieces) - 1
    parts: list[Part] = []
    for number, piece in enumerate(pieces):
        shown: list[Block] = []
        if number == 0 and coach is not None and not identity:
            shown.append(
                kit.context(f"{coach.emoji} *{escape(coach.name)}*, {escape(coach.title)}")
            )
        shown.append(kit.markdown(calm(piece)))
        if number == last:
            shown += _below(post, files=files)
        parts.append(Part(tuple(shown), kit.cut(mrkdwn(piece), limits.PART)))
    return Rendered(tuple(parts), whole)


def _body(reply: Reply) -> str:
    text = emphasised(reply.text, reply.question)
    cut = [choice.label for choice in reply.choices if len(choice.label) > limits.BUTTON]
    if cut and not all(label in reply.text for label in cut):
        rows = [f"{n}. {choice.label}" for n, choice in enumerate(reply.choices, 1)]
        text += "\n\n" + "\n".join(rows)
    return text


def _below(post: Post, *, files: bool) -> list[Block]:
    """What stands under the words: choices, notice, error, what the person may do."""
    reply, shown = post.turned.reply, list[Block]()
    if reply.error and reply.error not in reply.text:
        shown.append(kit.context(mrkdwn(reply.error)))
    if not files:
        shown += [kit.context(mrkdwn(one.alt)) for one in reply.attachments if one.alt]
    if reply.notice:
        shown.append(kit.context(mrkdwn(reply.notice)))
    if reply.choices:
        shown.append(choices(reply.choices, f"pick:{post.key}"))
    if post.turned.session and reply.coach and not reply.error:
        shown += _footer(post)
    return shown


def choices(offered: Sequence[Choice], block_id: str | None = None) -> Block:
    """Choices as buttons, or as a menu where there are many."""
    if len(offered) <= limits.BUTTONS:
        rows = [
            kit.button(choice.label, f"{PICK}:{number}", choice.id)
            for number, choice in enumerate(offered)
        ]
        return kit.actions(rows, block_id)
    options = [kit.option(choice.label, choice.id) for choice in offered]
    return kit.actions([kit.select(PICK_ONE, "Pick one", options)], block_id)


def _footer(post: Post) -> list[Block]:
    thumbs: Block = {"type": "feedback_buttons", "action_id": FEEDBACK}
    for name, value, label in (
        ("positive_button", "1", "This helped"),
        ("negative_button", "-1", "This did not help"),
    ):
        thumbs[name] = {"text": kit.plain(label, limits.BUTTON), "value": value}
    more = [kit.option(_MORE_WORDS[name], name) for name in MORE_COMMANDS]
    reply_id = post.turned.reply.reply_id
    shown: list[Block] = []
    if reply_id is not None:
        shown.append(
            {
                "type": "context_actions",
                "block_id": f"thumbs:{post.key}:{reply_id}",
                "elements": [thumbs],
            }
        )
    # Only what a coach worded can be worded differently, not a list or a plan.
    if reply_id is not None and not post.turned.paused:
        row = [kit.button("In other words", AGAIN), kit.overflow(MORE, more)]
        shown.append(kit.actions(row, f"foot:{post.key}"))
    return shown


def key_in(block_id: str) -> str:
    """The key of the reply that a block belongs to; empty where it says none."""
    parts = block_id.split(":")
    return parts[1] if len(parts) > 1 and parts[0] in {"pick", "foot", "thumbs"} else ""
