"""A reply shows once and whole, whatever the platform does and whoever dies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.inbox import live, policy
from bot.inbox.contract import Begun, CannotLookError, Post, TryLaterError, UndeliverableError
from bot.inbox.service import Inbox
from tests.inbox.desk import FIRST, Desk, kill, until

GOAL = "I want to lead a team of bakers one day"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "REPLY_BACKOFF", (0.0, 0.0, 0.0))


async def test_a_call_that_was_cut_off_shows_nothing_twice(desk: Desk) -> None:
    desk.screen.cut = [RuntimeError("cut"), TimeoutError()]
    desk.open()
    await desk.say("/coach help")
    await desk.answered(1)
    (line,) = desk.screen.lines.values()
    assert line.posts == 1
    assert len(line.text) > FIRST
    (row,) = await desk.rows("outbox")
    assert (row["state"], row["attempts"], row["body"]) == ("sent", 2, None)


async def test_a_worker_that_died_before_it_sent_is_replaced(desk: Desk) -> None:
    dead = desk.open()
    hung = asyncio.Event()
    begin = desk.screen.begin

    async def hang(*_: Any, **__: Any) -> Any:
        hung.set()
        await asyncio.Event().wait()

    desk.screen.begin = hang  # type: ignore[method-assign]
    await desk.say("/coach help")
    await hung.wait()
    await kill(dead)
    assert (await desk.rows("outbox"))[0]["state"] == "sending"
    desk.screen.begin = begin  # type: ignore[method-assign]
    await desk.change("mailbox", lease_until=None)
    desk.open()
    await desk.answered(1)
    assert [line.posts for line in desk.screen.lines.values()] == [1]


async def test_a_long_reply_is_filled_in_by_whoever_lives(desk: Desk) -> None:
    dead = desk.open()
    hung = asyncio.Event()
    fill = desk.screen.fill

    async def hang(*_: Any) -> None:
        hung.set()
        await asyncio.Event().wait()

    desk.screen.fill = hang  # type: ignore[method-assign]
    await desk.say("/coach help")
    await hung.wait()
    await kill(dead)
    assert [len(text) for text in desk.screen.texts()] == [FIRST]
    assert (await desk.rows("outbox"))[0]["state"] == "filling"
    desk.screen.fill = fill  # type: ignore[method-assign]
    await desk.change("mailbox", lease_until=None)
    desk.open()
    (text,) = await desk.answered(1)
    assert "/coach forget" in text
    assert desk.screen.begins == 1


async def test_a_busy_platform_is_left_alone_as_long_as_it_asks(desk: Desk) -> None:
    desk.screen.faults = [TryLaterError(120.0)]
    desk.open(merge=False)
    await desk.say("/coach help")

    async def held() -> bool:
        rows, boxes = await desk.rows("outbox"), await desk.rows("mailbox")
        return bool(rows) and rows[0]["next_at"] is not None and boxes[0]["owner"] is None

    await until(held)
    # Whoever writes on does not make the platform be asked again.
    await desk.say("/coach sessions")

    async def looked() -> bool:
        (box,), (row,) = await desk.rows("mailbox"), await desk.rows("outbox")
        return box["owner"] is None and box["ready_at"] == row["next_at"]

    await until(looked)
    assert desk.screen.begins == 1
    (row,) = await desk.rows("outbox")
    assert row["attempts"] == 0
    past = row["created_at"]
    await desk.change("outbox", next_at=past)
    await desk.change("mailbox", ready_at=past)
    desk.inboxes[-1].worker.wake()
    assert len(await desk.answered(2)) == 2
    assert desk.screen.begins == 3


async def test_a_place_that_is_gone_is_given_up_and_others_are_answered(desk: Desk) -> None:
    desk.screen.faults = [UndeliverableError("unknown_channel")]
    desk.open()
    await desk.say("/coach help")
    await until(lambda: settled(desk))
    await desk.say("/coach sessions")
    await desk.answered(1)
    assert [row["state"] for row in await desk.rows("outbox")] == ["failed", "sent"]


async def settled(desk: Desk) -> bool:
    rows = await desk.rows("outbox")
    return bool(rows) and rows[-1]["settled_at"] is not None


async def test_a_reply_that_can_not_be_shown_is_given_up_at_last(desk: Desk) -> None:
    desk.screen.faults = [RuntimeError("broken")] * 4
    desk.open()
    await desk.say("/coach help")
    await until(lambda: settled(desk))
    (row,) = await desk.rows("outbox")
    assert (row["state"], row["attempts"]) == ("failed", 4)
    await desk.say("/coach sessions")
    await desk.answered(1)


async def test_what_may_not_have_been_shown_is_offered_and_shown_again(desk: Desk) -> None:
    desk.screen.faults = [RuntimeError("who knows"), CannotLookError("blind")]
    desk.open()
    await desk.say("/coach help")
    assert await desk.answered(1) == [policy.UNSURE]
    (offer,) = desk.screen.lines.values()
    assert offer.choices == (policy.SHOW_AGAIN,)
    assert [row["state"] for row in await desk.rows("outbox")] == ["unsure", "sent"]
    await desk.pick(policy.REPEAT)
    texts = await desk.answered(2)
    assert "/coach forget" in texts[1]
    rows = await desk.rows("outbox")
    assert [row["state"] for row in rows] == ["repeated", "sent", "sent"]
    assert all(row["body"] is None for row in rows)
    # The button is still there to be pressed.
    await desk.pick(policy.REPEAT)
    assert (await desk.answered(3))[2] == policy.NOTHING_TO_SHOW


async def test_an_offer_may_be_taken_in_words_and_is_not_offered_itself(desk: Desk) -> None:
    desk.screen.faults = [RuntimeError("who knows"), CannotLookError("blind")] * 2
    inbox = desk.open()
    await desk.say("/coach help")
    await until(lambda: settled(desk))

    async def over() -> bool:
        rows = await desk.rows("outbox")
        return [row["state"] for row in rows] == ["unsure", "failed"]

    await until(over)
    assert desk.screen.lines == {}
    await inbox.accept("w1", desk.message(" show it AGAIN "))
    assert "/coach forget" in (await desk.answered(1))[0]


async def test_a_slow_reply_shows_as_it_grows_and_is_finished(desk: Desk) -> None:
    desk.open(stream_after_s=0.0)
    await desk.say("/coach executive_coach")
    await desk.answered(1)
    go_on = desk.voice.go_on = asyncio.Event()
    await desk.say(GOAL)
    await until(lambda: begun(desk))
    assert desk.screen.texts()[-1] == "Let me think"
    go_on.set()
    texts = await desk.answered(2)
    assert texts[-1] != "Let me think"
    line = list(desk.screen.lines.values())[-1]
    assert (line.partial, line.posts) == (False, 1)


async def begun(desk: Desk) -> bool:
    return any(row["state"] == "begun" for row in await desk.rows("outbox"))


async def test_a_reply_begun_by_who_died_is_finished_not_repeated(desk: Desk) -> None:
    dead = desk.open(stream_after_s=0.0)
    await desk.say("/coach executive_coach")
    await desk.answered(1)
    desk.voice.go_on = asyncio.Event()
    await desk.say(GOAL)
    await until(lambda: begun(desk))
    await kill(dead)
    desk.voice.go_on = None
    await desk.change("mailbox", lease_until=None)
    desk.open()
    texts = await desk.answered(2)
    assert len(texts) == 2
    line = list(desk.screen.lines.values())[-1]
    # Where it stands was known: nobody had to look for it.
    assert desk.screen.begins == 2
    assert line.text != "Let me think"
    assert (line.partial, line.posts) == (False, 1)
    told = [row["text"] for row in await desk.rows("messages")]
    assert told.count(GOAL) == 1
    assert line.text in told


async def test_a_reply_that_began_and_failed_for_good_ends_as_the_apology(desk: Desk) -> None:
    inbox = desk.open(stream_after_s=0.0, backoff=())
    await desk.say("/coach executive_coach")
    await desk.answered(1)
    desk.voice.go_on = asyncio.Event()
    await desk.say(GOAL)
    await until(lambda: begun(desk))

    def stall(*_: Any) -> None:
        raise RuntimeError("stalled")

    inbox.worker._around.engine.conclude = stall  # type: ignore[method-assign]
    desk.voice.go_on.set()
    texts = await desk.answered(2)
    assert texts[1] == policy.APOLOGY
    assert [line.posts for line in desk.screen.lines.values()] == [1, 1]


async def announced(desk: Desk) -> bool:
    return any(row["settled_at"] is None for row in await desk.rows("outbox"))


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds after which replies show that are announced at once, and come before that."""
    monkeypatch.setattr(live, "_AHEAD_S", 7200.0)
    return 3600.0


