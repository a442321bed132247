"""What every adapter does with a reply: shown whole, once, to whom it is for."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import count

import pytest

from bot.engine.turned import Turned
from bot.inbox.contract import CannotLookError, Post, TryLaterError, UndeliverableError
from bot.replies import Attachment, Audience, Choice, Reply
from tests.contract.conftest import Stage
from tests.contract.harness import Place, Shown

_numbers = count()
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "606060000000050001a5f645400000000049454e44ae426082"
)


def post_for(place: Place, text: str = "What matters most?", **more: object) -> Post:
    key = sha256(f"{next(_numbers)}".encode()).hexdigest()[:24]
    reply = Reply(text, **{"audience": Audience.THREAD, **more})  # pyright: ignore[reportArgumentType]
    return Post(key, place.conversation, place.sender, Turned(reply))


def saying(post: Post, text: str, *, partial: bool) -> Post:
    turned = replace(post.turned, reply=replace(post.turned.reply, text=text))
    return replace(post, turned=turned, partial=partial)


async def show(stage: Stage, post: Post, *, repeat: bool = False) -> str:
    """As the inbox does it; returns the platform's id."""
    begun = await stage.adapter.begin(post, repeat=repeat)
    if not begun.whole:
        await stage.adapter.fill(post, begun.platform_id)
    return begun.platform_id


async def text_of(stage: Stage, place: Place) -> str:
    return "\n".join(line.text for line in await stage.harness.shown(place))


def words(text: str) -> list[str]:
    return text.split()


