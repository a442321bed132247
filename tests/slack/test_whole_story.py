"""From the first install to a plan, as a person in a workspace lives it."""

from __future__ import annotations

from bot.engine.sessions import state_of
from tests.slack.house import House, by_app, keys, replies, words
from tests.slack.test_installs import MANY, install, workspace_of
from tests.slackserver.server import Server
from tests.talking import ANSWERS


async def test_from_install_to_synthesis(server: Server, make_house):
    house: House = await make_house(**MANY)
    acme = workspace_of(server, "T1")
    assert (await install(house, acme, "UANN"))[0] == 200
    ann = acme.user("UANN")
    hello = await house.until(lambda: by_app(ann.sees()))
    ann.click(hello[0], "Pick a coach")
    modal = await house.until(lambda: ann.modal)
    ann.click(modal, "Talk to David")
    await house.until(lambda: replies(ann.sees()))
    root = next(m for m in by_app(ann.sees()) if "Session with" in words(m))
    used: dict[object, int] = {}
    for _ in range(18):
        line = await next_line(house, used)
        count = len(replies(ann.sees(thread=root)))
        ann.dm(line, root)
        await house.until(lambda count=count: len(replies(ann.sees(thread=root))) > count)
        await house.rest()
        if (await row_of(house))["status"] == "completed":
            break
    assert (await row_of(house))["status"] == "completed"
    assert any("Your plan" in words(m) for m in replies(ann.sees(thread=root)))
    shown = keys(ann.sees())
    assert len(shown) == len(set(shown))
    ann.open_home()
    home = await house.until(lambda: ann.home)
    assert "David ValueMax" in str(home)


async def row_of(house: House):
    workspace = await house.slack.desk.workspaces.of("T1")
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    return (await house.slack.desk.sessions(await house.app.engine.person(sender)))[0]


async def next_line(house: House, used: dict[object, int]) -> str:
    """What a co-operative person says to what is asked."""
    pending = state_of(await row_of(house)).pending
    if pending is not None and pending.kind in {"scale", "commit"}:
        return "3 2 4 3 2" if pending.kind == "scale" else "8"
    slot = pending.slot if pending else None
    lines, number = ANSWERS.get(slot, ANSWERS[None]), used.get(slot, 0)
    used[slot] = number + 1
    return lines[min(number, len(lines) - 1)]
