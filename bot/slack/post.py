"""The adapter: shows replies in Slack, each once, whatever is repeated."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from dataclasses import dataclass, field

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import (
    Begun,
    Capabilities,
    DeliveryError,
    Post,
    TryLaterError,
    UndeliverableError,
)
from bot.platforms import wording
from bot.platforms.later import Later
from bot.replies import Attachment, Audience
from bot.slack import blocks as kit
from bot.slack import files, limits
from bot.slack.faces import face
from bot.slack.history import look, metadata
from bot.slack.links import linked
from bot.slack.markdown import calm, mrkdwn
from bot.slack.pace import Pace
from bot.slack.people import People
from bot.slack.places import PLATFORM, Place, place_of
from bot.slack.render import Part, Rendered, render
from bot.slack.status import Statuses
from bot.slack.streams import Live, Streams, end_stream
from bot.slack.web import CLOSED, code_of, verdict
from bot.slack.workspaces import Workspace, Workspaces
from bot.slack.writing import Writer
from personas.catalogue import Catalogue
from personas.models import Coach
from storage import platforms
from storage.database import Database

_log = logging.getLogger(__name__)
_KEPT = 2000
_TS = re.compile(r"\d+\.\d+")
FILES_SCOPE = "files:write"


@dataclass(slots=True)
class _Sent:
    """What this process knows to be shown of a reply; ``sure`` when nothing else may be there."""

    parts: dict[int, str] = field(default_factory=dict[int, str])
    files: set[str] = field(default_factory=set[str])
    sure: bool = True


class SlackAdapter:
    """Shows replies; see :class:`bot.inbox.contract.Adapter`.

    The id of a reply is ``channel/ts`` of its first message.

    Args:
        public_url: where the coaches' pictures can be had; None for nowhere.
    """

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=True, can_look=True, edits=True, private=True, files=True, identity=True
    )

    def __init__(
        self,
        workspaces: Workspaces,
        database: Database,
        catalogue: Catalogue,
        people: People,
        public_url: str | None = None,
    ) -> None:
        self.streams = Streams()
        self.statuses = Statuses(public_url)
        self.pace = Pace()
        self._workspaces = workspaces
        self._database = database
        self._catalogue = catalogue
        self._people = people
        self._public_url = public_url
        self._writer = Writer(workspaces, self.pace, public_url)
        self._sent: OrderedDict[str, _Sent] = OrderedDict()
        self._stopped: set[str] = set()
        self._later = Later(_log)

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        """Post the first message of a reply."""
        home = place_of(post.conversation)
        workspace = await self._workspace(home.tenant)
        place = await self._where(workspace, home, post)
        coach = self._coach(post.turned.reply.coach)
        sent = self._note(post.key)
        if repeat:
            there = await self._there(workspace, place, post, sent)
            if there is not None:
                if post.partial:
                    self.streams.carry_on(workspace, there[0], post.key, there[1])
                return Begun(f"{there[0].channel}/{there[1]}", whole=False)
        if post.partial:
            return await self._begin_live(workspace, place, post, coach)
        post = await linked(workspace, self._database, post)
        rendered = self._rendered(workspace, post, coach)
        await self.statuses.rest(home)
        try:
            place, ts = await self._first(workspace, place, post, rendered, coach)
        except DeliveryError:
            raise
        except Exception:
            sent.sure = False
            raise
        sent.parts[0] = ts
        await self._over(workspace, home)
        alone = len(rendered.parts) == 1 and not self._attached(workspace, post, rendered)
        if alone:
            self._sent.pop(post.key, None)
        return Begun(f"{place.channel}/{ts}", whole=alone)

    async def fill(self, post: Post, platform_id: str) -> None:
        """Bring the first message to its final look, and post what follows it."""
        channel, _, ts = platform_id.partition("/")
        if post.partial:
            await self.streams.add(post.key, post.turned.reply.text)
            return
        home = place_of(post.conversation)
        # A reply that had to go elsewhere stands in the channel itself.
        place = home if channel == home.channel else Place(home.tenant, channel)
        workspace = await self._workspace(place.tenant)
        coach, sent = self._coach(post.turned.reply.coach), self._note(post.key)
        live = self.streams.get(post.key)
        post = await linked(workspace, self._database, post)
        rendered = self._rendered(workspace, post, coach, live)
        try:
            if sent.parts.get(0) != ts:
                await self._final_look(workspace, place, ts, post.key, rendered.parts[0])
                sent.parts[0] = ts
                sent.sure = sent.sure and live is not None
            self.streams.drop(post.key)
            if len(rendered.parts) > 1 or self._attached(workspace, post, rendered):
                await self._rest(workspace, place, post, rendered, coach, sent)
        except SlackApiError as error:
            raise verdict(error) or error from error
        self._sent.pop(post.key, None)
        await self._over(workspace, home)

    def unwanted(self, key: str, conversation: str) -> bool:
        """Whether the reply was stopped, before it showed or while it grew."""
        live = self.streams.get(key)
        return conversation in self._stopped or (live is not None and live.stopped)

    def halt(self, key: str, conversation: str) -> None:
        """Stop what is being written in a place: another worker was told."""
        self._later.do(self.stop(place_of(conversation), sure=True))

    async def busy(self, conversation: str) -> None:
        """Say that a coach is writing."""
        place = place_of(conversation)
        found = await self._workspaces.of(place.tenant)
        if found is None or not place.thread:
            return
        row = await self._database.read(lambda one: platforms.thread(one, conversation))
        self.statuses.show(found, place, self._coach(row["coach"] if row else None))

    def is_writing(self, place: Place) -> bool:
        """Whether a reply is being written in a place, as far as this process knows."""
        return place.conversation in self.statuses or self.streams.in_place(place) is not None

    async def stop(self, place: Place, *, sure: bool = False) -> bool:
        """Stop the reply that is being written in a place; returns whether there is one.

        Args:
            sure: it is being written, though it may not have been announced yet.
        """
        if not (sure or self.is_writing(place)):
            return False
        live = self.streams.in_place(place)
        if live is None:
            self._stopped.add(place.conversation)
        found = await self._workspaces.of(place.tenant)
        if found is None:
            return False
        if live is not None:
            live.stopped = True
            try:
                await self.streams.end(live.key)
            except SlackApiError as error:
                _log.info("a stream could not be ended: %s", code_of(error))
        await self.statuses.end(found, place)
        return True

    async def close(self) -> None:
        """End what is kept up in the background."""
        await self._later.close()
        await self.statuses.close()

    # What is shown --------------------------------------------------------------------------------

    def _rendered(
        self, workspace: Workspace, post: Post, coach: Coach | None, live: Live | None = None
    ) -> Rendered:
        # Help in danger is shown to those as well who wanted no more of what was being written.
        if post.turned.safety is None and self.unwanted(post.key, post.conversation):
            return _stopped(live.shown if live is not None else "")
        identity = bool(face(coach, workspace, self._public_url))
        return render(post, coach, identity=identity, files=workspace.may(FILES_SCOPE))

    def _attached(
        self, workspace: Workspace, post: Post, rendered: Rendered
    ) -> tuple[Attachment, ...]:
        if not workspace.may(FILES_SCOPE) or rendered.stopped:
            return ()
        attached = post.turned.reply.attachments
        if rendered.whole is None:
            return attached
        data = rendered.whole.encode()
        return (*attached, Attachment(rendered.file_name, "text/markdown", data, ""))

    def _coach(self, key: str | None) -> Coach | None:
        try:
            return self._catalogue.coach(key) if key is not None else None
        except KeyError:
            return None

    async def _where(self, workspace: Workspace, home: Place, post: Post) -> Place:
        """Where a reply belongs: what is for its person alone and of no session stays private."""
        turned = post.turned
        if home.direct or turned.session is not None or turned.reply.audience is Audience.THREAD:
            return home
        try:
            channel = await self._people.direct(workspace, post.recipient.external_id)
        except SlackApiError as error:
            raise verdict(error) or error from error
        return Place(home.tenant, channel)

    # Posting --------------------------------------------------------------------------------------

    async def _begin_live(
        self, workspace: Workspace, place: Place, post: Post, coach: Coach | None
    ) -> Begun:
        if post.conversation in self._stopped:
            raise TryLaterError(0.0)
        team = workspace.credentials.team
        if team is None and not place.direct:
            team = (await self._people.known(workspace, post.recipient.external_id)).team
        whose = (post.recipient.external_id, team)
        await self.pace.wait(place.channel)
        await self.statuses.rest(place)
        try:
            ts = await self.streams.begin(
                workspace,
                place,
                post.key,
                post.turned.reply.text,
                whose,
                face(coach, workspace, self._public_url),
            )
        except SlackApiError as error:
            raise verdict(error) or error from error
        return Begun(f"{place.channel}/{ts}", whole=False)

    async def _first(
        self,
        workspace: Workspace,
        place: Place,
        post: Post,
        rendered: Rendered,
        coach: Coach | None,
    ) -> tuple[Place, str]:
        """Post the first message where it belongs, else where the person can still be reached."""
        try:
            return place, await self._writer.post(
                workspace, place, post.key, 0, rendered.parts[0], coach
            )
        except SlackApiError as error:
            if code_of(error) not in CLOSED:
                raise verdict(error) or error from error
        return await self._elsewhere(workspace, place, post, rendered.parts[0], coach)

    async def _elsewhere(
        self, workspace: Workspace, place: Place, post: Post, part: Part, coach: Coach | None
    ) -> tuple[Place, str]:
        try:
            channel = await self._people.direct(workspace, post.recipient.external_id)
            open_place = Place(place.tenant, channel)
            if open_place == place:
                raise UndeliverableError("no place is open")
            note = kit.context(wording.PLACE_CLOSED)
            moved = Part((note, *part.blocks), f"{wording.PLACE_CLOSED}\n{part.text}")
            return open_place, await self._writer.post(
                workspace, open_place, post.key, 0, moved, coach
            )
        except SlackApiError as error:
            raise verdict(error) or error from error

    async def _final_look(
        self, workspace: Workspace, place: Place, ts: str, key: str, part: Part
    ) -> None:
        message = {
            "channel": place.channel,
            "ts": ts,
            "text": part.text,
            "blocks": list(part.blocks),
            "metadata": metadata(key, 0),
        }
        if self.streams.get(key) is not None:
            await self.streams.end(key)
        try:
            await workspace.web.call("chat.update", **message)
        except SlackApiError as error:
            if "stream" not in code_of(error):
                raise
            # Its stream is still open: the process that began it died.
            await end_stream(workspace, place.channel, ts, key)
            await workspace.web.call("chat.update", **message)

    async def _rest(
        self,
        workspace: Workspace,
        place: Place,
        post: Post,
        rendered: Rendered,
        coach: Coach | None,
        sent: _Sent,
    ) -> None:
        """Post the messages and files after the first, but none that is there."""
        if not sent.sure:
            found = await look(workspace, place, post.key, sent.parts[0])
            sent.parts |= found.parts
            sent.files |= found.files
        sent.sure = False
        for number, part in enumerate(rendered.parts):
            if number not in sent.parts:
                sent.parts[number] = await self._writer.post(
                    workspace, place, post.key, number, part, coach
                )
        for attached in self._attached(workspace, post, rendered):
            if attached.name not in sent.files:
                await files.upload(workspace, self._workspaces.session, place, attached)
                sent.files.add(attached.name)
        sent.sure = True

    async def _there(
        self, workspace: Workspace, place: Place, post: Post, sent: _Sent
    ) -> tuple[Place, str] | None:
        """Where the first message of a reply stands that an earlier try may have posted."""
        since = post.answers if _TS.fullmatch(post.answers) else None
        try:
            found = await look(workspace, place, post.key, since)
        except UndeliverableError:
            # It may have gone the way that is open instead.
            try:
                channel = await self._people.direct(workspace, post.recipient.external_id)
            except SlackApiError as error:
                raise verdict(error) or error from error
            place = Place(place.tenant, channel)
            found = await look(workspace, place, post.key, None)
        sent.parts, sent.files, sent.sure = dict(found.parts), found.files, False
        # Its look may be that of a beginning: it is edited once more.
        there = sent.parts.pop(0, None) or (found.unmarked if since is not None else None)
        return (place, there) if there is not None else None

    async def _over(self, workspace: Workspace, home: Place) -> None:
        """The reply is there: no line says that it comes, and a stop that came late is void."""
        await self.statuses.clear(workspace, home)
        self._stopped.discard(home.conversation)

    # Helpers --------------------------------------------------------------------------------------

    async def _workspace(self, tenant: str) -> Workspace:
        try:
            found = await self._workspaces.of(tenant)
        except SlackApiError as error:
            raise verdict(error) or error from error
        if found is None:
            raise UndeliverableError("the app is not installed there")
        return found

    def _note(self, key: str) -> _Sent:
        sent = self._sent.setdefault(key, _Sent())
        self._sent.move_to_end(key)
        while len(self._sent) > _KEPT:
            self._sent.popitem(last=False)
        return sent


def _stopped(shown: str) -> Rendered:
    text = shown.strip()
    body = [kit.markdown(calm(text))] if text else []
    words = f"{mrkdwn(text)}\n{wording.STOPPED}".strip()
    part = Part((*body, kit.context(wording.STOPPED)), kit.cut(words, limits.PART))
    return Rendered((part,), stopped=True)
