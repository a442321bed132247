"""Where people are: other workspaces, closed places, what the operator allows, time that passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.slack.house import House, by_app, replies, words
from tests.slack.test_home import talk
from tests.slack.test_threads import STORY, begun, in_channel
from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server


async def test_somebody_from_another_workspace_is_left_to_the_app_of_theirs(
    house: House, acme: Workspace
):
    acme.user("UEVE", "eve", team="T9")
    acme.channel("C2", "UANN", "UEVE", name="shared")
    eve, ann = acme.user("UEVE"), acme.user("UANN")
    said = eve.mention("C2", "I want more pay")
    await house.until(lambda: all(one.taken for one in acme.events_of(said)))
    await house.rest()
    assert not by_app(eve.sees("C2"))
    ann.mention("C2", "I want more pay")
    await house.until(lambda: [m for m in ann.sees("C2") if m.only == "UANN"])


async def test_closed_messages_are_said_where_the_person_is(house: House, acme: Workspace):
    acme.close_messages()
    ann = acme.user("UANN")
    ann.slash("/coach", "david", "C1")
    told = await house.until(lambda: [m for m in ann.sees("C1") if "closed to me" in words(m)])
    assert told[0].only == "UANN"
    assert not by_app(ann.sees())
    # In a channel it goes.
    await in_channel(house, acme, "UBEN")


async def test_an_archived_channel_keeps_its_session(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    count = len(replies(ann.sees("C1", root)))
    house.server.faults.slows("assistant.threads.setStatus", 0.0, 1)
    house.slack.adapter.pace.hold("C1", 1.0)
    ann.say("C1", STORY, root)
    acme.archive("C1")
    there = await house.until(lambda: replies(ann.sees()))
    assert "can't write where we talked" in words(there[0])
    acme.archive("C1", archived=False)
    ann.say("C1", "It is about two hundred a month", root)
    await house.until(lambda: len(replies(ann.sees("C1", root))) == count + 1)


async def test_somebody_deactivated_finds_their_session_again(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    acme.deactivate("UANN")
    await house.rest()
    acme.team.users["UANN"].deleted = False
    ann.dm("It is about two hundred a month", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    assert replies(ann.sees(thread=root))[-1].body["username"] == "David ValueMax"


async def test_coaches_that_are_off_are_not_offered(acme: Workspace, make_house: Any):
    house: House = await make_house(coaches_off=("salary_negotiator",))
    ann = acme.user("UANN")
    sent = ann.slash("/coach", "", "C1")
    await house.until(lambda: sent.taken)
    menu = await house.until(lambda: ann.sees("C1") and ann.last("C1"))
    assert "David" not in words(menu)
    assert "Maya" in words(menu)
    sent = ann.slash("/coach", "switch david", "C1")
    await house.until(lambda: sent.taken)
    assert "no coach" in words(ann.last("C1"))
    assert not replies(ann.sees())


async def test_the_human_of_the_operator_is_named_when_it_matters(acme: Workspace, make_house: Any):
    house: House = await make_house(safety_human="Rosa in room 4")
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm("I want to kill myself", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    assert "Rosa in room 4" in words(replies(ann.sees(thread=root))[-1])


async def test_sessions_start_only_in_channels_that_are_allowed(acme: Workspace, make_house: Any):
    house: House = await make_house(slack_channels=("C9",))
    acme.channel("C9", "UANN", name="coaching")
    ann = acme.user("UANN")
    ann.slash("/coach", "", "C9")
    menu = await house.until(lambda: ann.sees("C9") and ann.last("C9"))
    ann.choose(menu, "ask_here", "salary_negotiator")
    asked = await house.until(lambda: [m for m in ann.sees("C9") if "will be able" in words(m)])
    # The operator changed their mind meanwhile.
    desk = house.slack.desk
    desk.settings = desk.settings.model_copy(update={"slack_channels": ("C8",)})
    ann.click(asked[0], "Start it here")
    await house.until(lambda: [m for m in ann.sees("C9") if "can't be started" in words(m)])
    assert not replies(ann.sees("C9"))


async def test_a_list_of_sessions_leads_to_them(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm("sessions", root)
    listed = await house.until(
        lambda: [m for m in replies(ann.sees(thread=root)) if "Your sessions" in words(m)]
    )
    assert f"[open]({acme.link(root)})" in words(listed[0])


async def test_weeks_later_two_lines_say_where_it_was_left(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    await talk(house, acme, root)
    ann = acme.user("UANN")
    clock = house.app.engine.clock
    house.app.engine.clock = lambda: clock() + timedelta(days=21)
    ann.open_home()
    home = await house.until(lambda: ann.home)
    count = len(replies(ann.sees(thread=root)))
    ann.click(home, "Go on")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 1)
    recap = words(replies(ann.sees(thread=root))[-1])
    assert "more pay" in recap
    count += 1
    ann.dm("I asked him, and he wants to think about it until Friday", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 1)


async def test_tokens_that_are_revoked_take_everything_along(server: Server, make_house: Any):
    from tests.slack.test_installs import MANY, install, workspace_of

    house: House = await make_house(**MANY)
    acme = workspace_of(server, "T1")
    await install(house, acme, "UANN")
    await begun(house, acme, "UANN")
    event = {"type": "tokens_revoked", "tokens": {"bot": [acme.bot], "oauth": []}}
    server.world.on_event(acme.team, event)
    await house.rest()
    assert await house.slack.desk.workspaces.tokens.all() == []
