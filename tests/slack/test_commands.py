"""Commands, shortcuts, modals, buttons."""

from __future__ import annotations

from tests.slack.house import House, replies, words
from tests.slack.test_threads import STORY, begun
from tests.slackserver.driver import Workspace


async def test_a_recommendation_by_modal(house: House, acme: Workspace):
    ann = acme.user("UANN")
    ann.slash("/coach", "", "C1")
    menu = await house.until(lambda: ann.sees("C1") and ann.last("C1"))
    ann.click(menu, "Recommend one for me")
    modal = await house.until(lambda: ann.modal)
    fields = {block["block_id"] for block in modal["blocks"] if block["type"] == "input"}
    assert fields == {"text", "stage", "goals", "challenges"}
    ann.submit({"text": "They offered me a job and I want more pay than they say"})
    fits = await house.until(lambda: ann.modal and "These fit" in str(ann.modal) and ann.modal)
    assert "David" in str(fits)
    ann.click(fits, "Talk to David")
    await house.until(lambda: replies(ann.sees()))
    await house.until(lambda: "is open" in str(ann.modal))


async def test_words_after_the_command(house: House, acme: Workspace):
    ann = acme.user("UANN")
    sent = ann.slash("/coach", "recommend I want more pay than they offered me", "C1")
    await house.until(lambda: sent.taken)
    assert "David" in words(await house.until(lambda: ann.last("C1")))
    sent = ann.slash("/coach", "sumary", "C1")
    await house.until(lambda: sent.taken)
    assert "summary" in words(ann.last("C1"))
    sent = ann.slash("/coach", "help", "C1")
    await house.until(lambda: sent.taken)
    assert "/coach switch" in words(ann.last("C1"))
    ann.slash("/coach", "recommend", "C1")
    await house.until(lambda: ann.modal)


async def test_the_operator_may_rename_the_command(acme: Workspace, make_house):
    house = await make_house(slack_command="/career")
    ann = acme.user("UANN")
    sent = ann.slash("/career", "help", "C1")
    await house.until(lambda: sent.taken)
    assert "/career switch" in words(ann.last("C1"))
    said = ann.dm("/career help")
    answer = await house.until(lambda: replies(ann.sees(thread=said)))
    assert "Commands" in words(answer[0])


async def test_commands_without_a_thread_answer_in_direct_messages(house: House, acme: Workspace):
    await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    count = len(replies(ann.sees()))
    sent = ann.slash("/coach", "next", "C1")
    await house.until(lambda: sent.taken)
    asked = await house.until(lambda: len(replies(ann.sees())) > count and ann.last())
    assert "needs a session" in words(asked)
    assert "direct messages" in words(ann.last("C1"))


async def test_the_global_shortcut_and_the_one_on_a_message(house: House, acme: Workspace):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    ann.shortcut("start_session")
    await house.until(lambda: ann.modal)
    ann.close_modal()
    said = ben.say("C1", "Our team lead leaves in May, who wants to step up?")
    ann.message_shortcut(said, "coach_me_on_this")
    modal = await house.until(lambda: ann.modal)
    assert "step up" in str(modal)
    ann.submit(
        {"text": "I would like to step up but I am afraid of it", "coach": "executive_coach"}
    )


async def test_coach_me_on_this_starts_with_my_words(house: House, acme: Workspace):
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    said = ben.say("C1", "Our team lead leaves in May, who wants to step up?")
    ann.message_shortcut(said, "coach_me_on_this")
    modal = await house.until(lambda: ann.modal)
    ids = {
        block["block_id"]: block["element"]["action_id"]
        for block in modal["blocks"]
        if "element" in block
    }
    assert ids == {"text": "text", "coach": "coach"}


async def test_the_shortcut_in_a_session_is_its_commands(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.message_shortcut(root, "coach_me_on_this")
    await house.until(lambda: ann.modal and "This session" in str(ann.modal))


async def test_thumbs_count_last(house: House, acme: Workspace):
    await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    reply = replies(ann.sees())[-1]
    ann.feedback(reply, positive=True)
    await house.rest()
    ann.feedback(reply, positive=False)
    await house.rest()
    workspace = await house.slack.desk.workspaces.of("T1")
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    kept = (await house.app.engine.export(sender))["data"]["feedback"]
    assert [row["value"] for row in kept] == [-1]


async def test_the_last_reply_can_be_worded_again(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    first, second = replies(ann.sees(thread=root))
    ann.click(first, "again")
    await house.until(lambda: "Only the last" in words(ann.last(thread=root)))
    assert len(replies(ann.sees(thread=root))) == 2
    ann.click(second, "again")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    ann.choose(replies(ann.sees(thread=root))[-1], "more", "plan")
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 4)
    assert "plan" in words(replies(ann.sees(thread=root))[-1]).lower()


async def test_an_old_question_is_no_longer_open(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    # Short answers get choices.
    ann.dm("dunno", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    offered = replies(ann.sees(thread=root))[-1]
    assert "choice:0" in words(offered)
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    ann.click(offered, "choice:0")
    await house.until(lambda: "no longer open" in words(ann.last(thread=root)))
    assert len(replies(ann.sees(thread=root))) == 3


async def test_deleting_everything_is_asked_once(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm("/coach forget", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    ann.click(replies(ann.sees(thread=root))[-1], "Delete everything")
    await house.until(lambda: "deleted" in words(replies(ann.sees(thread=root))[-1]))
    await house.rest()
    workspace = await house.slack.desk.workspaces.of("T1")
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    assert await house.app.engine.sessions(sender) == []
