"""What is said twice: coaching questions, set sentences, long answers (rule 3 of the product)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz.fuzz import ratio

from evaluation import wording
from evaluation.sessions import Biography
from evaluation.steps import Problem, Step, asked_by_user, steps

REST_TURNS = 20
# Percent; two questions that differ by a word are the same question to the one who is asked.
ALIKE = 90.0
_SCALE = re.compile(r"^from (?:0|1|zero|one)\b|\bfrom 1 to 5\b|\bone step up\b", re.I)
_AGAIN = re.compile(wording.alternatives("once_more"), re.I)
# "For example:" and its like introduce what follows; they are no sentence of their own.
_FRAME_WORDS = 3
_LONG_ANSWER = 30


def questions_twice(biography: Biography) -> Iterator[Problem]:
    """Coaching questions put twice in one person's life, also in nearly the same words."""
    asked: list[tuple[str, str]] = []
    for talk in biography.talks:
        opening = talk.exchanges[0].line
        put = (step for step in steps(talk) if not _may_repeat(step))
        entries = [(0, opening), *((step.number, step.line) for step in put)]
        for number, line in entries:
            question = str(line["question"] or "")
            if not question or _SCALE.search(question):
                continue
            now = wording.normal(question)
            before = next(
                (where for old, where in asked if old == now or ratio(old, now) >= ALIKE), None
            )
            if before is not None:
                yield Problem(
                    "question twice",
                    f"{talk.person} · {talk.coach} · turn {number}",
                    f"first at {before}",
                    question,
                )
            asked.append((now, f"{talk.coach} · turn {number}"))


def _may_repeat(step: Step) -> bool:
    """Whether the user wanted the question again, or coaching was away for a while."""
    before = step.talk.exchanges[step.number - 1].line
    return bool(_AGAIN.search(step.user) or step.about_safety or before["paused"])


def frame_of(sentence: str, said: Sequence[str]) -> str | None:
    """The coach's own part of a statement; None when the sentence is mostly the user's words."""
    own = wording.without_quotes(sentence)
    head, colon, _ = own.partition(": ")
    if colon and len(wording.words(head)) >= 2:
        own = head
    carried = wording.content(own)
    known = {word for message in said for word in wording.content(message)}
    if not wording.words(own) or (
        carried and len(carried & known) > len(carried) / 2 and len(wording.words(own)) > 3
    ):
        return None
    return wording.normal(own) if len(wording.words(own)) >= _FRAME_WORDS else None


def frames_twice(biography: Biography) -> Iterator[Problem]:
    """Set sentences said twice to one person within twenty turns."""
    heard_at: dict[str, int] = {}
    turn = 0
    for talk in biography.talks:
        for step in steps(talk):
            turn += 1
            if step.about_safety or step.line["error"] or step.user.startswith("/"):
                continue
            # Taking up the talk after a pause for safety is a return.
            if step.talk.exchanges[step.number - 1].line["paused"]:
                continue
            for sentence in _frames_to_check(step):
                frame = frame_of(sentence, step.earlier)
                if frame is None:
                    continue
                before = heard_at.get(frame)
                if before is not None and turn - before <= REST_TURNS and before != turn:
                    yield step.problem(
                        "sentence twice", f"{turn - before} turns after the first time", sentence
                    )
                heard_at[frame] = turn


def answers_twice(biography: Biography) -> Iterator[Problem]:
    """The same long answer given to one person again."""
    given: list[str] = []
    for talk in biography.talks:
        for step in steps(talk):
            answer = " ".join(wording.statements(step.text))
            if not asked_by_user(step) or step.shows_plan or len(answer.split()) < _LONG_ANSWER:
                continue
            if any(ratio(answer, one) >= ALIKE for one in given):
                yield step.problem("answer twice", f"{len(answer.split())} words")
            given.append(answer)


def _frames_to_check(step: Step) -> list[str]:
    """The statements of a reply that are no plan line, no scale, no answer asked for."""
    if step.shows_plan or asked_by_user(step):
        return []
    listed = {wording.normal(one) for one in re.findall(r"^\d+\. (.+)$", step.text, re.M)}
    return [one for one in wording.statements(step.text) if wording.normal(one) not in listed]
