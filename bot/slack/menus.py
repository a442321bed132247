"""What is picked from: the coaches, a recommendation, a session."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.engine.recommendation import Ranked
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import limits
from bot.slack.blocks import Block
from bot.slack.markdown import escape
from bot.slack.places import Place
from personas.catalogue import Catalogue
from personas.models import Coach

START, START_HERE, ASK_HERE, RECOMMEND = "start", "start_here", "ask_here", "recommend"
RESUME, SUMMARY, HELP = "resume", "summary", "help"
_SHOWN = 3
# A value of a button carries at most so much of what was typed.
_CARRIED = 1500
PICK = "Who would you like to talk to?"
NOT_SURE = "Not sure? Say in a line what it is about."


def coach_value(coach: str, text: str = "") -> str:
    """The value of a button that starts a session; carries what was typed."""
    return json.dumps({"coach": coach, "text": text[:_CARRIED]}) if text else coach


def read_value(value: str) -> tuple[str, str]:
    """Coach and text of such a value."""
    if not value.startswith("{"):
        return value, ""
    try:
        told = json.loads(value)
        return str(told["coach"]), str(told["text"])
    except (ValueError, KeyError, TypeError):
        return "", ""


def coaches(
    catalogue: Catalogue, *, channel: str | None = None, command: str = "/coach"
) -> list[Block]:
    """The menu: a line and a button each, and what to do when unsure.

    Args:
        channel: where a session may be started besides direct messages; None for nowhere.
    """
    shown = [kit.section(f"*{PICK}*")]
    for coach in catalogue.coaches:
        button = kit.button(f"Talk to {coach.first_name}", f"{START}:{coach.key}", coach.key)
        shown.append(kit.section(_line(coach), button))
    row = [kit.button("Recommend one for me", RECOMMEND, style="primary")]
    shown.append(kit.actions(row))
    if channel:
        options = [kit.option(wording.title(coach), coach.key) for coach in catalogue.coaches]
        pick = kit.select(ASK_HERE, "Start in this channel", options)
        shown.append(kit.actions([pick]))
    shown.append(
        kit.context(
            "We talk in a thread of our direct messages, which only you can read. "
            f"`{command} help` shows what else there is."
        )
    )
    return shown


def _line(coach: Coach) -> str:
    return f"*{escape(wording.title(coach))}*, {escape(coach.title)}\n{escape(coach.tagline)}"


def recommended(catalogue: Catalogue, ranking: Sequence[Ranked], text: str) -> list[Block]:
    """The three coaches that fit best, each with the reason and a button."""
    shown = [kit.section("From what you wrote, these fit:")]
    for one in ranking[:_SHOWN]:
        coach = catalogue.coach(one.coach)
        button = kit.button(
            f"Talk to {coach.first_name}", f"{START}:{coach.key}", coach_value(coach.key, text)
        )
        shown.append(kit.section(f"*{escape(wording.title(coach))}*\n{escape(one.reason)}", button))
    return shown


def here(coach: Coach, place: Place, user: str, root: Sequence[Block]) -> list[Block]:
    """What asks before a session is started where others read along, with what they will see."""
    rows = [
        kit.button("Start it here", f"{START_HERE}:{coach.key}", coach.key, style="primary"),
        kit.button("In private", f"{START}:{coach.key}", coach.key),
    ]
    return [
        kit.section(
            f"*Everybody in <#{place.channel}> will be able to read what you and "
            f"{escape(coach.first_name)} write.* This is how the thread begins:"
        ),
        kit.divider(),
        *root,
        kit.divider(),
        kit.actions(rows),
    ]


def welcome(command: str) -> list[Block]:
    """The greeting after the app was installed, or opened for the first time."""
    return [
        kit.section(
            "*Hello.* I am Rocket Coach: seven career coaches, one at a time, in threads that only "
            "you steer. No setup, nothing to read first."
        ),
        kit.actions([kit.button("Pick a coach", "menu", style="primary")]),
        kit.context(f"Anybody here can type `{command}` anywhere, or write to me directly."),
    ]


def recommend_modal(metadata: str = "", text: str = "") -> Block:
    """The questions from which a coach is recommended."""
    stages = (
        ("student", "Still learning"),
        ("entry", "First years of work"),
        ("mid", "Some years in"),
        ("senior", "Senior"),
        ("executive", "Leading others"),
        ("returning", "Coming back to work"),
    )
    stage = kit.select("stage", "Pick one", [kit.option(label, key) for key, label in stages])
    return kit.modal(
        "recommend",
        "Which coach fits?",
        [
            kit.text_input(
                "text", "What is it about?", hint="In your own words", long=True, initial=text
            ),
            {
                "type": "input",
                "block_id": "stage",
                "optional": True,
                "label": kit.plain("Where are you?", limits.HEADER),
                "element": stage,
            },
            kit.text_input("goals", "What do you want?", optional=True),
            kit.text_input("challenges", "What is in the way?", optional=True),
        ],
        submit="Recommend",
        metadata=metadata,
    )


def coach_modal(catalogue: Catalogue, quote: str, text: str, metadata: str) -> Block:
    """Coach me on this: the message, what the person says about it, and with whom."""
    options = [kit.option("Recommend one for me", "-")]
    options += [kit.option(wording.title(coach), coach.key) for coach in catalogue.coaches]
    who = kit.select("coach", "Pick one", options) | {"initial_option": options[0]}
    return kit.modal(
        "coach_me",
        "Coach me on this",
        [
            kit.context(f"“{escape(kit.cut(quote, 600))}”"),
            kit.text_input(
                "text",
                "What would you like to work on?",
                hint="In your own words",
                long=True,
                initial=text,
            ),
            {
                "type": "input",
                "block_id": "coach",
                "label": kit.plain("With whom?", limits.HEADER),
                "element": who,
            },
        ],
        submit="Go",
        metadata=metadata,
    )
