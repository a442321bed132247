"""What came of a run: counted from the platform's own log, and held against the database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from storage.queries import Row, table
from tests.chaos.entries import Entry

_NUMBER = re.compile(r"\bNumber (\d+):")
_ANSWERED = "done"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database holds of a run: rows of events, replies, and the transcript.

    Attributes:
        lines: (conversation, role, text) of all transcripts.
    """

    events: Sequence[Row]
    replies: Sequence[Row]
    lines: Sequence[tuple[str, str, str]]


@dataclass(slots=True)
class Count:
    """The figures of a run; all but messages and replies should be zero.

    Attributes:
        why: what is behind the figures that are not.
    """

    messages: int = 0
    replies: int = 0
    lost: int = 0
    replies_lost: int = 0
    twice: int = 0
    out_of_order: int = 0
    unsure: int = 0
    why: list[str] = field(default_factory=list[str])


def kept(connection: Connection) -> Kept:
    """Read what the database holds."""
    inbox, outbox = table("inbox"), table("outbox")
    messages, sessions = table("messages"), table("persona_sessions")
    lines = connection.execute(
        select(sessions.c.conversation, messages.c.role, messages.c.text)
        .join(sessions, sessions.c.id == messages.c.session_id)
        .order_by(messages.c.id)
    )
    return Kept(
        [dict(row) for row in connection.execute(select(inbox).order_by(inbox.c.id)).mappings()],
        [dict(row) for row in connection.execute(select(outbox).order_by(outbox.c.id)).mappings()],
        [(row[0], row[1], row[2]) for row in lines],
    )


def count(
    log: Sequence[Entry],
    held: Kept,
    event_key: Callable[[str, str], str],
    person_of: Callable[[str], str],
) -> Count:
    """The figures.

    Args:
        event_key: of a person's message.
        person_of: who talks in a conversation.
    """
    done = Count()
    shown = _shown(log)
    done.messages = sum(entry.what == "said" for entry in log)
    done.replies = len(shown)
    covers = _covering(log, held, event_key, shown, done)
    _count_replies(log, held, shown, done)
    _count_order(shown, covers, done)
    _count_transcript(log, held, shown, done, person_of)
    done.unsure = sum(row["state"] == "unsure" for row in held.replies)
    return done


@dataclass(slots=True)
class _Reply:
    """A reply as the platform shows it: its first lines (there should be one), its last text."""

    person: str
    firsts: list[str]
    answers: str
    text: dict[str, str]


def _shown(log: Iterable[Entry]) -> dict[str, _Reply]:
    """Replies by key, in the order in which they appeared."""
    shown: dict[str, _Reply] = {}
    for entry in log:
        if entry.what == "posted":
            reply = shown.setdefault(entry.key, _Reply(entry.person, [], entry.answers, {}))
            if entry.part == 0:
                reply.firsts.append(entry.message)
        if entry.what in {"posted", "edited"}:
            shown[entry.key].text[entry.message] = entry.text
        if entry.what == "deleted":
            shown[entry.key].text.pop(entry.message, None)
    return shown


def _covering(
    log: Sequence[Entry],
    held: Kept,
    event_key: Callable[[str, str], str],
    shown: dict[str, _Reply],
    done: Count,
) -> dict[str, list[int]]:
    """Numbers of the messages that each reply covers; counts messages without one as lost."""
    events = {row["event_key"]: row for row in held.events}
    numbers: Counter[str] = Counter()
    covers: dict[str, list[int]] = defaultdict(list)
    for entry in log:
        if entry.what != "said":
            continue
        number = numbers[entry.person]
        numbers[entry.person] += 1
        row = events.get(event_key(entry.person, entry.message))
        if row is None or row["state"] != _ANSWERED or row["reply_key"] is None:
            done.lost += 1
            state = row["state"] if row else "never stored"
            done.why.append(f"lost: {entry.person} {number} ({state})")
        else:
            covers[row["reply_key"]].append(number)
            if row["reply_key"] not in shown:
                done.lost += 1
                done.why.append(f"lost: {entry.person} {number}: its reply does not show")
    return covers


def _count_replies(log: Sequence[Entry], held: Kept, shown: dict[str, _Reply], done: Count) -> None:
    for row in held.replies:
        if row["reply_key"] not in shown or row["state"] != "sent":
            done.replies_lost += 1
            done.why.append(f"reply lost: {row['reply_key']} is {row['state']}")
    answered: Counter[tuple[str, str]] = Counter()
    for key, reply in shown.items():
        answered[reply.person, reply.answers] += 1
        if len(reply.firsts) > 1:
            done.twice += len(reply.firsts) - 1
            done.why.append(f"twice: {key} in {reply.firsts}")
    for (person, message), many in answered.items():
        if many > 1:
            done.twice += many - 1
            done.why.append(f"twice: {person} {message} has {many} replies")


def _count_order(shown: dict[str, _Reply], covers: dict[str, list[int]], done: Count) -> None:
    """By what the platform shows: each reply covers messages after those of the one before."""
    last: dict[str, int] = defaultdict(lambda: -1)
    for key, reply in shown.items():
        numbers = covers.get(key, [])
        for number in numbers:
            if number <= last[reply.person]:
                done.out_of_order += 1
                done.why.append(f"out of order: {reply.person} {number} in {key}")
            last[reply.person] = max(last[reply.person], number)


def _count_transcript(
    log: Sequence[Entry],
    held: Kept,
    shown: dict[str, _Reply],
    done: Count,
    person_of: Callable[[str], str],
) -> None:
    """Each message stands in the transcript once, and each reply of it on the platform."""
    told: Counter[tuple[str, int]] = Counter()
    seen: dict[str, list[str]] = defaultdict(list)
    for reply in shown.values():
        # A long one stands in several lines, broken where there was a blank.
        seen[reply.person].append(_bare("".join(reply.text.values())))
    for conversation, role, text in held.lines:
        person = person_of(conversation)
        if role == "user":
            told.update((person, int(number)) for number in _NUMBER.findall(text))
        elif not any(_bare(text) in one for one in seen[person]):
            done.replies_lost += 1
            done.why.append(f"reply lost: {person} never saw “{text[:60]}”")
    for entry in log:
        for number in _NUMBER.findall(entry.text) if entry.what == "said" else ():
            if not told[entry.person, int(number)]:
                done.lost += 1
                done.why.append(f"lost: {entry.person} {number} is not in the transcript")
    for (person, number), many in told.items():
        if many > 1:
            done.twice += many - 1
            done.why.append(f"twice: {person} {number} was worked on {many} times")


def _bare(text: str) -> str:
    # A platform may put the question in bold.
    return "".join(text.split()).replace("*", "")
