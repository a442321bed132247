"""Chooses which words of the user to give back before asking.

Simple and double-sided reflections in the sense of motivational interviewing (Miller and Rollnick):
what carries most weight for the person comes first, and nothing is given back twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.engine.brief import FrameKind, Reflection
from bot.engine.cues import Kind
from bot.engine.evidence import Clause, is_empty_answer, short_quote
from bot.engine.retell import fragment, retell
from bot.engine.text import content_words, words

# A clause longer than this is quoted in part, and not retold.
_RETELL_WORDS = 20
_QUOTE_WORDS = 12
# A sentence up to this long is told back whole, as the person joined it.
_SENTENCE_WORDS = 24
_SECOND_FROM_WORDS = 16
# A longer one is told back in two where it is two, as people would say it.
_LONG_WORDS = 16
_ALONE_WORDS = 3
# A second reflection of fewer words says nothing the first did not.
_SECOND_WORDS = 4
# Begins the marks of words given back, which rest as long as a set phrase does.
GIVEN_BACK = "said."
# Hexadecimal digits of a mark: enough to tell the clauses of some forty turns apart.
_MARK = 6
_WEIGHT: tuple[tuple[Kind, FrameKind, float], ...] = (
    ("feeling", "feeling", 1.0),
    ("obstacle", "obstacle", 0.9),
    ("value", "value", 0.85),
    ("reason", "value", 0.8),
    ("wish", "wish", 0.8),
    ("strength", "achievement", 0.75),
)
_DRAWS: frozenset[Kind] = frozenset(("wish", "value", "strength", "resource"))
_HOLDS: frozenset[Kind] = frozenset(("obstacle", "feeling"))
_OPPOSED = re.compile(r"^(?:but|although|though|yet|whereas|however)\b", re.I)
_ADDED = re.compile(r"^(?:and|then|and then)\b", re.I)
_JOINT = re.compile(
    r"^(?:and|but|so|because|since|although|though|yet|then|or|while|which)\b[, ]*", re.I
)
_OPEN_END = re.compile(
    r"\b(?:and|or|but|the|a|an|to|of|for|with|my|his|her|their|our|"
    r"(?:think|say|know|hope|believe|so) that|which|who|because|if|when|i|we|"
    r"is|are|was|were|as|at|in|on|from|by|than|like|so|very|too|not)$",
    re.I,
)
# What no clause of one's own can end in; it may well end in "her", "in" or "not".
_OPEN_AT_ALL = re.compile(
    r"\b(?:and|or|but|the|a|an|my|their|our|which|who|because|if|when)$", re.I
)
_FILLER = re.compile(
    r"^(?:(?:i )?(?:do(?:n'?t| not) )?(?:know|think|guess|mean|suppose)|to be honest|"
    r"(?:i'?m )?not sure|no idea|dunno|idk|i(?:'?ve| have)? (?:already )?(?:said|told you|answered)"
    r"(?: that| this| it| so)?(?: already| before| twice)?|"
    # What agrees with the coach tells nothing of the person.
    r"(?:(?:yes|yeah|yep|ok(?:ay)?|sure|right)\W*)?"
    r"(?:that|this|it|(?:(?:that|this|the|your) )?plan)"
    r"(?:'?s| is| sounds| looks| seems)? (?:fits?|works?|suits|fine|good|ok(?:ay)?|right|great|"
    r"perfect|helpful)(?: for)?(?: me)?)\W*$",
    re.I,
)


def fingerprint(text: str) -> str:
    """A short key by which the same words are known again."""
    return hashlib.sha1(" ".join(words(text)).encode()).hexdigest()[:10]


def mark(clause: Clause) -> str:
    """The key under which a clause given back rests, beside the keys of the set phrases.

    It is that of the words as they are retold, so that "and I'm late" is "I'm late" again.
    """
    text = _JOINT.sub("", clause.span.text)
    return GIVEN_BACK + fingerprint(retell(text) or text)[:_MARK]


def reflections(
    read_clauses: Sequence[Clause],
    message: int,
    *,
    done_actions: Collection[str] = (),
    avoid: Collection[str] = (),
    at_most: int = 2,
    neutral: bool = False,
) -> tuple[Reflection, ...]:
    """The reflections of one message, weightiest first; none when it holds too little.

    Args:
        read_clauses: the message's clauses in order.
        message: its id.
        done_actions: quotes known to be something the person did or brought about.
        avoid: marks of what was given back lately.
        at_most: how many to give.
        neutral: the message tells a plan; "if I freeze, I …" is no obstacle to dwell on.
    """
    usable = [
        clause
        for clause in read_clauses
        if not clause.question and _says_something(clause) and mark(clause) not in avoid
    ]
    order = sorted(
        enumerate(usable), key=lambda pair: (-_weight(pair[1], done_actions)[1], -pair[0])
    )
    total = sum(len(words(clause.span.text)) for clause in read_clauses)
    wanted = at_most if total >= _SECOND_FROM_WORDS else 1
    made: list[tuple[int, Reflection]] = []
    for index, clause in order:
        if len(made) >= min(wanted, 2):
            break
        kind = _weight(clause, done_actions)[0]
        pair = None if neutral else _opposed(read_clauses, clause)
        if pair is not None and any(mark(side) in avoid for side in pair):
            pair = None
        sentence = [one for one in read_clauses if one.sentence == clause.sentence]
        # A clause that rests is not given back inside its sentence either.
        rests = any(mark(one) in avoid for one in sentence if _says_something(one))
        one = _reflection(clause, kind, message, pair, () if rests else sentence)
        if not made or _adds(one, made[0][1]):
            made.append((index, one))
    # In the order in which they were said, so that the reply reads like the story.
    told = [one for _, one in sorted(made, key=lambda pair: pair[0])]
    return tuple(replace(one, kind="plain") for one in told) if neutral else tuple(told)


def _says_something(clause: Clause) -> bool:
    text = clause.span.text
    # A word or two alone in its sentence is all of the answer.
    alone = len(words(clause.sentence.text)) <= _ALONE_WORDS and not is_empty_answer(text)
    least = 1 if alone or clause.kinds.keys() & {"feeling", "wish"} else 2
    return len(set(content_words(text))) >= least and not _FILLER.match(text)


def _adds(second: Reflection, first: Reflection) -> bool:
    """Whether a second reflection says something the first did not."""
    if second.you is None or second.other or len(words(second.you)) < _SECOND_WORDS:
        return False
    return second.quote != first.quote and not set(second.marks) & set(first.marks)


def _weight(clause: Clause, done_actions: Collection[str]) -> tuple[FrameKind, float]:
    best: tuple[FrameKind, float] = ("plain", 0.3)
    if any(clause.span.text in action or action in clause.span.text for action in done_actions):
        best = ("achievement", 0.82)
    for kind, frame, weight in _WEIGHT:
        if best[0] == "achievement" or (kind == "obstacle" and "if_then" in clause.kinds):
            continue
        told = clause.kinds.get(kind, 0.0) * weight
        if told > best[1]:
            best = (frame, told)
    length = len(content_words(clause.span.text))
    retellable = 0.12 if retell(clause.span.text) else 0.0
    return best[0], best[1] + retellable + min(length, 6) * 0.03


def _quoted_part(clause: Clause) -> str:
    """The exact words of a clause to quote: short, and not ending in the middle of a thought."""
    text = _JOINT.sub("", clause.span.text)
    quote = short_quote(text, _QUOTE_WORDS).rstrip(".!… ")
    whole = quote == text.strip(" ,;:.!…")
    open_end = _OPEN_AT_ALL if whole else _OPEN_END
    while open_end.search(quote) and " " in quote:
        quote = quote.rsplit(" ", 1)[0].rstrip(" ,;:")
    return quote


def _reflection(
    clause: Clause,
    kind: FrameKind,
    message: int,
    pair: tuple[Clause, Clause] | None,
    sentence: Sequence[Clause],
) -> Reflection:
    """A clause given back: against its other side, in its whole sentence, or alone.

    Args:
        clause: what to give back.
        kind: what it is about.
        message: the id of its message.
        pair: the clause and what stands against it, in the order said.
        sentence: the clauses of its sentence when that may be given back whole, else empty.
    """
    quote = _quoted_part(clause)
    if pair is not None:
        one, other = (_told(side) for side in pair)
        both = (mark(pair[0]), mark(pair[1]))
        if one and other and _pulls_both_ways(*pair):
            return Reflection(kind, quote, message, you=one, other=other, marks=both)
        if one and other and pair[0].sentence != pair[1].sentence:
            joined = f"{one}, but {other}"
            if len(words(joined)) <= _SENTENCE_WORDS:
                return Reflection(kind, quote, message, you=joined, marks=both)
    if sentence and len(words(clause.sentence.text)) <= _SENTENCE_WORDS and not _in_two(sentence):
        whole = _complete(retell(clause.sentence.text))
        if whole is not None:
            parts = tuple(mark(one) for one in sentence if _says_something(one))
            return Reflection(kind, clause.sentence.text, message, you=whole, marks=parts)
    you, own = _told(clause), (mark(clause),)
    if you is None:
        whole_or_part = (*(one.sentence.text for one in sentence[:1]), clause.span.text)
        echoes = (_complete(fragment(_JOINT.sub("", text))) for text in whole_or_part)
        echo = next((one for one in echoes if one), None)
        return Reflection(kind, quote, message, echo=echo, marks=own)
    return Reflection(kind, quote, message, you=you, marks=own)


def _in_two(sentence: Sequence[Clause]) -> bool:
    """Whether a long sentence is two that "and" or "then" joins, each of which stands alone."""
    if len(sentence) != 2 or not all(_told(one) for one in sentence):
        return False
    length = sum(len(words(one.span.text)) for one in sentence)
    return length > _LONG_WORDS and _ADDED.match(sentence[1].span.text) is not None


def _told(clause: Clause) -> str | None:
    """The clause retold, or None where it is too long or not safe to."""
    text = _JOINT.sub("", clause.span.text)
    return _complete(retell(text)) if len(words(text)) <= _RETELL_WORDS else None


def _complete(told: str | None) -> str | None:
    return None if told is None or _OPEN_END.search(told) else told


def _opposed(read_clauses: Sequence[Clause], chosen: Clause) -> tuple[Clause, Clause] | None:
    """The two sides of "A, but B" as they were said, when the chosen clause is one of them."""
    position = read_clauses.index(chosen)
    for before, behind in ((position - 1, position), (position, position + 1)):
        if before < 0 or behind >= len(read_clauses):
            continue
        one, other = read_clauses[before], read_clauses[behind]
        if _OPPOSED.match(other.span.text) and not (one.question or other.question):
            return one, other
    return None


def _pulls_both_ways(one: Clause, other: Clause) -> bool:
    """Whether one side draws on and the other holds back; "but" alone joins many things."""
    draws = [bool(side.kinds.keys() & _DRAWS) for side in (one, other)]
    holds = [bool(side.kinds.keys() & _HOLDS) for side in (one, other)]
    return (draws[0] and holds[1] and not draws[1]) or (holds[0] and draws[1] and not draws[0])
