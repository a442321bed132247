"""What Slack tells of people: asked once, and never in the way of what they write."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from tests.slack.house import House, replies
from tests.slack.test_threads import STORY, begun
from tests.slackserver.driver import Workspace


async def zone(house: House) -> Any:
    workspace = await house.slack.desk.workspaces.of("T1")
    assert workspace is not None
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    (me,) = (await house.app.engine.export(sender))["data"]["people"]
    return me["time_zone"]


async def test_a_zone_comes_with_the_first_contact_and_follows_the_person(
    house: House, acme: Workspace, make_house: Any
):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    assert await zone(house) == "Europe/Berlin"
    acme.team.users["UANN"].tz = "Asia/Tokyo"
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    asked = len(house.server.called("users.info"))
    assert asked == 1
    await house.stop()
    # A new day, a new process: what is known is asked anew.
    after = await make_house()
    ann.dm("It is about two hundred a month", root)
    await after.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    await after.until(lambda: len(house.server.called("users.info")) == asked + 1)
    await after.rest()
    ann.dm("I have asked once, two years ago", root)
    await after.until(lambda: len(replies(ann.sees(thread=root))) == 4)
    assert await zone(after) == "Asia/Tokyo"


async def test_people_we_know_do_not_wait_for_what_slack_knows_of_them(
    house: House, acme: Workspace, make_house: Any
):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    await house.stop()
    after = await make_house()
    after.server.faults.slows("users.info", 600.0, 1)
    said = ann.dm(STORY, root)
    await after.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    assert all(one.taken for one in acme.events_of(said))


async def test_in_a_crowd_nobody_waits_for_what_slack_knows_of_them(house: House, acme: Workspace):
    inbox, ann = house.slack.desk.inbox, acme.user("UANN")
    assert inbox is not None
    with ExitStack() as crowd:
        for _ in range(5):
            crowd.enter_context(inbox.door.passing())
        said = ann.dm(STORY)
        await house.until(lambda: all(one.taken for one in acme.events_of(said)))
        assert not house.server.called("users.info")
    # It is learnt when the crowd is in.
    await house.until(lambda: bool(house.server.called("users.info")))
    await house.rest()
    assert await zone(house) == "Europe/Berlin"


async def test_nothing_is_known_where_slack_does_not_tell(house: House, acme: Workspace):
    house.server.faults.refuses("users.info", "user_not_found", 9)
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    assert await zone(house) is None
