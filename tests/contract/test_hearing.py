"""What every adapter does with what people do: each event comes in, under one key."""

from __future__ import annotations

from bot.engine.turned import Turned
from bot.inbound import Choice, Delete, Edit, Message
from bot.inbox.contract import Post
from bot.replies import Audience, Reply
from bot.replies import Choice as Offer
from tests.contract.conftest import Stage


async def test_a_message_comes_in_with_its_sender_and_place(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    message = await stage.harness.say(place, "I want to lead a team.")
    (event,) = await stage.ears.wait(1)
    assert isinstance(event, Message)
    assert event.text == "I want to lead a team."
    assert (event.conversation, event.message_id) == (place.conversation, message)
    assert event.sender.external_id == place.sender.external_id
    assert event.sender.platform == stage.adapter.platform == place.conversation.split(":")[0]
    assert event.sent_at.tzinfo is not None


async def test_messages_keep_their_order(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    for number in range(10):
        await stage.harness.say(place, f"Line {number}")
    events = await stage.ears.wait(10)
    texts = [event.text for event in events if isinstance(event, Message)]
    assert texts == [f"Line {number}" for number in range(10)]


async def test_a_repeated_event_has_the_same_key(stage: Stage) -> None:
    stage.needs("retry")
    place = await stage.harness.place("ada")
    message = await stage.harness.say(place, "Once")
    await stage.ears.wait(1)
    for _ in range(4):
        await stage.harness.again(place, message)
    assert len(await stage.ears.wait(5)) == 1


async def test_equal_texts_are_two_messages(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await stage.harness.say(place, "Go on")
    await stage.harness.say(place, "Go on")
    assert len(await stage.ears.wait(2)) == 2


async def test_an_edit_comes_in_each_time(stage: Stage) -> None:
    stage.needs("edit")
    place = await stage.harness.place("ada")
    message = await stage.harness.say(place, "I led three people.")
    await stage.harness.edit(place, message, "I led four people.")
    await stage.harness.edit(place, message, "I led five people.")
    events = await stage.ears.wait(3)
    edits = [event for event in events if isinstance(event, Edit)]
    assert [one.text for one in edits] == ["I led four people.", "I led five people."]
    assert {one.message_id for one in edits} == {message}
    assert {one.conversation for one in edits} == {place.conversation}


async def test_a_deletion_comes_in(stage: Stage) -> None:
    stage.needs("delete")
    place = await stage.harness.place("ada")
    message = await stage.harness.say(place, "I led three people.")
    await stage.harness.delete(place, message)
    deleted = (await stage.ears.wait(2))[-1]
    assert isinstance(deleted, Delete)
    assert deleted.message_id == message


async def test_a_picked_choice_comes_in_by_its_id(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    choices = (Offer("david", "David Brown"), Offer("/coach", "Show all coaches"))
    reply = Reply("Who would you like?", choices=choices, audience=Audience.THREAD)
    post = Post("0123456789abcdef01234567", place.conversation, place.sender, Turned(reply))
    begun = await stage.adapter.begin(post, repeat=False)
    if not begun.whole:
        await stage.adapter.fill(post, begun.platform_id)
    await stage.harness.pick(place, "Show all coaches")
    await stage.harness.pick(place, "David Brown")
    events = await stage.ears.wait(2)
    picked = [event.choice for event in events if isinstance(event, Choice)]
    assert picked == ["/coach", "david"]
    assert {event.conversation for event in events} == {place.conversation}
    assert {event.sender.external_id for event in events} == {place.sender.external_id}
