"""What is picked from: the coaches, where a session is to be, what else a reply offers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import help_text
from bot.discord import limits
from bot.discord.calls import EPHEMERAL, NO_PREVIEWS, whisper
from bot.discord.components import Handle, Payload, button, menu, modal, option, rows
from bot.discord.permissions import lacking
from bot.discord.threads import Kind
from bot.platforms import wording
from personas.catalogue import Catalogue
from personas.models import Coach

START, PUBLIC, DIRECTLY, ASK, ASKED, DO, LINK = (
    "start",
    "public",
    "direct",
    "ask",
    "asked",
    "do",
    "menu",
)
PICK = "**Who would you like to talk to?**"
NOT_SURE = "Not sure? Say in a line what it is about, and I recommend one."
_RECOMMEND = "Recommend one for me"
# Commands of the table that stand behind "More" below a reply.
MORE: tuple[tuple[str, str], ...] = (
    ("next", "Go on to the next part"),
    ("plan", "Show my plan"),
    ("undo", "Take my last answer back"),
    ("switch", "Go on with another coach"),
    ("summary", "Summary of all coaches"),
    ("end", "End this session"),
)


def coaches(catalogue: Catalogue, resume: Sequence[tuple[str, str]], kind: Kind) -> Payload:
    """The menu of coaches.

    Args:
        resume: sessions (id, label) that can be taken up.
        kind: where a session is to be that is started from it.
    """
    lines = [
        f"{coach.emoji} **{coach.name}**, {coach.title}: {coach.tagline}"
        for coach in catalogue.coaches
    ]
    entries = [
        option(coach.name, coach.key, coach.title, coach.emoji) for coach in catalogue.coaches
    ]
    entries += [option(f"Go on: {label}", f"continue {key}") for key, label in resume]
    below = rows(
        [
            menu(Handle(START), "Pick a coach", entries),
            button(_RECOMMEND, Handle(ASK), "primary"),
        ]
    )
    shown = [
        {"description": "\n".join([PICK, "", *lines, "", small_print(kind)]), "color": 0x1F3A5F}
    ]
    return whisper("", below) | {"embeds": shown}


def small_print(kind: Kind) -> str:
    """What stands below the coaches."""
    where = "in direct messages" if kind == "direct" else "in a thread that only you steer"
    return f"-# {NOT_SURE} We talk {where}."


def window(initial: str = "") -> Payload:
    """The window that asks what it is about."""
    return modal(
        Handle(ASKED),
        "Which coach fits?",
        "What is it about?",
        hint="In your own words, a line or two",
        initial=initial,
    )


def where_to(coach: Coach) -> Payload:
    """Asks where a session is to be when private threads can't be opened."""
    below = [
        button("In a public thread", Handle(PUBLIC, rest=coach.key), "primary"),
        button("In direct messages", Handle(DIRECTLY, rest=coach.key)),
    ]
    return whisper(wording.ASK_PUBLIC, rows(below))


def no_place(coach: Coach, app_may: int, kind: Kind) -> Payload:
    """Names the permissions that a thread takes, and offers direct messages if they are open."""
    takes = lacking(app_may, public=kind == "public")
    if kind == "direct":
        return whisper(wording.NO_PLACE.format(permissions=takes))
    below = [button("In direct messages", Handle(DIRECTLY, rest=coach.key), "primary")]
    return whisper(wording.NO_THREAD.format(permissions=takes), rows(below))


def more(place_in_session: bool = True) -> Payload:
    """What else can be done in a session."""
    entries = [option(label, name) for name, label in MORE if place_in_session or name != "next"]
    return whisper("What would you like?", rows([menu(Handle(DO), "Pick one", entries)]))


def offer(lead: str, reply_to: str) -> Payload:
    """The answer to a mention: a button, for what it opens only one person sees."""
    return {
        "content": lead,
        "components": rows([button("Pick a coach", Handle(LINK), "primary")]),
        "allowed_mentions": {"parse": []},
        "flags": NO_PREVIEWS,
        "message_reference": {"message_id": reply_to, "fail_if_not_exists": False},
    }


def help_message() -> Payload:
    """All commands."""
    text = help_text().replace("`/coach`", "`/coach start`")
    embed = {"description": text[: limits.EMBED], "color": 0x1F3A5F, "title": "Commands"}
    return {"embeds": [embed], "flags": EPHEMERAL, "allowed_mentions": {"parse": []}}
