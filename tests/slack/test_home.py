"""The home tab, the summary, files, first hellos."""

from __future__ import annotations

from tests.slack.house import House, by_app, replies, words
from tests.slack.test_threads import STORY, begun, in_channel
from tests.slackserver.driver import Workspace

TALK = (
    STORY,
    "I led the ward through the winter with 11 nurses and nobody left",
    "My manager says there is no budget, and I get nervous when I ask",
    "I would like 300 euros more a month from January",
)


async def talk(house: House, acme: Workspace, root, lines=TALK) -> None:
    ann = acme.user("UANN")
    for line in lines:
        count = len(replies(ann.sees(thread=root)))
        ann.dm(line, root)
        await house.until(lambda count=count: len(replies(ann.sees(thread=root))) > count)


async def test_an_empty_home_is_the_menu(house: House, acme: Workspace):
    ann = acme.user("UANN")
    ann.open_home()
    home = await house.until(lambda: ann.home)
    assert "Talk to David" in str(home)
    ann.click(home, "Talk to David")
    await house.until(lambda: replies(ann.sees()))
    await house.until(lambda: "Your coaching" in str(ann.home))


async def test_home_shows_sessions_and_takes_them_up(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    await talk(house, acme, root)
    ann = acme.user("UANN")
    ann.open_home()
    home = await house.until(lambda: ann.home)
    shown = str(home)
    assert "David ValueMax" in shown
    assert " %" in shown
    assert "/archives/" in shown
    count = len(replies(ann.sees(thread=root)))
    ann.click(home, "Go on")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == count + 1)
    await house.until(lambda: ann.modal and "is open" in str(ann.modal))
    ann.click(home, "Export a copy")
    await house.until(lambda: "Everything" in words(ann.last()) or ann.last().body.get("files"))
    ann.click(home, "Delete everything")
    await house.until(lambda: [m for m in replies(ann.sees()) if "are deleted" in words(m)])


async def test_the_summary_is_the_owners_and_shared_after_a_look(house: House, acme: Workspace):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    ann.slash("/coach", "summary", "C1")
    told = await house.until(lambda: [m for m in ann.sees("C1") if "direct messages" in words(m)])
    none_yet = await house.until(lambda: replies(ann.sees()))
    assert "coaches" in words(none_yet[-1])
    one = await begun(house, acme, "UANN", "david")
    await talk(house, acme, one)
    two = await begun(house, acme, "UANN", "maya")
    await talk(house, acme, two)
    ann.click(told[0], "Show it here, to me alone")
    shown = await house.until(lambda: [m for m in ann.sees("C1") if "coaches found" in words(m)])
    assert shown[-1].only == "UANN"
    assert "David" in words(shown[-1])
    ann.click(shown[-1], "Share it …")
    modal = await house.until(lambda: ann.modal)
    assert "everybody there will read" in str(modal)
    assert "coaches found" in str(modal)
    assert not [m for m in ben.sees("C1") if m.body.get("bot_id")]
    ann.submit({"where": "C1"})
    shared = await house.until(lambda: by_app(ben.sees("C1")))
    assert "<@UANN> shares" in words(shared[0])
    assert "coaches found" in words(shared[0])


async def test_a_text_file_is_read_as_what_the_person_says(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.upload(ann.im, "notes.txt", STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    workspace = await house.slack.desk.workspaces.of("T1")
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    messages = (await house.app.engine.export(sender))["data"]["messages"]
    assert STORY in [row["text"] for row in messages]


async def test_other_files_get_a_sentence(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    for name, sentence in (
        ("cv.pdf", "I can't read “cv.pdf” yet"),
        ("note.m4a", "voice notes"),
        ("funny.gif", "can't see pictures"),
    ):
        said = ann.upload(ann.im, name, b"\x00\xff\xfe", root)
        await house.until(lambda sentence=sentence: sentence in words(ann.last(thread=root)))
        acme.again(said)
    await house.rest()
    assert len([m for m in by_app(ann.sees(thread=root)) if m not in replies(ann.sees())]) == 4
    assert len(replies(ann.sees(thread=root))) == 1


async def test_a_long_export_is_a_file(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    long = " ".join(f"In year {n} I did something else on the ward." for n in range(130))
    for number in range(6):
        await talk(house, acme, root, [f"{number}. {long}"])
    ann.dm("export", root)
    shown = await house.until(lambda: [m for m in ann.sees(thread=root) if m.body.get("files")])
    assert shown[0].body["files"][0]["name"] == "rocket-coach.md"


async def test_opening_the_messages_tab_offers_what_to_say(house: House, acme: Workspace):
    ann = acme.user("UANN")
    ann.open_messages()
    await house.until(lambda: len(ann.prompts()) == 4)
    hello = await house.until(lambda: by_app(ann.sees()))
    assert "Pick a coach" in words(hello[0])
    ann.open_messages()
    await house.rest()
    assert len(by_app(ann.sees())) == 1
    ann.click(hello[0], "Pick a coach")
    await house.until(lambda: ann.modal and "Talk to David" in str(ann.modal))


async def test_a_channel_that_is_closed_is_answered_in_direct_messages(
    house: House, acme: Workspace
):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    house.server.faults.refuses("chat.postMessage", "is_archived", 1)
    ann.say("C1", STORY, root)
    there = await house.until(lambda: replies(ann.sees()))
    assert "can't write where we talked" in words(there[0])
    await house.rest()
    assert len(replies(ann.sees("C1", root))) == 1
    # The session is kept: a direct message goes on with it.
    said = ann.dm("It is about two hundred a month")
    answer = await house.until(lambda: replies(ann.sees(thread=said)))
    assert answer[0].body["username"] == "David ValueMax"


async def test_only_some_channels_and_people(acme: Workspace, make_house):
    house = await make_house(slack_people=("UANN",), slack_channels=("C9",))
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    ben.dm("hello")
    ben.dm("hello again")
    told = await house.until(lambda: by_app(ben.sees()))
    await house.rest()
    assert "not among them" in words(told[0])
    assert len(by_app(ben.sees())) == 1
    sent = ben.slash("/coach", "", "C1")
    await house.until(lambda: sent.taken)
    assert "not among them" in words(ben.last("C1"))
    ann.slash("/coach", "", "C1")
    menu = await house.until(lambda: ann.sees("C1") and ann.last("C1"))
    assert "Start in this channel" not in words(menu)
