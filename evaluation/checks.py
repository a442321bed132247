"""The shape of a reply: one question, short, whole, reflecting, without advice nobody asked for.

The checks know the command line contract and the rules of the product, nothing of the engine's
inside: they would judge another engine in the same way. Each returns the offending lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evaluation import wording
from evaluation.sessions import Talk
from evaluation.steps import RECENT, Problem, Step, asked_by_user, steps

LONGEST, LONGEST_ASKED = 90, 450
KEYS = frozenset(
    {
        "session",
        "coach",
        "phase",
        "progress",
        "text",
        "question",
        "quality",
        "insights",
        "choices",
        "safety",
        "paused",
        "done",
        "voice",
        "sources",
        "notice",
        "error",
    }
)
# So many words of a card in a reply are its advice and not a question from it.
_CARD_WORDS = 20
_BEFORE = rf"^(?:\W*(?:{wording.alternatives('before_order')}),? )*"
_ORDER = re.compile(rf"{_BEFORE}(?:{wording.alternatives('orders')})\b", re.I)
_INVITATION = re.compile(rf"{_BEFORE}(?:{wording.alternatives('invitations')})\b", re.I)
_WAYS_OUT = re.compile(wording.alternatives("ways_out"), re.I)
_ADVICE = re.compile(wording.alternatives("advice"), re.I)
# An unfilled blank, an empty quote, doubled or stray punctuation, a lower-case start.
_BROKEN = re.compile(r"\{\w*\}|“”|\bNone\b(?! of)|\s[.,?!](?!\d)|[.?!][.,?!]|[.?!]”\.|^[a-z]")


def reflections(step: Step) -> int:
    """How many statements of the reply give back words of the user's last three messages."""
    recent = step.earlier[-RECENT:]
    return sum(
        wording.is_reflection(sentence, recent) for sentence in wording.statements(step.text)
    )


def questions(step: Step) -> int:
    """How many sentences of the reply are questions."""
    return sum(wording.is_question(sentence) for sentence in wording.sentences(step.text))


def shape(talk: Talk) -> Iterator[Problem]:
    """One question, which is part of the text; short; all keys; no error; no empty reply."""
    for step in steps(talk):
        line = step.line
        long_text = asked_by_user(step) or step.shows_plan or step.about_safety
        # Titles of studies and the user's words in a plan may hold a question mark of their own.
        marks = questions(step) if long_text else step.text.count("?")
        lacking = KEYS - set(line)
        if lacking:
            yield step.problem("keys", ", ".join(sorted(lacking)))
        if marks > 1:
            yield step.problem("one question", f"{marks} question marks")
        if line["question"] is not None and str(line["question"]) not in step.text:
            yield step.problem("question in text", str(line["question"]))
        if line["error"] is not None:
            yield step.problem("error", str(line["error"]))
        if not step.text.strip():
            yield step.problem("empty reply", "")
        limit = LONGEST_ASKED if long_text else LONGEST
        count = len(step.text.split())
        if count > limit:
            yield step.problem("length", f"{count} words, {limit} allowed")
        plain = wording.plain(step.text)
        broken = _BROKEN.search(plain)
        if broken:
            yield step.problem(
                "broken text", plain[max(0, broken.start() - 20) : broken.end() + 20]
            )


def unasked_advice(step: Step) -> str | None:
    """The sentence of a reply that advises without having been asked; None where there is none.

    An invitation to go on telling is no advice, and words of the user given back are theirs.
    """
    recent = step.earlier[-RECENT:]
    for sentence in wording.statements(step.text):
        bare = wording.without_quotes(sentence)
        if (
            wording.is_reflection(sentence, recent)
            or bare.startswith("For example")
            or _WAYS_OUT.search(bare)
        ):
            continue
        if _ADVICE.search(bare) or (_ORDER.match(bare) and not _INVITATION.match(bare)):
            return sentence
    for source in step.line["sources"]:
        text = str(source["text"])
        if source["kind"] == "card" and len(text.split()) > _CARD_WORDS and text[:60] in step.text:
            return text[:120]
    return None
