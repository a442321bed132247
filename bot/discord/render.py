"""A reply as Discord messages: words, buttons and files, under every limit.

Every message carries a component whose id holds the reply's key and its number in it, so that the
history tells what is there on every path, also on webhooks, which take no nonce.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord import limits
from bot.discord.components import Handle, Payload, button, link, menu, option, rows
from bot.discord.markdown import for_discord, small
from bot.inbox.contract import Post
from bot.platforms import wording
from bot.platforms.cutting import settled, split
from bot.platforms.emphasis import emphasised
from bot.replies import Attachment, Choice, Reply
from personas.models import Coach

# What the buttons under a reply do; bot/discord/interactions.py answers them.
PICK, PICK_ONE, UP, DOWN, AGAIN, NEXT, MORE, STOP, COACHES, PART, SHARE = (
    "pick",
    "picks",
    "up",
    "down",
    "again",
    "next",
    "more",
    "stop",
    "coaches",
    "part",
    "share",
)
MAX_BUTTONS = 5
# All that stands in one message beside a piece of the text: header, a longer notice.
_ROOM = 300
_AS_FILE = "That is long, so the whole of it is in the file below."
_FILE_NAME = "rocket-coach.md"
_WRITING = "…"
# A message may not be empty.
_BLANK = "\u200b"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a reply.

    Attributes:
        content: its words; empty where they stand in an embed.
    """

    content: str
    components: tuple[Payload, ...]
    embeds: tuple[Payload, ...] = ()
    files: tuple[Attachment, ...] = ()

    @property
    def words(self) -> str:
        """Its words, wherever they stand."""
        return self.content or "\n\n".join(str(one["description"]) for one in self.embeds)

    @property
    def payload(self) -> Payload:
        """The body of a request that sends it or edits a message into it."""
        return {
            "content": self.content,
            "embeds": list(self.embeds),
            "components": list(self.components),
            "allowed_mentions": {"parse": []},
        }


def render(post: Post, coach: Coach | None, *, identity: bool, lead: str = "") -> tuple[Part, ...]:
    """The messages of a reply.

    Args:
        coach: who speaks; None for the app itself.
        identity: the message carries the coach's name and picture by itself; else it gets a line.
        lead: a line above the first message.
    """
    reply = post.turned.reply
    room = limits.CONTENT - _ROOM
    pieces = split(for_discord(_body(reply)), room)
    files = list(reply.attachments)
    if len(pieces) > limits.PARTS:
        files.append(Attachment(_FILE_NAME, "text/markdown", reply.text.encode(), ""))
        pieces = [pieces[0], _AS_FILE]
    pieces[0] = lead + pieces[0] or _BLANK
    if coach is not None and not identity:
        pieces[0] = f"{header(coach)}\n{pieces[0]}"
    notes = _notes(reply)
    if notes and len(pieces[-1]) + len(notes) + 2 > limits.CONTENT:
        pieces += split(notes, room)
    elif notes:
        pieces[-1] += f"\n\n{notes}"
    last = len(pieces) - 1
    parts: list[Part] = []
    for number, piece in enumerate(pieces):
        handle = Handle(PART, post.key, number)
        shown = (
            _below(post, number)
            if number == last
            else rows([button(f"{number + 1}/{last + 1}", handle, disabled=True)])
        )
        parts.append(Part(piece, tuple(shown), (), tuple(files) if number == last else ()))
    return tuple(parts)


def card(post: Post, coach: Coach | None, *, share: bool = False) -> Part:
    """A reply as one message, in embeds: what a command found, for one person's eyes.

    Args:
        share: it is something to be shown to others, if the person wants.
    """
    reply = post.turned.reply
    files = list(reply.attachments)
    notes = _notes(reply)[: limits.EMBED]
    whole = for_discord(_body(reply)) or _BLANK
    pieces = split(whole, limits.EMBED)
    if sum(map(len, pieces)) + len(notes) > limits.EMBEDS:
        files.append(Attachment(_FILE_NAME, "text/markdown", reply.text.encode(), ""))
        pieces = [split(whole, limits.CONTENT)[0], _AS_FILE]
    pieces += [notes] if notes else []
    embeds = tuple(_embed(piece, coach) for piece in pieces)
    below = _below(post, 0)
    if share and not files and not reply.error:
        below += rows([button("Share it …", Handle(SHARE, post.key, 0))])
    return Part("", tuple(below), embeds, tuple(files))


