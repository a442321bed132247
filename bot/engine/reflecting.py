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
from bot.engine.evidence import Clause, short_quote
from bot.engine.retell import retell
from bot.engine.text import content_words, words

# A clause longer than this is quoted in part, and not retold.
_RETELL_WORDS = 20
_QUOTE_WORDS = 12
_SECOND_FROM_WORDS = 16
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
_OPPOSED = re.compile(r"^(?:but|although|though|yet|whereas|only|however)\b", re.I)
_JOINT = re.compile(
    r"^(?:and|but|so|because|since|although|though|yet|then|or|while|which)\b[, ]*", re.I
)
_OPEN_END = re.compile(
    r"\b(?:and|or|but|the|a|an|to|of|for|with|my|his|her|their|our|that|which|who|because|if|when|i|we|"
    r"is|are|was|were|as|at|in|on|from|by|than|like|so|very|too|not)$",
    re.I,
)
_FILLER = re.compile(
    r"^(?:i (?:don't )?(?:know|think|guess|mean|suppose)|to be honest|i'm not sure)\W*$", re.I
)


def fingerprint(text: str) -> str:
    """A short key by which the same words are known again."""
    return hashlib.sha1(" ".join(words(text)).encode()).hexdigest()[:10]


def mark(said: str) -> str:
    """The key under which words given back rest, beside the keys of the set phrases."""
    return GIVEN_BACK + fingerprint(said)[:_MARK]


def marks(reflection: Reflection) -> list[str]:
    """The keys of all that a reflection gives back."""
    said = (reflection.you or reflection.quote, reflection.other)
    return [mark(one) for one in said if one]


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
        if not clause.question
        and len(set(content_words(clause.span.text))) >= (1 if "feeling" in clause.kinds else 2)
        and not _FILLER.match(clause.span.text)
        and mark(_retold(clause) or _quoted_part(clause)) not in avoid
    ]
    if not usable:
        return ()
    scored = sorted(
        enumerate(usable), key=lambda pair: (-_weight(pair[1], done_actions)[1], -pair[0])
    )
    first_index, first = scored[0]
    other = None if neutral else _opposite(read_clauses, first)
    if other is not None and mark(other) in avoid:
        other = None
    made = [_reflection(first, message, done_actions, other)]
    total = sum(len(words(clause.span.text)) for clause in read_clauses)
    if at_most > 1 and total >= _SECOND_FROM_WORDS:
        taken = {made[0].quote, made[0].other or ""}
        for index, clause in scored[1:]:
            second = _reflection(clause, message, done_actions, None)
            if second.quote in taken or second.you in taken:
                continue
            if len(words(second.you or second.quote)) < _SECOND_WORDS:
                continue
            # In the order in which they were said, so that the reply reads like the story.
            made = [second, made[0]] if index < first_index else [made[0], second]
            break
    return tuple(replace(one, kind="plain") for one in made) if neutral else tuple(made)


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
    while _OPEN_END.search(quote) and " " in quote:
        quote = quote.rsplit(" ", 1)[0].rstrip(" ,;:")
    return quote


def _retold(clause: Clause) -> str | None:
    """The clause in the second person; None where that is not safe to do."""
    text = _JOINT.sub("", clause.span.text)
    you = retell(text) if len(words(text)) <= _RETELL_WORDS else None
    return None if you is not None and _OPEN_END.search(you) else you


def _reflection(
    clause: Clause, message: int, done_actions: Collection[str], other: str | None
) -> Reflection:
    you = _retold(clause)
    return Reflection(
        kind=_weight(clause, done_actions)[0],
        quote=_quoted_part(clause),
        message=message,
        you=you,
        other=other if you is not None else None,
    )


def _opposite(read_clauses: Sequence[Clause], chosen: Clause) -> str | None:
    """The other side of "A, but B", retold, when the two stand next to each other."""
    position = read_clauses.index(chosen)
    if _OPPOSED.match(chosen.span.text) and position > 0:
        other = read_clauses[position - 1]
    elif position + 1 < len(read_clauses) and _OPPOSED.match(read_clauses[position + 1].span.text):
        other = read_clauses[position + 1]
    else:
        return None
    if other.question or len(words(other.span.text)) > _RETELL_WORDS:
        return None
    told = retell(other.span.text)
    return told if told and not _OPEN_END.search(told) else None
