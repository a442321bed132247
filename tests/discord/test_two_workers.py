"""One worker holds the connection, another writes: what is stopped comes to the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.discord.conftest import Running
from tests.discord.test_manners import growing
from tests.discord.test_story import handle

pytestmark = pytest.mark.parametrize("address", ["postgresql"], indirect=True)


@pytest.fixture
async def pair(running: Running) -> AsyncIterator[tuple[Running, Running]]:
    """The first takes events and works none off, the second works them off."""
    running.lanes = 0
    writer = replace(running, platform=None, inbox=None, task=None, lanes=32)
    yield running, writer
    if writer.task is not None:
        await writer.stop()


@pytest.mark.parametrize("how", ["button", "word"])
async def test_a_reply_is_stopped_by_way_of_another_worker(
    pair: tuple[Running, Running], how: str
) -> None:
    hearing, writing = pair
    await hearing.start()
    await writing.start()
    assert hearing.server.gateway.connected == 1
    ada, thread, shown, voice = await growing(hearing)
    assert writing.platform is not None
    (live,) = writing.platform.adapter.live._growing.values()
    if how == "button":
        ada.click(shown, handle(shown, "stop"))
    else:
        ada.say(thread, "stop")
    await hearing.until(lambda: live.stopped)
    voice.go_on.set()
    await hearing.until(lambda: "Stopped" in shown.content)
    await hearing.server.settled(0.3)
    after = [one for one in ada.sees(thread) if one.id > shown.id and one.author != ada.id]
    assert after == []
