"""Submitted modals: a recommendation, "coach me on this", a session's command, sharing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.errors import SlackApiError

from bot import commands
from bot.commands import Parsed
from bot.inbound import Command
from bot.platforms import wording
from bot.slack import blocks as kit
from bot.slack import menus, summary, threads
from bot.slack.actions import metadata_of
from bot.slack.blocks import Block, value_of
from bot.slack.commands import started
from bot.slack.desk import Desk, Visit
from bot.slack.events import private
from bot.slack.markdown import escape
from bot.slack.places import Place, event_key
from bot.slack.reading import Payload
from bot.slack.threads import Start
from bot.slack.web import code_of

Answer = dict[str, Any]


class Views:
    """Takes what is submitted; returns what the modal turns into."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def take(self, visit: Visit, view: Payload) -> Answer | None:
        """Take a ``view_submission``."""
        match view.get("callback_id"):
            case "recommend":
                return self._recommend(view)
            case "coach_me":
                return await self._coach_me(visit, view)
            case "command":
                return await self._command(visit, view)
            case summary.SHARE_NOW:
                return await self._share(visit, view)
            case _:
                return None

    def _recommend(self, view: Payload) -> Answer:
        desk = self._desk
        text, stage = value_of(view, "text"), value_of(view, "stage")
        found = desk.engine.recommender.recommend(
            text,
            stage=stage or None,
            goals=_several(value_of(view, "goals")),
            challenges=_several(value_of(view, "challenges")),
        )
        about = "\n".join(
            one for one in (text, value_of(view, "goals"), value_of(view, "challenges")) if one
        )
        rows = menus.recommended(desk.catalogue, found.ranking, about)
        if found.unclear:
            lead = kit.section(escape(found.ask or menus.NOT_SURE))
            rows = [lead, *menus.coaches(desk.catalogue, command=desk.command)]
        return _becomes(kit.modal("menu", "These fit", rows))

    async def _coach_me(self, visit: Visit, view: Payload) -> Answer:
        desk = self._desk
        text, wanted, told = value_of(view, "text"), value_of(view, "coach"), metadata_of(view)
        coach = desk.coach(wanted)
        if coach is None:
            found = desk.engine.recommender.recommend(text)
            rows = menus.recommended(desk.catalogue, found.ranking, text)
            return _becomes(kit.modal("menu", "These fit", rows))
        place = Place(visit.workspace.tenant, told.get("channel", ""))
        link = await desk.link(place, told.get("ts")) if told.get("ts") else None
        about = f"<{link}|The message this is about>" if link else ""
        there = await threads.start(desk, visit, Start(coach, text=text, about=about))
        return _says(started(coach.key, there, desk))

    async def _command(self, visit: Visit, view: Payload) -> Answer | None:
        desk, told = self._desk, metadata_of(view)
        name, argument = value_of(view, "command"), value_of(view, "argument")
        if name not in commands.BY_NAME:
            return None
        here = replace(visit, channel=told.get("channel", ""), thread=told.get("thread", ""))
        if name == "help":
            text = commands.help_text(desk.command)
            return _says(text[:2900])
        if name == "pick" or (name == "switch" and not argument):
            rows = menus.coaches(desk.catalogue, command=desk.command)
            return _becomes(kit.modal("menu", "Rocket Coach", rows))
        if not (commands.BY_NAME[name].in_session or here.place.direct):
            await private(desk, here, Parsed(name, argument))
            return None
        _, sender = await desk.person(visit)
        asked = Command(
            here.place.conversation, visit.id, sender, name, argument, datetime.now(UTC)
        )
        await desk.accept(event_key(here.place.tenant, "command", visit.id), asked)
        return None

    async def _share(self, visit: Visit, view: Payload) -> Answer | None:
        channel = value_of(view, "where")
        if not channel:
            return None
        try:
            await summary.share(self._desk, visit, channel)
        except SlackApiError as error:
            refused = {"not_in_channel", "channel_not_found", "is_archived"}
            sentence = (
                "I am not in there: invite me first."
                if code_of(error) in refused
                else wording.TRY_AGAIN
            )
            return {"response_action": "errors", "errors": {"where": sentence}}
        return None


def _several(text: str) -> list[str]:
    return [one for one in (part.strip() for part in text.replace("\n", ",").split(",")) if one]


def _becomes(view: Block) -> Answer:
    return {"response_action": "update", "view": view}


def _says(text: str) -> Answer:
    return _becomes(kit.modal("done", "Rocket Coach", [kit.section(text)]))