async def test_a_reply_shows_once_and_whole(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await show(stage, post_for(place, "What matters most?"))
    shown = await stage.harness.shown(place)
    assert len(shown) == 1
    assert "What matters most?" in shown[0].text


async def test_a_repeat_of_what_came_through_shows_nothing_twice(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    post = post_for(place)
    first = await show(stage, post)
    before = await stage.harness.shown(place)
    for _ in range(3):
        assert await show(stage, post, repeat=True) == first
    assert await stage.harness.shown(place) == before


async def test_a_repeat_of_what_did_not_come_through_shows_it(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await show(stage, post_for(place, "One"))
    await show(stage, post_for(place, "Two"), repeat=True)
    assert words(await text_of(stage, place)) == ["One", "Two"]


async def test_equal_texts_with_other_keys_are_other_replies(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await show(stage, post_for(place, "Go on."))
    await show(stage, post_for(place, "Go on."), repeat=True)
    assert len(await stage.harness.shown(place)) == 2


async def test_filling_may_be_repeated(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    post = post_for(place, choices=(Choice("david", "David"),))
    platform_id = await show(stage, post)
    before = await stage.harness.shown(place)
    for _ in range(3):
        await stage.adapter.fill(post, platform_id)
    assert await stage.harness.shown(place) == before


async def test_a_reply_grows_and_ends_as_the_whole(stage: Stage) -> None:
    if not stage.adapter.capabilities.streaming:
        pytest.skip("replies are not shown while they are written")
    place = await stage.harness.place("ada")
    post = post_for(place, "You split the dough over two ovens. What came of it?")
    begun = await stage.adapter.begin(saying(post, "You split", partial=True), repeat=False)
    assert not begun.whole
    growing = saying(post, "You split the dough over two", partial=True)
    await stage.adapter.fill(growing, begun.platform_id)
    assert "over two" in await text_of(stage, place)
    await stage.adapter.fill(post, begun.platform_id)
    assert words(await text_of(stage, place)) == words(post.turned.reply.text)


async def test_a_reply_that_became_shorter_leaves_nothing_behind(stage: Stage) -> None:
    if not stage.adapter.capabilities.streaming:
        pytest.skip("replies are not shown while they are written")
    place = await stage.harness.place("ada")
    post = post_for(place, "In the end it is short.")
    longer = saying(post, many_words(stage.harness.long * 2), partial=True)
    begun = await stage.adapter.begin(longer, repeat=False)
    await stage.adapter.fill(longer, begun.platform_id)
    await stage.adapter.fill(post, begun.platform_id)
    assert words(await text_of(stage, place)) == words(post.turned.reply.text)


def many_words(characters: int) -> str:
    numbers = [f"word{number}" for number in range(characters // 5)]
    return "\n\n".join(" ".join(numbers[at : at + 40]) for at in range(0, len(numbers), 40))


async def test_a_long_reply_is_complete_and_in_order(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    text = many_words(stage.harness.long * 2)
    assert len(text) > stage.harness.long
    post = post_for(place, text, choices=(Choice("go", "Go on"),))
    platform_id = await show(stage, post)
    shown = await stage.harness.shown(place)
    assert [word for word in words(await text_of(stage, place)) if "word" in word] == words(text)
    assert "Go on" in shown[-1].choices or "Go on" in shown[-1].text
    await stage.adapter.fill(post, platform_id)
    assert await stage.harness.shown(place) == shown


async def test_a_long_reply_that_was_cut_off_is_completed(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    text = many_words(stage.harness.long * 2)
    post = post_for(place, text)
    # Its first part shows, then the worker died; another one begins again.
    await stage.adapter.begin(post, repeat=False)
    await show(stage, post, repeat=True)
    assert [word for word in words(await text_of(stage, place)) if "word" in word] == words(text)


async def test_unbroken_text_is_not_lost(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await show(stage, post_for(place, "x" * (stage.harness.long + 50)))
    assert (await text_of(stage, place)).count("x") == stage.harness.long + 50


async def test_what_is_for_the_owner_is_seen_by_no_other(stage: Stage) -> None:
    stage.needs("shared")
    ada = await stage.harness.place("ada", shared=True)
    bob = await stage.harness.place("bob", shared=True)
    await show(stage, post_for(ada, "Your plan", audience=Audience.OWNER))
    await show(stage, post_for(ada, "For all", audience=Audience.THREAD))
    assert "Your plan" in await text_of(stage, ada)
    theirs = await text_of(stage, bob)
    assert "For all" in theirs
    assert "Your plan" not in theirs


async def test_a_long_reply_for_the_owner_is_private_in_all_its_parts(stage: Stage) -> None:
    stage.needs("shared")
    ada = await stage.harness.place("ada", shared=True)
    bob = await stage.harness.place("bob", shared=True)
    text = many_words(stage.harness.long * 2)
    files = (Attachment("plan.png", "image/png", PNG, "Three steps."),)
    await show(stage, post_for(ada, text, audience=Audience.OWNER, attachments=files))
    assert words(text)[-1] in await text_of(stage, ada)
    assert await stage.harness.shown(bob) == []


async def test_a_file_shows_or_its_words_do(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    alt = "Courage 7 of 10, patience 4 of 10."
    files = (Attachment("scores.png", "image/png", PNG, alt),)
    post = post_for(place, "Your scores", attachments=files)
    platform_id = await show(stage, post)
    assert has_file(await stage.harness.shown(place), "scores.png", alt)
    before = await stage.harness.shown(place)
    await stage.adapter.fill(post, platform_id)
    assert await stage.harness.shown(place) == before


async def test_a_file_of_a_reply_that_grew_shows(stage: Stage) -> None:
    if not stage.adapter.capabilities.streaming:
        pytest.skip("replies are not shown while they are written")
    place = await stage.harness.place("ada")
    files = (Attachment("scores.png", "image/png", PNG, "Courage 7 of 10."),)
    post = post_for(place, "Your scores", attachments=files)
    longer = saying(post, many_words(stage.harness.long * 2), partial=True)
    begun = await stage.adapter.begin(longer, repeat=False)
    await stage.adapter.fill(longer, begun.platform_id)
    await stage.adapter.fill(post, begun.platform_id)
    assert has_file(await stage.harness.shown(place), "scores.png", "Courage 7 of 10.")


def has_file(shown: list[Shown], name: str, alt: str) -> bool:
    return any(name in line.files or alt in line.text for line in shown)


async def test_notice_and_error_are_read(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await show(stage, post_for(place, "Welcome.", notice="I am a machine."))
    told = "That line was empty."
    await show(stage, post_for(place, told, error="The message was empty."))
    text = await text_of(stage, place)
    assert "Welcome." in text
    assert "I am a machine." in text
    assert told in text


async def test_many_choices_can_all_be_read(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    labels = [f"Coach number {number}" for number in range(40)] + ["long " * 30 + "label"]
    post = post_for(place, choices=tuple(Choice(f"c{n}", one) for n, one in enumerate(labels)))
    await show(stage, post)
    shown = await stage.harness.shown(place)
    read = [label for line in shown for label in line.choices] + [line.text for line in shown]
    for label in labels:
        assert any(label in one for one in read), label


async def test_replies_stand_in_the_order_they_were_sent(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    for number in range(5):
        await show(stage, post_for(place, f"Number {number}"))
    assert words(await text_of(stage, place))[1::2] == ["0", "1", "2", "3", "4"]


async def test_a_platform_that_is_busy_says_how_long(stage: Stage) -> None:
    stage.needs("busy")
    place = await stage.harness.place("ada")
    post = post_for(place)
    await stage.harness.next_call("busy")
    with pytest.raises(TryLaterError) as told:
        await stage.adapter.begin(post, repeat=False)
    assert told.value.after > 0
    assert await stage.harness.shown(place) == []
    await show(stage, post, repeat=True)
    assert len(await stage.harness.shown(place)) == 1


async def test_an_answer_that_got_lost_is_no_second_reply(stage: Stage) -> None:
    stage.needs("cut")
    place = await stage.harness.place("ada")
    post = post_for(place)
    await stage.harness.next_call("cut")
    with pytest.raises(Exception):  # noqa: B017  # whatever it is, it decides nothing
        await stage.adapter.begin(post, repeat=False)
    await show(stage, post, repeat=True)
    assert len(await stage.harness.shown(place)) == 1


async def test_a_place_that_is_gone_gets_nothing(stage: Stage) -> None:
    stage.needs("gone")
    place = await stage.harness.place("ada")
    post = post_for(place)
    platform_id = await show(stage, post)
    await stage.harness.close(place)
    with pytest.raises(UndeliverableError):
        await stage.adapter.begin(post_for(place), repeat=False)
    with pytest.raises(UndeliverableError):
        await stage.adapter.begin(post_for(place), repeat=True)
    with pytest.raises(UndeliverableError):
        await stage.adapter.fill(post, platform_id)


async def test_a_repeat_without_history_decides_nothing(stage: Stage) -> None:
    stage.needs("blind")
    place = await stage.harness.place("ada")
    await stage.harness.blind()
    with pytest.raises(CannotLookError):
        await stage.adapter.begin(post_for(place), repeat=True)
    assert await stage.harness.shown(place) == []


async def test_announcing_a_reply_shows_none(stage: Stage) -> None:
    place = await stage.harness.place("ada")
    await stage.adapter.busy(place.conversation)
    assert await stage.harness.shown(place) == []
