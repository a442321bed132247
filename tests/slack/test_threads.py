"""Who steers a thread, and what becomes of what is written where."""

from __future__ import annotations

import asyncio

from tests.slack.house import House, by_app, keys, replies, words
from tests.slackserver.driver import Workspace
from tests.slackserver.world import Message

STORY = "I want to ask for more pay after three years on the same ward"


async def begun(house: House, acme: Workspace, user: str, coach: str = "david") -> Message:
    """A session of somebody; its root."""
    person = acme.user(user)
    before = len(by_app(person.sees()))
    person.slash("/coach", coach)
    await house.until(
        lambda: len(replies(person.sees())) and len(by_app(person.sees())) > before + 1
    )
    await house.rest()
    return [one for one in by_app(person.sees()) if "Session with" in words(one)][-1]


async def in_channel(house: House, acme: Workspace, user: str = "UANN") -> Message:
    """A session in a channel; its root."""
    person = acme.user(user)
    person.slash("/coach", "", "C1")
    menu = await house.until(lambda: person.sees("C1") and person.last("C1"))
    person.choose(menu, "ask_here", "salary_negotiator")
    asked = await house.until(lambda: [m for m in person.sees("C1") if "will be able" in words(m)])
    assert asked[0].only == user
    assert "Session with" in words(asked[0])
    person.click(asked[0], "Start it here")
    await house.until(lambda: replies(person.sees("C1")))
    await house.rest()
    return next(m for m in person.sees("C1") if not m.only and "Session with" in words(m))


