"""What is merged, and what is stored and read back, for any events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot import inbound
from bot.engine.turned import Turned
from bot.inbound import Message, Overflow, Sender
from bot.inbox.codec import event_from, event_json, kind_of, outcome_from, outcome_json
from bot.inbox.merging import next_work, reply_key
from bot.replies import Attachment, Audience, Choice, Reply, Source

words = st.text(max_size=40)
moments = st.datetimes(timezones=st.just(UTC))
senders = st.builds(Sender, words, words, words, st.none() | words)
places = st.sampled_from(["memory:t1:c1:main", "memory:t1:c2:main"])
pairs = st.tuples(words, words)
TEXTS = st.sampled_from(
    ["I lead a team", "/coach help", "summary", "2", "3.", " ", "Show it again", "x" * 5000]
)
messages = st.builds(
    Message,
    conversation=places,
    message_id=words,
    sender=senders,
    text=TEXTS | words,
    sent_at=moments,
    files=st.just(()) | st.tuples(words),
)
common: dict[str, Any] = {
    "conversation": places,
    "message_id": words,
    "sender": senders,
    "sent_at": moments,
}
events = st.one_of(
    messages,
    messages.flatmap(lambda one: st.just(one)),
    st.builds(inbound.Command, **common, name=words, argument=words),
    st.builds(inbound.Edit, **common, text=words),
    st.builds(inbound.Delete, **common),
    st.builds(inbound.Feedback, **common, value=st.sampled_from([-1, 1]), note=words),
    st.builds(inbound.Choice, **common, choice=words),
    st.builds(inbound.Opened, **common, coach=st.none() | words, resume=st.booleans()),
    st.builds(inbound.TenantGone, **common),
    st.builds(Overflow, **common),
)
replies = st.builds(
    Reply,
    text=words,
    question=st.none() | words,
    choices=st.lists(st.builds(Choice, words, words), max_size=3).map(tuple),
    sources=st.lists(st.builds(Source, st.sampled_from(["user", "card"]), words, words)).map(tuple),
    audience=st.sampled_from(Audience),
    coach=st.none() | words,
    notice=st.none() | words,
    error=st.none() | words,
    reply_id=st.none() | words,
    attachments=st.lists(
        st.builds(Attachment, words, words, st.binary(max_size=20), words), max_size=2
    ).map(tuple),
)
AT = datetime(2026, 11, 23, tzinfo=UTC)


def rows_of(batch: list[Any]) -> list[dict[str, Any]]:
    return [
        {"id": n, "event_key": f"k{n}", "kind": kind_of(one), "payload": event_json(one)}
        for n, one in enumerate(batch)
    ]


@given(events)
def test_an_event_is_read_back_as_it_was(event: Any) -> None:
    assert event_from(kind_of(event), event_json(event)) == event


@given(replies, st.booleans())
def test_an_outcome_is_read_back_as_it_was(reply: Reply, done: bool) -> None:
    turned = Turned(reply, session="s", coach="c", insights=({"id": 1},), done=done)
    assert outcome_from(outcome_json(turned)) == turned


@given(st.lists(events, min_size=1, max_size=30), st.booleans())
def test_all_is_worked_off_in_order_and_once(batch: list[Any], merge: bool) -> None:
    rows = rows_of(batch)
    done: list[int] = []
    while rows:
        work = next_work(rows, merge=merge)
        assert work.rows == tuple(rows[: len(work.rows)])
        assert work.rows
        assert merge or len(work.rows) == 1
        assert work.reply_key == reply_key(rows[0]["event_key"])
        done += [row["id"] for row in work.rows]
        taken = [batch[row["id"]] for row in work.rows]
        if len(taken) > 1:
            check_merged(work.event, taken)
        else:
            assert work.event == taken[0]
        rows = rows[len(work.rows) :]
    assert done == list(range(len(batch)))


def check_merged(event: Any, taken: list[Any]) -> None:
    assert all(isinstance(one, Message) and not one.files for one in taken)
    assert len({one.conversation for one in taken}) == 1
    assert event.parts == tuple((one.message_id, one.text) for one in taken)
    assert event.text == "\n".join(one.text for one in taken)
    assert len(event.text) <= 8000 + len(taken)
    assert (event.message_id, event.sender) == (taken[0].message_id, taken[0].sender)
    assert event.sent_at == taken[-1].sent_at


def test_plain_talk_is_merged_and_what_is_no_talk_stands_alone() -> None:
    place, sender = "memory:t1:c1:main", Sender("memory", "t1", "ada")

    def lengths(*texts: str) -> list[int]:
        rows = rows_of([Message(place, f"m{n}", sender, one, AT) for n, one in enumerate(texts)])
        found: list[int] = []
        while rows:
            found.append(len(next_work(rows).rows))
            rows = rows[found[-1] :]
        return found

    assert lengths("I bake", "I lead", "I teach") == [3]
    assert lengths("I bake", "/coach help", "I lead", "I teach") == [1, 1, 2]
    assert lengths("I bake", "2", "summary", "I lead") == [1, 1, 1, 1]
    assert lengths(*["I bake"] * 45) == [20, 20, 5]
    assert lengths("x" * 7990, "y" * 20, "I lead") == [1, 2]


def test_the_key_of_a_reply_fits_every_platform() -> None:
    key = reply_key("chatroom:t1:c1:m1")
    assert len(key) == 24
    assert int(key, 16) >= 0
    assert key == reply_key("chatroom:t1:c1:m1") != reply_key("chatroom:t1:c1:m2")
