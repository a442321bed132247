"""The chatroom as a platform of ``rocket serve``; its address is in CHATROOM."""

from __future__ import annotations

import os

from fastapi import APIRouter

from bot.app import App
from bot.inbox.service import Inbox
from bot.settings import Settings, SettingsError
from tests.chatroom.adapter import Chatroom


class ChatroomPlatform:
    router: APIRouter | None = None

    def __init__(self, address: str) -> None:
        self.adapter = Chatroom(address)
        self.connected = False
        self._open = False

    async def run(self, inbox: Inbox) -> None:
        if not self._open:
            await self.adapter.__aenter__()
            self._open = True
        self.connected = True
        try:
            await self.adapter.listen(inbox.accept)
        finally:
            self.connected = False

    async def close(self) -> None:
        await self.adapter.__aexit__()


def create(app: App, settings: Settings) -> ChatroomPlatform:
    address = os.environ["CHATROOM"]
    if not address.startswith("http"):
        raise SettingsError("CHATROOM: not an address.")
    return ChatroomPlatform(address)
