"""The count of a run sees what it is there to see."""

from __future__ import annotations

from typing import Any

from tests.chaos.count import Count, Kept, count
from tests.chaos.entries import Entry

PLACE = "chatroom:t1:p1:main"


def _key(person: str, message: str) -> str:
    return f"{person}/{message}"


def _person(conversation: str) -> str:
    return conversation.split(":")[2]


def said(number: int) -> Entry:
    return Entry("said", "p1", f"m{number}", f"Number {number}: I bake", "", 0, "")


def posted(key: str, answers: str, text: str, message: str = "") -> Entry:
    return Entry("posted", "p1", message or f"b-{key}", text, key, 0, answers)


def event(number: int, key: str | None, state: str = "done") -> dict[str, Any]:
    return {"event_key": f"p1/m{number}", "state": state, "reply_key": key, "id": number}


def reply(key: str, state: str = "sent") -> dict[str, Any]:
    return {"reply_key": key, "state": state}


def lines(*pairs: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(PLACE, role, text) for role, text in pairs]


LOG = [said(1), posted("k1", "m1", "Good."), said(2), said(3), posted("k2", "m2", "Go on.")]
KEPT = Kept(
    [event(1, "k1"), event(2, "k2"), event(3, "k2")],
    [reply("k1"), reply("k2")],
    lines(
        ("user", "Number 1: I bake"),
        ("coach", "Good."),
        ("user", "Number 2: I bake\nNumber 3: I bake"),
        ("coach", "Go on."),
    ),
)


def counted(log: list[Entry] = LOG, **changed: Any) -> Count:
    kept = {"events": KEPT.events, "replies": KEPT.replies, "lines": KEPT.lines, **changed}
    done = count(log, Kept(**kept), _key, _person)
    assert done.messages == sum(entry.what == "said" for entry in log)
    return done


def figures(done: Count) -> tuple[int, int, int, int, int]:
    return done.lost, done.replies_lost, done.twice, done.out_of_order, done.unsure


def test_all_is_well() -> None:
    done = counted()
    assert figures(done) == (0, 0, 0, 0, 0)
    assert (done.messages, done.replies) == (3, 2)


def test_a_message_without_a_reply_is_lost() -> None:
    assert counted(events=KEPT.events[:2]).lost == 1
    assert counted(events=[*KEPT.events[:2], event(3, "k2", "dead")]).lost == 1
    assert counted(events=[*KEPT.events[:2], event(3, None)]).lost == 1
    assert counted(lines=KEPT.lines[1:]).lost == 1


def test_a_reply_that_does_not_show_is_lost() -> None:
    done = counted([*LOG[:-1]])
    assert (done.lost, done.replies_lost) == (2, 2)
    assert counted(replies=[reply("k1"), reply("k2", "failed")]).replies_lost == 1
    cut = [*LOG[:-1], posted("k2", "m2", "Go")]
    assert counted(cut).replies_lost == 1
    filled = [*cut, Entry("edited", "p1", "b-k2", "Go on.", "k2", 0, "m2")]
    assert figures(counted(filled)) == (0, 0, 0, 0, 0)


def test_what_shows_twice_or_was_worked_on_twice_is_seen() -> None:
    assert counted([*LOG, posted("k2", "m2", "Go on.", "b-other")]).twice == 1
    assert counted([*LOG, posted("k9", "m2", "Go on.")]).twice == 1
    again = [*KEPT.lines, (PLACE, "user", "Number 1: I bake")]
    assert counted(lines=again).twice == 1


def test_a_reply_that_comes_too_late_is_out_of_order() -> None:
    late = [said(1), said(2), said(3), posted("k2", "m2", "Go on."), posted("k1", "m1", "Good.")]
    assert counted(late).out_of_order == 1


def test_what_is_not_known_is_unsure() -> None:
    done = counted(replies=[reply("k1"), reply("k2", "unsure")])
    assert (done.unsure, done.replies_lost) == (1, 1)
