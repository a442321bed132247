"""From the first command to a thread that is a session."""

from tests.slack.house import House, keys, replies, words
from tests.slackserver.driver import Workspace


async def test_the_command_answers_at_once_with_the_menu(house: House, acme: Workspace):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    sent = ann.slash("/coach", "", "C1")
    await house.until(lambda: sent.taken)
    menu = await house.until(lambda: ann.sees("C1") and ann.last("C1"))
    assert menu.only == "UANN"
    assert not ben.sees("C1")
    for coach in house.app.catalogue.coaches:
        assert coach.name in words(menu)
        assert coach.tagline.split(".")[0][:20] in words(menu)
    assert "Recommend one for me" in words(menu)


async def test_picking_a_coach_opens_a_thread_in_direct_messages(house: House, acme: Workspace):
    ann = acme.user("UANN")
    ann.slash("/coach", "", "C1")
    menu = await house.until(lambda: ann.sees("C1") and ann.last("C1"))
    ann.click(menu, "Talk to David")
    opening = await house.until(lambda: replies(ann.sees()))
    root = ann.sees()[0]
    assert "Session with" in words(root)
    assert "Only you" in words(root)
    assert opening[0].thread == root.ts
    assert opening[0].body["username"] == "David ValueMax"
    assert opening[0].body["icons"]["emoji"] == ":scales:"
    hint = await house.until(lambda: [m for m in ann.sees("C1") if "is open" in words(m)])
    assert hint[0].only == "UANN"
    ann.dm("I want to ask for more pay after three years on the same ward", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    await house.rest()
    assert len(keys(ann.sees())) == len(set(keys(ann.sees()))) == 2
    assert len(await house.app.engine.sessions(await sender(house))) == 1


async def sender(house: House, user: str = "UANN"):
    workspace = await house.slack.desk.workspaces.of("T1")
    return await house.slack.desk.people.sender(workspace, user)