def growing(post: Post, coach: Coach | None, *, identity: bool) -> Part:
    """What there is of a reply that is being written, with the button that stops it."""
    # With a blank after it, the last word counts as whole.
    text = for_discord(settled(post.turned.reply.text + " ")).rstrip() or _WRITING
    shown = split(text, limits.CONTENT - _ROOM)[0]
    if coach is not None and not identity:
        shown = f"{header(coach)}\n{shown}"
    stop = button("Stop", Handle(STOP, post.key, 0), emoji="⏹️")
    return Part(shown, tuple(rows([stop])))


def stopped(shown: Part, post: Post) -> Part:
    """What had grown when the person wanted no more; a growing part leaves room for the note."""
    again = button("In other words", Handle(AGAIN, post.key, 0))
    return Part(f"{shown.content}\n{small(wording.STOPPED)}", tuple(rows([again])))


def header(coach: Coach) -> str:
    """The line that tells who speaks where a message can't look like the coach's."""
    return f"-# {coach.emoji} **{coach.name}**, {coach.title}"


def coach_in(content: str, coaches: Sequence[Coach]) -> str | None:
    """The key of the coach whose header a message begins with."""
    first = content.partition("\n")[0]
    return next((coach.key for coach in coaches if first == header(coach)), None)


def _embed(text: str, coach: Coach | None) -> Payload:
    return {"description": text, "color": int((coach.colour if coach else "#1f3a5f")[1:], 16)}


def _body(reply: Reply) -> str:
    text = emphasised(reply.text or reply.error or "", reply.question)
    limit = limits.BUTTON if len(reply.choices) <= MAX_BUTTONS else limits.OPTION
    long = [one.label for one in reply.choices if len(one.label) > limit]
    if (long and not all(label in reply.text for label in long)) or len(
        reply.choices
    ) > limits.OPTIONS:
        text += "\n\n" + "\n".join(f"{n}. {one.label}" for n, one in enumerate(reply.choices, 1))
    return text


def _notes(reply: Reply) -> str:
    """What is said beside the reply, in small print."""
    said = [reply.error] if reply.error and reply.error not in reply.text and reply.text else []
    said += [reply.notice] if reply.notice else []
    return "\n".join(small(for_discord(one)) for one in said)


def _below(post: Post, part: int) -> list[Payload]:
    """What can be pressed under the last message; never nothing, for it carries the key."""
    turned, key = post.turned, post.key
    reply = turned.reply
    elements = _choices(reply.choices, key, part)
    if turned.session and reply.coach and not reply.error:
        foot: list[Payload] = []
        if reply.reply_id is not None:
            foot = [
                button("", Handle(UP, key, part, reply.reply_id), emoji="👍"),
                button("", Handle(DOWN, key, part, reply.reply_id), emoji="👎"),
            ]
        if not turned.paused:
            foot.append(button("In other words", Handle(AGAIN, key, part)))
            foot.append(button("More", Handle(MORE, key, part)))
        return [*rows(elements), *rows(foot)] or rows([_coaches(key, part)])
    return rows(elements or [_coaches(key, part)])


def _coaches(key: str, part: int) -> Payload:
    return button("Coaches", Handle(COACHES, key, part))


def _choices(offered: Sequence[Choice], key: str, part: int) -> list[Payload]:
    """Choices as buttons, or as a menu where there are many."""
    if not offered:
        return []
    if len(offered) <= MAX_BUTTONS:
        return [
            button(one.label, _picking(one, number, key, part), "primary")
            for number, one in enumerate(offered, 1)
        ]
    entries = [
        option(one.label, one.id if len(one.id) <= limits.OPTION else str(number))
        for number, one in enumerate(offered, 1)
    ]
    return [menu(Handle(PICK_ONE, key, part), "Pick one", entries)]


def _picking(one: Choice, number: int, key: str, part: int) -> Handle:
    handle = Handle(PICK, key, part, one.id)
    # The number of a choice picks it as well as its id.
    return handle if handle.fits else Handle(PICK, key, part, str(number))


def pointer(text: str, label: str, url: str) -> Payload:
    """A sentence with a button that leads somewhere."""
    return {
        "content": text,
        "components": rows([link(label, url)]),
        "allowed_mentions": {"parse": []},
    }
