"""What each sentence of a message does: tells a step, an ending, the setting, a claim …

A sentence may do several things at once. The strengths come from a logistic model over counted
features of the sentence (whose verbs, which tense, cue words, place in the message) and its static
vector; ``scripts/make_sentence_model.py`` fits it to labelled sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from bot.engine.meaning import Matrix, static_vectors
from bot.engine.text import Span, clauses, content_words, folded, sentences, trimmed
from bot.engine.verbs import GAINS, IDLE, Deed, deeds, weight
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

SentenceKind = Literal[
    "context", "action", "step", "outcome", "weak_outcome", "claim", "opinion", "jargon", "plan"
]
# Learned from labelled sentences; a plan shows in its verb alone.
LEARNED: Final[tuple[SentenceKind, ...]] = get_args(SentenceKind)[:-1]
# Words in a sentence beyond which it is several without full stops.
RUN_ON: Final = 40
MODEL: Final = Path(__file__).with_name("sentence_model.npz")

_NUMBER = (
    r"\d[\d.,:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|"
    r"thirty|"
    r"forty|fifty|sixty|hundred|thousand|half|third|quarter|fifth|twice|both"
)
_CUES: Final[dict[str, re.Pattern[str]]] = {
    # Looked for in the folded text.
    name: re.compile(pattern)
    for name, pattern in {
        "none": r"\b(?:nobody|no one|none|not (?:one|a|a single)|without|never|no more|nothing|"
        r"zero)\b",
        "since": r"\b(?:since|now|still|ever since|afterwards|later|from then on|these days|"
        r"until today|"
        r"by (?:the end|now|\w+day|\w+ber|\w+ary|march|april|may|june|july|august|spring|"
        r"summer|autumn|winter|easter|christmas)|first time|within|in the end|finally|"
        r"after that)\b",
        "then": r"\b(?:then|so i|first|next|afterwards|before i|instead)\b",
        "as a result": r"\b(?:as a result|resulted?|consequently|thanks to (?:this|that)|"
        r"which meant|so that|"
        r"led to|instead of|rather than|down (?:from|to|by)|up (?:from|to|by)|doubled|halved)\b",
        "vague": r"\b(?:ok(?:ay)?|fine|well|smooth(?:ly)?|nice(?:ly)?|better|good|great|happ(?:y|"
        r"ier)|liked|"
        r"enjoyed|impressed|satisfied|understood|listened|positive(?:ly)?|appreciat\w+|success\w*|"
        r"worked out|al ?right|pleased|improve\w*|helpful|lovely|grateful|useful|content)\b",
        "hedge": r"\b(?:i think|i guess|i believe|i hope|maybe|probably|somehow|kind of|sort of|"
        r"a bit|a little|"
        r"more or less|quite|i'd say|some(?:times)?|a few|several|various|etc)\b",
        "habit": r"\b(?:always|usually|never|often|every ?(?:time|day|body|one)|whenever|tend to|"
        r"generally|"
        r"normally|constantly|naturally|all day|all (?:my|of my) life|daily basis|anyone)\b",
        "self": r"\b(?:my (?:strengths?|style|approach|passion|gift|heart|nature|middle name)|"
        r"i'm (?:a|an|the|"
        r"very|really|known|so|super|good|great|always)|i am (?:a|an|the|very|known)|im (?:a|the|"
        r"very|super|"
        r"really)|people (?:say|tell|know)|ask any\w+|known (?:for|as)|passionate|born|proud)\b",
        "maxim": r"\b(?:important|you|your|it's all about|is everything|should|matters|must|key|"
        r"means?|life)\b",
        "mind": r"\b(?:i (?:think|believe|feel|felt|guess|find|love|hate|thought|hope|knew|wish|"
        r"was (?:\w+ )?"
        r"(?:sad|nervous|shocked|moved|scared|happy|proud|disappointed)))\b",
        "number": rf"\b(?:{_NUMBER})\b",
        "time": r"\b(?:\d{4}|\w+day|january|february|march|april|june|july|august|september|"
        r"october|"
        r"november|december|christmas|easter|spring|summer|autumn|winter|morning|evening|night|"
        r"noon|"
        r"week|month|year|minutes?|hours?|days|weeks|months|years|last|once|when)\b",
        "past be": r"\b(?:was|were|had|wasn't|weren't|hadn't|there was|used to)\b",
        "buzz": r"\b(?:leverag\w+|synerg\w+|stakeholders?|kpis?|okrs?|roi|paradigm\w*|end-to-end|"
        r"align\w*|"
        r"mindset|scal(?:e|ed|able|ing)|holistic\w*|ecosystems?|omni\S+|thought leader\w*|"
        r"data-driven|agile|"
        r"value[- ](?:add\w*|chain|proposition|creation)|best[- ](?:in|of)\S*|impactful|"
        r"cross-functional|"
        r"transformation\w*|spearhead\w+|empower\w*|operationali\w+|institutionali\w+|frameworks?|"
        r"deliverables?|touchpoints?|verticals?|silos?|strateg\w+|innovati\w+|disrupti\w+|"
        r"orchestrat\w+|"
        r"catalys\w+|maximi[sz]\w*|optimi[sz]\w*|uplift|velocity|engagement|excellence|ownership|"
        r"cascad\w+|pillars?|north[- ]star|\w+-(?:driven|oriented|centric|centred|grade|"
        r"first))(?!\w)",
        "percent": r"\d ?(?:%|percent|x\b)|\b(?:basis points|\d+-\w+)\b",
        "quote": r"[\"“”:]",
    }.items()
}
_COUNTS: Final = (
    "bias",
    "own",
    "own weak",
    "we",
    "other past",
    "other concrete",
    "passive",
    "present",
    "negated",
    "past",
    "no verb",
    "length",
    "content",
    "name",
    "long words",
)
FEATURES: Final[tuple[str, ...]] = (*_COUNTS, *_CUES, "after own steps")
# What came of it may stand in the present: "… and now forty people come".
_NOWADAYS: Final = re.compile(
    r"(?:,|\band|\bso|\bbut) (?:(?:and|so|but) )?"
    r"(?=(?:now|today|since then|ever since|these days)\b"
    r"|(?:the|they|he|she|it|my|our|people|nobody|every)\b[^,;.]*"
    r"\b(?:now|since|these days|any ?more)\b)",
    re.I,
)
_AMOUNT: Final = re.compile(rf"\b(?:{_NUMBER})", re.I)
_HANGING: Final = re.compile(r"(?<![^\s,;:–—-])(?:and|so|but|then|because)\Z", re.I)
_JOINTS: Final = " \t\n,;:–—-"
_LONGEST_HANGING: Final = len(" because")
_NAME = re.compile(r"(?<![.!?:\"“] )(?<!^)\b[A-Z][a-zà-ÿ]+")


@dataclass(frozen=True, slots=True)
class Typed:
    """A sentence with what it does.

    ``kinds`` maps each kind to a strength in 0-1; ``deeds`` are its finite verbs; ``detail`` is how
    much a listener could picture or check, about 0-1.5.
    """

    span: Span
    kinds: dict[SentenceKind, float]
    deeds: tuple[Deed, ...]
    detail: float

    def shows(self, kind: SentenceKind) -> bool:
        """Whether it is more likely than not that the sentence does this."""
        return self.kinds[kind] >= 0.5


def typed(text: str) -> list[Typed]:
    """The sentences of a message in order, each an exact piece of it, with their kinds."""
    return list(_typed(text))


# An answer is looked at for its quality and for the experience in it, one after the other.
@lru_cache(maxsize=4)
def _typed(text: str) -> tuple[Typed, ...]:
    return tuple(typed_spans(pieces(text)))


def pieces(text: str) -> list[Span]:
    """The sentences of a message, cut where one of them turns from own steps to what came of them.

    A run-on sentence, as people type without full stops, is cut at its clauses first.
    """
    return [
        piece
        for sentence in sentences(text)
        for part in _run_on_cut(text, sentence)
        for piece in turns(text, part)
    ]


def _run_on_cut(text: str, sentence: Span) -> list[Span]:
    if len(sentence.text.split()) <= RUN_ON:
        return [sentence]
    cut: list[Span] = []
    for clause in clauses(sentence):
        if cut and len(cut[-1].text.split()) < RUN_ON // 4:
            cut[-1] = trimmed(text, cut[-1].start, clause.end)
        else:
            cut.append(clause)
    return cut


def turns(text: str, sentence: Span) -> list[Span]:
    """The sentence cut before each clause in which somebody else acts after an own step."""
    borders = [0]
    acted = -1
    for deed in deeds(sentence.text):
        own = deed.subject == "i" and weight(deed) > 0
        gained = own and deed.verb in GAINS and _AMOUNT.search(sentence.text, deed.start, deed.end)
        turned = gained or (deed.subject != "i" and deed.main)
        if acted >= 0 and turned and deed.begin > max(acted, borders[-1]):
            borders.append(deed.begin)
            acted = -1
        if own:
            acted = deed.start
    nowadays = _NOWADAYS.search(sentence.text, max(acted, 0)) if acted >= 0 else None
    if nowadays and nowadays.end() > borders[-1]:
        borders.append(nowadays.end())
    borders.append(len(sentence.text))
    return [
        without_hanging(text, sentence.start + start, sentence.start + end)
        for start, end in pairwise(borders)
    ]


def without_hanging(text: str, start: int, end: int) -> Span:
    """The span without the conjunctions and joints that are left hanging at its end."""
    while True:
        span = trimmed(text, start, end, drop=_JOINTS)
        # Only the tail is looked at: a search over the whole text is slow on long runs of spaces.
        hanging = _HANGING.search(text, max(span.start, span.end - _LONGEST_HANGING), span.end)
        if hanging is None:
            return span
        end = hanging.start()


def typed_spans(spans: Sequence[Span], weights: NDArray[np.floating] | None = None) -> list[Typed]:
    """The same for pieces cut elsewhere, such as clauses, in the order of the message.

    Args:
        spans: the pieces.
        weights: of another model, shape (len(FEATURES) + width of a vector, len(LEARNED)), for
            cross-validation; None takes the one of the repository.
    """
    if not spans:
        return []
    told = [tuple(deeds(span.text)) for span in spans]
    rows = np.hstack(
        [features(spans, told), static_vectors().encode([span.text for span in spans])]
    )
    strengths = 1 / (1 + np.exp(-(rows @ (_weights() if weights is None else weights))))
    return [
        Typed(
            span,
            {
                **{kind: float(strength) for kind, strength in zip(LEARNED, row, strict=True)},
                "plan": 0.8 if any(deed.tense == "plan" for deed in verbs) else 0.0,
            },
            verbs,
            _detail(span.text),
        )
        for span, verbs, row in zip(spans, told, strengths, strict=True)
    ]


def features(spans: Sequence[Span], told: Sequence[Sequence[Deed]]) -> Matrix:
    """What is counted of each sentence, shape (sentences, len(FEATURES)), each about 0-1."""
    rows = np.zeros((len(spans), len(FEATURES)), np.float32)
    done = 0.0
    for row, span, verbs in zip(rows, spans, told, strict=True):
        own = sum(weight(deed) for deed in verbs if deed.subject == "i")
        counted = _counts(span.text, verbs, own)
        spoken = folded(span.text)
        cues = [min(2, len(cue.findall(spoken))) / 2 for cue in _CUES.values()]
        row[:] = (*counted, *cues, min(1.0, done))
        done += own
    return rows


def _counts(text: str, verbs: Sequence[Deed], own: float) -> tuple[float, ...]:
    past = [deed for deed in verbs if deed.tense == "past"]
    others = [deed for deed in past if deed.subject == "other"]
    content = content_words(text)
    every = max(1, len(text.split()))
    return (
        1.0,
        min(own, 3) / 3,
        min(sum(deed.subject == "i" and weight(deed) < 0.4 for deed in past), 3) / 3,
        min(sum(weight(deed) for deed in past if deed.subject == "we"), 2) / 2,
        min(len(others), 3) / 3,
        min(sum(weight(deed) for deed in others), 2) / 2,
        min(sum(deed.passive for deed in past), 2) / 2,
        min(sum(deed.tense == "present" for deed in verbs), 2) / 2,
        float(any(deed.negated for deed in past)),
        float(bool(past)),
        float(not verbs),
        min(every, 40) / 40,
        min(len(content), 20) / 20,
        min(len(_NAME.findall(text)), 2) / 2,
        sum(len(word) > 8 for word in content) / max(1, len(content)),
    )


def _detail(text: str) -> float:
    concrete = sum(word not in IDLE for word in set(content_words(text)))
    named = min(2, len(_NAME.findall(text)))
    counted = min(2, len(_CUES["number"].findall(folded(text))))
    return 0.08 * concrete + 0.3 * named + 0.2 * counted


@cache
def _weights() -> Matrix:
    with np.load(MODEL) as stored:
        return np.vstack([stored["counted"], stored["vector"]])