async def thinking(desk: Desk, after: float) -> Inbox:
    """A turn whose words are on their way, and its reply in the outbox already."""
    inbox = desk.open(stream_after_s=after)
    await desk.say("/coach executive_coach")
    await desk.answered(1)
    desk.voice.part = ""
    desk.voice.go_on = asyncio.Event()
    await desk.say(GOAL)
    await until(lambda: announced(desk))
    return inbox


async def test_a_reply_is_announced_before_there_are_words(
    desk: Desk, early: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = await thinking(desk, early)
    row = (await desk.rows("outbox"))[-1]
    assert (row["body"], row["platform_id"], row["state"]) == (None, None, "sending")
    assert desk.screen.begins == 1
    # Nobody but this turn has shown it, so nobody has to look for it.
    repeats: list[bool] = []
    begin = desk.screen.begin

    async def noting(post: Post, *, repeat: bool) -> Begun:
        repeats.append(repeat)
        return await begin(post, repeat=repeat)

    monkeypatch.setattr(desk.screen, "begin", noting)
    assert desk.voice.go_on is not None
    desk.voice.go_on.set()
    await desk.answered(2)
    assert repeats[0] is False
    assert [line.posts for line in desk.screen.lines.values()] == [1, 1]
    assert len(await desk.rows("outbox")) == 2
    assert inbox.worker.lanes == 0


async def test_an_announced_reply_of_who_died_is_shown_once(desk: Desk, early: float) -> None:
    await kill(await thinking(desk, early))
    desk.voice.go_on = None
    await desk.change("mailbox", lease_until=None)
    desk.open()
    texts = await desk.answered(2)
    assert [line.posts for line in desk.screen.lines.values()] == [1, 1]
    told = [row["text"] for row in await desk.rows("messages")]
    assert told.count(GOAL) == 1
    assert texts[-1] in told


async def test_an_announcement_that_comes_late_leaves_the_reply_as_it_is(
    desk: Desk, early: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Postgres it is written by another connection than the turn."""
    desk.open(stream_after_s=early)
    await desk.say("/coach executive_coach")
    await desk.answered(1)
    group, held, over = desk.inboxes[0].worker._around.group, asyncio.Event(), asyncio.Event()
    run, wanted = group.run, live.Live._keep

    async def late(key: str, work: Any) -> Any:
        if getattr(work, "__func__", None) is wanted:
            await held.wait()
            await run(key, work)
            over.set()
            return None
        return await run(key, work)

    monkeypatch.setattr(group, "run", late)
    conclude, kept = desk.engine.conclude, list[Any]()

    async def first(*args: Any) -> Any:
        turned = await conclude(*args)
        held.set()
        await over.wait()
        kept.append((await desk.rows("outbox"))[-1]["body"])
        return turned

    monkeypatch.setattr(desk.engine, "conclude", first)
    desk.voice.part = ""
    desk.voice.go_on = asyncio.Event()
    desk.voice.go_on.set()
    await desk.say(GOAL)
    texts = await desk.answered(2)
    assert texts[-1] in [row["text"] for row in await desk.rows("messages")]
    # Were this worker to die now, the next one would find what to show.
    assert [one["turn"]["reply"]["text"] for one in kept] == texts[-1:]
