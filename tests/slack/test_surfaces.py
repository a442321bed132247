"""What a person sees and presses: menus, modals, shortcuts, the home tab."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bot.slack.manifest import SCOPES
from tests.slack.house import House, by_app, replies, words
from tests.slack.test_home import talk
from tests.slack.test_threads import STORY, begun, in_channel
from tests.slackserver.driver import Workspace
from tests.slackserver.posts import signed
from tests.slackserver.server import SIGNING_SECRET, Server


async def test_the_menu_tells_who_each_coach_is(house: House, acme: Workspace):
    ann = acme.user("UANN")
    sent = ann.slash("/coach", "", "C1")
    await house.until(lambda: sent.taken)
    rows = [one for one in ann.last("C1").blocks if one.get("accessory")]
    coaches = house.app.catalogue.coaches
    assert len(rows) == len(coaches) == 7
    for row, coach in zip(rows, coaches, strict=True):
        for told in (coach.emoji, coach.name, coach.title.replace("&", "&amp;"), coach.tagline):
            assert told in row["text"]["text"]
        assert row["accessory"]["text"]["text"] == f"Talk to {coach.first_name}"


async def test_a_recommendation_is_three_coaches_with_reasons(house: House, acme: Workspace):
    ann = acme.user("UANN")
    said = "recommend They offered me a job and I want more pay than they say"
    sent = ann.slash("/coach", said, "C1")
    await house.until(lambda: sent.taken)
    offered = ann.last("C1")
    assert offered.only == "UANN"
    rows = [one for one in offered.blocks if one.get("accessory")]
    assert len(rows) == 3
    for row in rows:
        name, _, reason = row["text"]["text"].partition("\n")
        assert name.startswith("*")
        assert len(reason.split()) >= 3
    assert len({row["text"]["text"].partition("\n")[2] for row in rows}) == 3
    ann.click(offered, "start:salary_negotiator")
    await house.until(lambda: replies(ann.sees()))
    # What was typed is where the session begins.
    assert "pay" in words(replies(ann.sees())[0])


async def test_the_global_shortcut_starts_a_session(house: House, acme: Workspace):
    ann = acme.user("UANN")
    ann.shortcut("start_session")
    menu = await house.until(lambda: ann.modal)
    ann.click(menu, "Talk to Elena")
    opening = await house.until(lambda: replies(ann.sees()))
    assert opening[0].body["username"] == "Elena Connector"
    await house.until(lambda: "is open" in str(ann.modal))


@pytest.mark.parametrize("who", ["executive_coach", "-"])
async def test_coach_me_on_this_begins_with_what_is_said_of_the_message(
    house: House, acme: Workspace, who: str
):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    said = ben.say("C1", "Our team lead leaves in May, who wants to step up?")
    ann.message_shortcut(said, "coach_me_on_this")
    await house.until(lambda: ann.modal)
    ann.submit({"text": "I would like to lead the team but I am afraid of it", "coach": who})
    if who == "-":
        fits = await house.until(
            lambda: ann.modal and "these fit" in str(ann.modal).casefold() and ann.modal
        )
        ann.click(fits, "start:executive_coach")
    opening = await house.until(lambda: replies(ann.sees()))
    assert opening[0].body["username"] == "Alexandra Sterling"
    root = next(m for m in by_app(ann.sees()) if "Session with" in words(m))
    if who != "-":
        assert acme.link(said) in words(root)
    assert "team" in words(opening[0])
    # Nobody in the channel sees any of it.
    assert not by_app(ben.sees("C1"))


async def test_in_a_thread_the_shortcut_reaches_the_commands(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    count = len(replies(ann.sees("C1", root)))
    ann.message_shortcut(root, "coach_me_on_this")
    await house.until(lambda: ann.modal and "This session" in str(ann.modal))
    ann.submit({"command": "next"})
    await house.until(lambda: len(replies(ann.sees("C1", root))) == count + 1)
    # What is about the person goes where only they read.
    ann.message_shortcut(root, "coach_me_on_this")
    await house.until(lambda: ann.modal and "This session" in str(ann.modal))
    ann.submit({"command": "profile"})
    await house.until(lambda: replies(ann.sees()))
    await house.rest()
    assert len(replies(ann.sees("C1", root))) == count + 1


async def test_polls_and_other_apps_cards_get_a_sentence(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    poll = [{"type": "section", "text": {"type": "plain_text", "text": "Lunch?"}}]
    ann.say(ann.im, "", root, blocks=poll)
    await house.until(lambda: "can't see pictures" in words(ann.last(thread=root)))
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 1


async def test_home_shows_what_comes_next_and_the_profile(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    await talk(house, acme, root)
    ann = acme.user("UANN")
    count = len(replies(ann.sees(thread=root)))
    ann.dm("/coach goal Run the stall alone by Saturday", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 1)
    ann.open_home()
    home = await house.until(lambda: ann.home)
    headers = [one["text"]["text"] for one in home["blocks"] if one["type"] == "header"]
    assert headers == ["Your coaching", "Next", "Sessions", "Career profile"]
    assert "Run the stall alone" in str(home)
    assert "█" in str(home)
    ann.click(home, "The whole profile")
    await house.until(lambda: "profile" in words(ann.last()).casefold())
    ann.click(home, "Summary of all coaches")
    await house.until(lambda: ann.modal and ann.modal["callback_id"] == "summary")
    ann.close_modal()
    ann.click(home, "Start a session")
    await house.until(lambda: ann.modal and "Talk to Maya" in str(ann.modal))


async def test_where_the_name_may_not_be_changed_the_coach_stands_on_top(
    server: Server, make_house
):
    acme = Workspace(server, "T1", scopes=set(SCOPES) - {"chat:write.customize"})
    acme.user("UANN", "ann")
    house: House = await make_house()
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    for shown in replies(ann.sees(thread=root)):
        assert "username" not in shown.body
        assert "David ValueMax" in str(shown.blocks[0])


async def test_a_word_alone_is_a_command_in_a_thread(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    await talk(house, acme, root)
    ann = acme.user("UANN")
    for word, told in (("plan", "plan"), ("help", "Commands"), ("progress", "%")):
        count = len(replies(ann.sees(thread=root)))
        ann.dm(word, root)
        await house.until(lambda count=count: len(replies(ann.sees(thread=root))) == count + 1)
        assert told in words(replies(ann.sees(thread=root))[-1]), word


@pytest.mark.parametrize("mode", ["http"], indirect=True)
async def test_what_is_not_signed_by_slack_is_refused(house: House, acme: Workspace):
    ann = acme.user("UANN")
    sent = ann.slash("/coach", "", "C1")
    await house.until(lambda: sent.taken)
    body, url = '{"type": "event_callback", "event": {}}', house.server.posts.url
    old = int(time.time()) - 600
    async with ClientSession() as client:
        for headers in (
            {},
            signed("another secret", body),
            signed(SIGNING_SECRET, body, old),
            signed(SIGNING_SECRET, body + " "),
        ):
            told = {"Content-Type": "application/json", **headers}
            async with client.post(url, data=body, headers=told) as answer:
                assert answer.status == 401
    assert await house.server.posts.verify()


async def test_a_summary_is_not_shared_where_the_app_is_not(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN", "david")
    await talk(house, acme, root)
    other = await begun(house, acme, "UANN", "maya")
    await talk(house, acme, other)
    acme.channel("C2", "UANN", "UBEN", name="others")
    acme.remove_bot("C2")
    ann = acme.user("UANN")
    ann.slash("/coach", "summary", "C1")
    told = await house.until(lambda: [m for m in ann.sees("C1") if "direct messages" in words(m)])
    ann.click(told[0], "Show it here, to me alone")
    shown = await house.until(lambda: [m for m in ann.sees("C1") if "coaches found" in words(m)])
    ann.click(shown[-1], "Share it …")
    await house.until(lambda: ann.modal)
    ann.submit({"where": "C2"})
    await house.until(lambda: "invite me" in str(ann.form_errors))
    assert not by_app(acme.user("UBEN").sees("C2"))


async def test_who_writes_weeks_later_is_told_where_it_was_left(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    await talk(house, acme, root)
    ann = acme.user("UANN")
    clock = house.app.engine.clock
    house.app.engine.clock = lambda: clock() + timedelta(days=21)
    count = len(replies(ann.sees(thread=root)))
    ann.dm("I asked him, and he wants to think about it until Friday", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 1)
    greeting = words(replies(ann.sees(thread=root))[-1])
    assert "more pay" in greeting
    assert "We had come to" in greeting
    # Once, and to nobody who was here a moment ago.
    ann.dm("My last raise was two years ago", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 2)
    assert "We had come to" not in words(replies(ann.sees(thread=root))[-1])