async def test_a_channel_session_says_who_reads_and_who_steers(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    assert "Everybody in this channel" in words(root)
    assert "<@UANN>" in words(root)
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    before = len(replies(ann.sees("C1")))
    ben.say("C1", "may I join?", root)
    told = await house.until(lambda: [m for m in ben.sees("C1") if m.only == "UBEN"])
    assert "<@UANN>" in words(told[0])
    ben.say("C1", "hello?", root)
    ben.mention("C1", "and you?", root)
    await house.rest()
    assert len([m for m in ben.sees("C1") if m.only == "UBEN"]) == 1
    assert len(replies(ann.sees("C1"))) == before
    ann.say("C1", STORY, root)
    await house.until(lambda: len(replies(ann.sees("C1"))) == before + 1)


async def test_what_is_about_a_person_stays_out_of_the_channel(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    before = len(replies(ann.sees("C1")))
    ann.say("C1", "profile", root)
    answer = await house.until(lambda: replies(ann.sees()))
    assert "career profile" in words(answer[-1]).lower()
    await house.rest()
    assert len(replies(ann.sees("C1"))) == before
    assert [m for m in ann.sees("C1") if m.only == "UANN" and "direct messages" in words(m)]


async def test_others_buttons_do_nothing(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ben = acme.user("UBEN")
    reply = replies(ben.sees("C1"))[-1]
    ben.click(reply, "again")
    told = await house.until(lambda: [m for m in ben.sees("C1") if m.only == "UBEN"])
    assert "belong to <@UANN>" in words(told[0])
    assert len(replies(ben.sees("C1", root))) == 1


async def test_a_channel_is_not_listened_to(house: House, acme: Workspace):
    ann = acme.user("UANN")
    talk = ann.say("C1", "good morning all")
    ann.say("C1", "a thread of ours", talk)
    await house.rest()
    assert not by_app(ann.sees("C1"))


async def test_a_mention_gets_a_private_offer(house: House, acme: Workspace):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    said = ann.mention("C1", "I was offered a job and want more pay than they say")
    offer = await house.until(lambda: [m for m in ann.sees("C1") if m.only == "UANN"])
    assert "in private" in words(offer[0])
    assert "David" in words(offer[0])
    acme.again(said)
    await house.rest()
    assert len([m for m in ann.sees("C1") if m.only == "UANN"]) == 1
    assert not [m for m in ben.sees("C1") if m.body.get("bot_id")]
    ann.click(offer[0], "Talk to David")
    opening = await house.until(lambda: replies(ann.sees()))
    # What was said already is not asked again.
    assert STORY not in words(opening[0])
    await house.rest()
    sender = await house.slack.desk.people.sender(await _workspace(house), "UANN")
    (session,) = await house.app.engine.sessions(sender)
    lines = await house.app.engine.transcript(sender, session["session"])
    said = next(line for line in lines if line["role"] == "user")
    assert "more pay than they say" in said["text"]


async def _workspace(house: House):
    found = await house.slack.desk.workspaces.of("T1")
    assert found is not None
    return found


async def test_every_event_again_gives_one_reply(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    before = len(replies(ann.sees("C1", root)))
    said = ann.mention("C1", STORY, root)
    assert len(acme.events_of(said)) == 2
    for _ in range(3):
        acme.again(said)
    await house.until(lambda: len(replies(ann.sees("C1", root))) > before)
    acme.again(said)
    await house.rest()
    assert len(replies(ann.sees("C1", root))) == before + 1
    shown = keys(ann.sees("C1"))
    assert len(shown) == len(set(shown))


async def test_two_people_in_two_threads_at_once(house: House, acme: Workspace):
    one, two = await asyncio.gather(
        begun(house, acme, "UANN", "david"), begun(house, acme, "UBEN", "maya")
    )
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    for text in (STORY, "It is about two hundred a month", "My manager likes me"):
        sent = len(replies(ann.sees(thread=one))), len(replies(ben.sees(thread=two)))
        ann.dm(text, one)
        ben.dm(text.replace("pay", "time"), two)
        await house.until(lambda sent=sent: len(replies(ann.sees(thread=one))) == sent[0] + 1)
        await house.until(lambda sent=sent: len(replies(ben.sees(thread=two))) == sent[1] + 1)
    assert {m.body["username"] for m in replies(ann.sees())} == {"David ValueMax"}
    assert {m.body["username"] for m in replies(ben.sees())} == {"Dr. Maya Wellness"}


async def test_two_threads_are_two_sessions(house: House, acme: Workspace):
    one = await begun(house, acme, "UANN", "david")
    two = await begun(house, acme, "UANN", "maya")
    ann = acme.user("UANN")
    ann.dm(STORY, one)
    await house.until(lambda: len(replies(ann.sees(thread=one))) == 2)
    ann.dm("I have no energy left when I come home", two)
    await house.until(lambda: len(replies(ann.sees(thread=two))) == 2)
    assert replies(ann.sees(thread=one))[-1].body["username"] == "David ValueMax"
    assert replies(ann.sees(thread=two))[-1].body["username"] == "Dr. Maya Wellness"


async def test_a_new_message_goes_on_with_the_last_session(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    said = ann.dm(STORY)
    answer = await house.until(lambda: replies(ann.sees(thread=said)))
    assert answer[0].body["username"] == "David ValueMax"
    back = await house.until(lambda: [m for m in ann.sees(thread=said) if "We go on" in words(m)])
    assert acme.link(root).split("/")[-1].split("?")[0] in words(back[0])
    # The old thread still answers: the session comes back there.
    ann.dm("It is about two hundred a month", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    await house.rest()
    sender = await house.slack.desk.people.sender(await _workspace(house), "UANN")
    assert len(await house.app.engine.sessions(sender)) == 1


async def test_without_a_session_a_message_gets_coaches_that_fit(house: House, acme: Workspace):
    ann = acme.user("UANN")
    said = ann.dm("I was offered a job and the pay they offer is too low")
    menu = await house.until(lambda: replies(ann.sees(thread=said)))
    assert "David" in words(menu[0])
    ann.click(menu[0], "choice:0")
    await house.until(lambda: len(replies(ann.sees(thread=said))) == 2)
    await house.rest()
    assert "You picked" in words(replies(ann.sees(thread=said))[0])
    ann.dm("About two hundred a month", said)
    await house.until(lambda: len(replies(ann.sees(thread=said))) == 3)


async def test_switching_opens_a_new_thread_with_a_hand_over(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    ann.dm("switch to Maya", root)
    card = await house.until(lambda: [m for m in ann.sees() if "Handed over by" in words(m)])
    opening = await house.until(lambda: replies(ann.sees(thread=card[0])))
    assert opening[0].body["username"] == "Dr. Maya Wellness"
    pointer = await house.until(
        lambda: [m for m in ann.sees(thread=root) if "goes on here" in words(m)]
    )
    assert "/archives/" in words(pointer[0])
    assert len(replies(ann.sees(thread=root))) == 2


async def test_edits_and_deletions_reach_the_transcript(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    said = ann.dm("I want to ask for more pay at Siemens", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    ann.edit(said, "I want to ask for more pay at Bosch")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    told = await _said(house)
    assert "Bosch" in told
    assert "Siemens" not in told
    ann.delete(said)
    await house.rest()
    assert "Bosch" not in await _said(house)


async def _said(house: House) -> str:
    """What is kept of what somebody said, and of what was made of it."""
    sender = await house.slack.desk.people.sender(await _workspace(house), "UANN")
    data = (await house.app.engine.export(sender))["data"]
    mine = [row["text"] for row in data["messages"] if row["role"] == "user"]
    slots = [row["slots"] for row in data["persona_sessions"]]
    return str([mine, slots, data["persona_insights"]])


async def test_previews_of_links_change_nothing(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    said = ann.dm("Look at https://example.com for what I want", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    ann.unfurl(said)
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 2
