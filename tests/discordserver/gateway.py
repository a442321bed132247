"""The gateway: sockets of the bot, IDENTIFY, heartbeats, RESUME, and what can go wrong there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.discordserver import shapes
from tests.discordserver.core import Core
from tests.discordserver.errors import Json
from tests.discordserver.sessions import PRIVILEGED, Intent, Session, Socket, valid, wanted
from tests.discordserver.world import Message

BEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 1, 2, 3, 4, 6, 7
MEMBERS, INVALID, HELLO, ACK = 8, 9, 10, 11
STARTS_A_DAY = 1000
# For so long, by the clock, a session without a socket can be resumed. Discord does not tell.
RESUMABLE_S = 180.0
_CHUNK = 1000


class Gateway:
    """All sessions, and the sockets they have.

    Attributes:
        down: connections are refused; events are kept for those who resume.
        mute: heartbeats are heard and not acknowledged.
        repeats: so many events before the last ones heard come again with the next RESUME.
        beats, starts: heartbeats heard; IDENTIFYs as they came.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        core.emit = self.emit
        self.sessions: dict[str, Session] = {}
        self.url = ""
        self.down = False
        self.mute = False
        self.repeats = 0
        self.interval_ms = 41_250
        self.beats = 0
        self.starts: list[Json] = []
        self.resumes = 0
        self._sockets: set[Socket] = set()

    @property
    def busy(self) -> bool:
        return any(socket.busy for socket in self._sockets)

    @property
    def connected(self) -> int:
        """Sessions that have a socket."""
        return sum(one.socket is not None for one in self.sessions.values())

    # What happens is told

    def emit(self, event: str, data: Json, guild: int = 0, message: Message | None = None) -> None:
        """Tell every session that asked for such events.

        Args:
            guild: where it happened; 0 outside of guilds.
            message: what ``data`` shows, for sessions that may not read what others write.
        """
        for session in self.sessions.values():
            if not session.covers(guild) or not wanted(event, session.intents, guild):
                continue
            if not session.intents & Intent.MEMBERS and self._of_others(event, data):
                continue
            shown = data
            if message is not None and not session.intents & Intent.CONTENT:
                around = {name: data[name] for name in data if name not in message.body}
                shown = around | shapes.message(message, self._core.world, content=False)
            session.dispatch(event, shown)

    def _of_others(self, event: str, data: Json) -> bool:
        """Whether only other people came into or left a thread."""
        if event != "THREAD_MEMBERS_UPDATE":
            return False
        came = [one["user_id"] for one in data["added_members"]]
        return str(self._core.world.bot.id) not in (*came, *data["removed_member_ids"])

    # Faults

    def drop(self, code: int = 4000) -> None:
        """Close all sockets; with most codes the client resumes."""
        for session in self.sessions.values():
            if session.socket is not None:
                session.socket.close(code)
                self._part(session)

    def _part(self, session: Session) -> None:
        session.socket = None
        session.left = self._core.clock.now()

    def ask_to_reconnect(self) -> None:
        for session in self.sessions.values():
            if session.socket is not None:
                session.socket.send(RECONNECT, None)

    def invalidate(self, resumable: bool = False) -> None:
        """INVALID_SESSION; what is not resumable has to IDENTIFY again."""
        for session in list(self.sessions.values()):
            if session.socket is not None:
                session.socket.send(INVALID, resumable)
                self._part(session)
            if not resumable:
                del self.sessions[session.id]

    def forget(self) -> None:
        """Close all sockets and know no session any more: a RESUME is answered INVALID_SESSION."""
        self.drop()
        self.sessions.clear()

    # Sockets

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        raw = web.WebSocketResponse(compress=False)
        await raw.prepare(request)
        socket = Socket(raw, request.query.get("compress") == "zlib-stream")
        self._sockets.add(socket)
        socket.send(HELLO, {"heartbeat_interval": self.interval_ms, "_trace": []})
        session: Session | None = None
        try:
            async for one in raw:
                if one.type is not WSMsgType.TEXT:
                    break
                session = self._hear(socket, session, one.data)
        finally:
            if session is not None and session.socket is socket:
                self._part(session)
                # Who says goodbye does not come back to this session.
                if raw.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
                    self.sessions.pop(session.id, None)
            await socket.stop()
            self._sockets.discard(socket)
        return raw

    async def close(self) -> None:
        self.drop(1001)
        for socket in list(self._sockets):
            await socket.stop()

    def _hear(self, socket: Socket, session: Session | None, text: str) -> Session | None:
        try:
            said = json.loads(text)
            op, data = said["op"], said["d"]
        except (ValueError, KeyError, TypeError):
            socket.close(4002)
            return session
        if op == BEAT:
            self.beats += 1
            if not self.mute:
                socket.send(ACK, None)
        elif op == IDENTIFY:
            return self._once(socket, session, lambda: self._identify(socket, data))
        elif op == RESUME:
            return self._once(socket, session, lambda: self._resume(socket, data))
        elif session is None:
            socket.close(4003)
        elif op == MEMBERS:
            self._chunk(session, data)
        elif op not in (PRESENCE, VOICE):
            socket.close(4001)
        return session

    def _once(
        self, socket: Socket, session: Session | None, begin: Callable[[], Session | None]
    ) -> Session | None:
        if session is not None:
            socket.close(4005)
            return session
        return begin()

    def _identify(self, socket: Socket, data: Json) -> Session | None:
        core = self._core
        self.starts.append(data)
        if data.get("token") != core.token or len(self.starts) > STARTS_A_DAY:
            socket.close(4004)
        elif not valid(data.get("intents")):
            socket.close(4013)
        elif data["intents"] & PRIVILEGED & ~core.privileged:
            socket.close(4014)
        elif not 0 <= data.get("shard", [0, 1])[0] < data.get("shard", [0, 1])[1]:
            socket.close(4010)
        else:
            return self._begin(socket, data)
        return None

    def _begin(self, socket: Socket, data: Json) -> Session:
        core = self._core
        shard, shards = data.get("shard", [0, 1])
        session = Session(f"s{core.clock.snowflake():x}", shard, shards, data["intents"])
        session.socket = socket
        for old in [one for one in self.sessions.values() if one.socket is None]:
            if old.shard == shard:
                del self.sessions[old.id]
        self.sessions[session.id] = session
        guilds = [g for g in core.guilds_with_bot() if session.covers(g.id)]
        ready: Json = {
            "v": 10,
            "user": shapes.user(core.world.bot) | {"verified": True, "mfa_enabled": True},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [shard, shards],
            "application": {"id": str(core.world.bot.id), "flags": core.flags},
        }
        session.dispatch("READY", ready)
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", shapes.guild_created(guild, core.world))
        return session

    def _resume(self, socket: Socket, data: Json) -> Session | None:
        session = self.sessions.get(data.get("session_id", ""))
        if data.get("token") != self._core.token:
            socket.close(4004)
        elif session is None or self._over(session):
            socket.send(INVALID, False)
        elif not isinstance(data.get("seq"), int) or data["seq"] > session.seq:
            socket.close(4007)
        else:
            if session.socket is not None:
                session.socket.close(4000)
            session.socket = socket
            self.resumes += 1
            session.replay(max(0, data["seq"] - self.repeats))
            self.repeats = 0
            session.dispatch("RESUMED", {"_trace": []})
            return session
        return None

    def _over(self, session: Session) -> bool:
        return session.socket is None and self._core.clock.now() - session.left > RESUMABLE_S

    def _chunk(self, session: Session, data: Json) -> None:
        guild = self._core.world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        asked: Any = data.get("user_ids")
        wanted_ids = {int(one) for one in asked} if isinstance(asked, list) else None
        found = [
            shapes.member(one)
            for one in guild.members.values()
            if one.user.name.startswith(data.get("query") or "")
            and (wanted_ids is None or one.user.id in wanted_ids)
        ][: data.get("limit") or None]
        parts = [found[at : at + _CHUNK] for at in range(0, len(found), _CHUNK)] or [[]]
        for number, part in enumerate(parts):
            chunk = {"guild_id": str(guild.id), "members": part, "nonce": data.get("nonce")}
            chunk |= {"chunk_index": number, "chunk_count": len(parts), "not_found": []}
            session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
