"""Who did what: the finite verbs of an English sentence with their subjects.

No parser: English puts the subject right before its verb, so the word before a verb (adverbs and
auxiliaries skipped) tells whose it is, and after "and" or a comma the subject is the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from bot.engine.text import STOPWORDS

Subject = Literal["i", "we", "other"]
Tense = Literal["past", "present", "plan"]


@dataclass(frozen=True, slots=True)
class Deed:
    """One finite verb.

    ``start`` and ``end`` are offsets in the sentence, from the verb to the end of what belongs to
    it; ``begin`` is where its clause begins, behind the last border before the verb; ``object`` are
    the content words from verb to end. ``passive`` is a form of "be" or "get" with a
    participle.
    """

    verb: str
    subject: Subject
    tense: Tense
    start: int
    end: int
    begin: int
    object: tuple[str, ...]
    passive: bool = False
    negated: bool = False
    main: bool = True


@dataclass(slots=True)
class _Token:
    word: str
    start: int
    end: int


_TOKEN = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*|[.,;:!?…()\"“”–—&+/]|-(?=\s)")
_I = frozenset(["i", "i'd", "i've", "ive", "i'm", "im", "id", "i'll"])
_WE = frozenset(["we", "we'd", "we've", "we're", "we'll", "weve"])
_OTHERS = frozenset(
    [
        "he",
        "she",
        "it",
        "they",
        "you",
        "he'd",
        "she'd",
        "they'd",
        "it'd",
        "he's",
        "she's",
        "it's",
        "they've",
        "you've",
        "he'll",
        "she'll",
        "they'll",
        "it'll",
        "nobody",
        "none",
        "everyone",
        "everybody",
        "someone",
        "somebody",
        "anyone",
        "people",
        "both",
        "all",
        "most",
        "many",
        "others",
        "this",
        "these",
        "those",
        "there",
        "one",
        "who",
        "which",
        "everything",
        "nothing",
        "something",
        "half",
    ]
)
_PRONOUNS = frozenset(
    [
        "he",
        "she",
        "it",
        "they",
        "you",
        "he'd",
        "she'd",
        "they'd",
        "it'd",
        "he's",
        "she's",
        "it's",
        "they've",
        "you've",
    ]
)
_RELATIVE = frozenset(
    [
        "who",
        "which",
        "that",
        "what",
        "how",
        "why",
        "where",
        "whom",
        "whose",
        "whether",
        "than",
        "as",
        "if",
    ]
)
_SUBORDINATE = _RELATIVE | frozenset(
    [
        "because",
        "when",
        "until",
        "till",
        "after",
        "before",
        "since",
        "while",
        "once",
        "though",
        "although",
    ]
)
_BORDER = frozenset(
    [
        "and",
        "then",
        "but",
        "or",
        "so",
        "plus",
        "&",
        "+",
        "yet",
        ",",
        ";",
        ":",
        "–",
        "—",
        "-",
        "(",
        ")",
        ".",
        "!",
        "?",
        "…",
        '"',
        "“",
        "”",
        "/",
    ]
)
_BE = frozenset(
    [
        "was",
        "were",
        "is",
        "are",
        "be",
        "been",
        "being",
        "am",
        "isn't",
        "wasn't",
        "weren't",
        "aren't",
        "'s",
        "get",
        "got",
        "gets",
        "getting",
    ]
)
_BE_STRICT = _BE - {"got", "get", "gets"}
_HAVE = frozenset(["have", "has", "had", "haven't", "hasn't", "hadn't", "'ve", "having"])
_MODAL = frozenset(
    [
        "to",
        "can",
        "can't",
        "cannot",
        "cant",
        "could",
        "couldn't",
        "will",
        "won't",
        "would",
        "wouldn't",
        "should",
        "shouldn't",
        "must",
        "may",
        "might",
        "do",
        "does",
        "don't",
        "doesn't",
        "dont",
        "didn't",
        "did",
        "didnt",
        "let's",
        "lets",
        "gonna",
        "wanna",
        "shall",
        "i'll",
        "we'll",
        "he'll",
        "she'll",
        "they'll",
        "you'll",
        "it'll",
    ]
)
_NOT = frozenset(
    [
        "not",
        "never",
        "didn't",
        "didnt",
        "wasn't",
        "couldn't",
        "hadn't",
        "haven't",
        "don't",
        "no",
        "n't",
    ]
)
_ADVERB = frozenset(
    [
        "also",
        "just",
        "even",
        "then",
        "first",
        "finally",
        "once",
        "never",
        "always",
        "only",
        "still",
        "soon",
        "later",
        "already",
        "often",
        "usually",
        "sometimes",
        "eventually",
        "instead",
        "together",
        "again",
        "almost",
        "nearly",
        "really",
        "actually",
        "simply",
        "quickly",
        "therefore",
        "thus",
        "both",
        "all",
        "not",
        "ever",
        "now",
        "quietly",
        "personally",
        "straight",
        "gladly",
        "kindly",
        "so",
        "too",
        "have",
        "has",
        "had",
        "did",
    ]
)
_BEFORE_ADJECTIVE = frozenset(
    [
        "the",
        "a",
        "an",
        "my",
        "our",
        "your",
        "his",
        "her",
        "its",
        "their",
        "this",
        "these",
        "those",
        "some",
        "any",
        "every",
        "each",
        "no",
        "of",
        "with",
        "without",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "about",
        "into",
        "very",
        "more",
        "most",
        "less",
        "so",
        "too",
        "quite",
        "well",
        "badly",
        "newly",
        "as",
        "like",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "many",
        "few",
        "several",
        "other",
        "own",
        "new",
        "old",
    ]
)
_NOT_PAST = frozenset(
    [
        "need",
        "seed",
        "bed",
        "red",
        "shed",
        "speed",
        "feed",
        "breed",
        "hundred",
        "sacred",
        "naked",
        "wicked",
        "embed",
        "indeed",
        "exceed",
        "succeed",
        "proceed",
        "bleed",
        "greed",
        "weed",
        "deed",
        "med",
        "ed",
        "wed",
        "sled",
        "unused",
        "kindred",
        "biped",
        "moped",
        "reed",
        "steed",
        "bred",
        "medicated",
        "aforementioned",
        "agreed-upon",
        "so-called",
        "ted",
        "fred",
        "ned",
        "ahmed",
        "mohammed",
        "instead",
    ]
)
_IRREGULAR = frozenset(
    [
        "was",
        "were",
        "had",
        "did",
        "went",
        "got",
        "made",
        "took",
        "came",
        "saw",
        "gave",
        "found",
        "told",
        "said",
        "thought",
        "felt",
        "left",
        "kept",
        "began",
        "brought",
        "bought",
        "built",
        "caught",
        "chose",
        "drew",
        "drove",
        "ate",
        "fell",
        "fed",
        "fought",
        "flew",
        "forgot",
        "forgave",
        "froze",
        "grew",
        "held",
        "hid",
        "heard",
        "knew",
        "laid",
        "led",
        "lent",
        "lit",
        "lost",
        "meant",
        "met",
        "paid",
        "rang",
        "rode",
        "rose",
        "ran",
        "sold",
        "sent",
        "shook",
        "shone",
        "shot",
        "showed",
        "sang",
        "sank",
        "sat",
        "slept",
        "slid",
        "spoke",
        "spent",
        "spun",
        "stood",
        "stole",
        "stuck",
        "struck",
        "swore",
        "swept",
        "swam",
        "swung",
        "taught",
        "tore",
        "threw",
        "understood",
        "undertook",
        "woke",
        "wore",
        "won",
        "withdrew",
        "wrote",
        "wound",
        "wound",
        "bent",
        "bet",
        "bit",
        "bled",
        "blew",
        "bound",
        "bred",
        "broke",
        "burnt",
        "clung",
        "crept",
        "dealt",
        "dug",
        "dreamt",
        "drank",
        "dwelt",
        "fled",
        "flung",
        "forbade",
        "foresaw",
        "ground",
        "hung",
        "knelt",
        "leapt",
        "learnt",
        "lay",
        "mistook",
        "outdid",
        "oversaw",
        "overtook",
        "overcame",
        "became",
        "proved",
        "redid",
        "rebuilt",
        "rewrote",
        "reran",
        "retook",
        "retold",
        "rethought",
        "resold",
        "repaid",
        "reset",
        "sought",
        "shrank",
        "slung",
        "smelt",
        "sewed",
        "spelt",
        "spilt",
        "spat",
        "split",
        "spoilt",
        "sprang",
        "stung",
        "strode",
        "strove",
        "stank",
        "sprayed",
        "swelled",
        "thrust",
        "trod",
        "underwent",
        "upheld",
        "wept",
        "wove",
        "wrung",
        "withstood",
        "withheld",
        "awoke",
        "bore",
        "beat",
        "beheld",
        "cast",
        "put",
        "cut",
        "set",
        "let",
        "read",
        "hit",
        "shut",
        "cost",
        "spread",
        "quit",
        "hurt",
        "rid",
        "burst",
        "broadcast",
        "forecast",
        "input",
        "offset",
        "undid",
        "came",
        "unwound",
        "mowed",
        "fit",
        "snuck",
        "pled",
        "lept",
        "forewent",
        "outgrew",
        "overheard",
        "overslept",
        "misread",
        "misunderstood",
        "misled",
        "partook",
    ]
)
_PARTICIPLE = frozenset(
    [
        "done",
        "gone",
        "written",
        "taken",
        "given",
        "seen",
        "shown",
        "spoken",
        "broken",
        "chosen",
        "driven",
        "drawn",
        "grown",
        "known",
        "begun",
        "ridden",
        "sung",
        "swum",
        "come",
        "become",
        "been",
        "eaten",
        "fallen",
        "flown",
        "forgotten",
        "frozen",
        "hidden",
        "proven",
        "risen",
        "shaken",
        "stolen",
        "sworn",
        "torn",
        "thrown",
        "woken",
        "worn",
        "blown",
        "bitten",
        "drunk",
        "run",
        "rung",
        "sunk",
        "sprung",
        "shrunk",
        "overcome",
        "undertaken",
        "rewritten",
        "redone",
        "undergone",
        "made",
        "had",
        "got",
        "gotten",
    ]
)
# The same form in the present: past only where nothing makes it an infinitive.
_SAME_FORM = frozenset(
    [
        "put",
        "cut",
        "set",
        "let",
        "read",
        "hit",
        "shut",
        "cost",
        "spread",
        "quit",
        "hurt",
        "rid",
        "burst",
        "cast",
        "split",
        "bet",
        "reset",
        "offset",
        "input",
        "forecast",
        "broadcast",
        "fit",
    ]
)
_STATE = frozenset(
    [
        "was",
        "were",
        "been",
        "had",
        "did",
        "thought",
        "felt",
        "knew",
        "meant",
        "liked",
        "loved",
        "hated",
        "wanted",
        "needed",
        "believed",
        "seemed",
        "looked",
        "hoped",
        "wished",
        "enjoyed",
        "cared",
        "understood",
        "became",
        "stayed",
        "remained",
        "existed",
        "realised",
        "realized",
        "considered",
        "preferred",
        "worried",
        "expected",
        "feared",
        "appreciated",
        "respected",
        "trusted",
        "valued",
        "owned",
    ]
)
_WEAK = frozenset(
    [
        "helped",
        "tried",
        "worked",
        "handled",
        "dealt",
        "managed",
        "supported",
        "contributed",
        "participated",
        "learned",
        "learnt",
        "went",
        "came",
        "got",
        "made",
        "took",
        "did",
        "gave",
        "kept",
        "used",
        "started",
        "began",
        "continued",
        "ended",
        "happened",
        "involved",
        "assisted",
        "supervised",
        "attended",
        "joined",
        "experienced",
        "faced",
        "succeeded",
        "achieved",
        "improved",
        "ensured",
        "decided",
        "discussed",
        "talked",
        "communicated",
        "collaborated",
        "coordinated",
        "performed",
        "focused",
        "focussed",
        "provided",
        "delivered",
        "adapted",
        "solved",
        "resolved",
        "addressed",
        "prepared",
        "planned",
        "organised",
        "organized",
        "coped",
        "struggled",
        "accepted",
        "stood",
        "explained",
        "motivated",
        "listened",
        "thanked",
        "waited",
        "hoped",
        "saw",
        "heard",
        "watched",
        "observed",
        "grew",
        "spent",
        "told",
        "said",
        "looked",
        "studied",
        "asked",
        "met",
        "sat",
    ]
)
# "got a volunteer to hold the ladder": these tell little alone, much with something to hold on to.
_LIGHT = frozenset(
    [
        "got",
        "made",
        "took",
        "gave",
        "kept",
        "used",
        "told",
        "said",
        "asked",
        "met",
        "went",
        "came",
        "spent",
        "sat",
        "looked",
        "saw",
        "watched",
        "heard",
        "explained",
        "prepared",
        "decided",
    ]
)
# Nouns and qualities that fit any story and so make no step concrete.
IDLE = frozenset(
    [
        "thing",
        "things",
        "stuff",
        "everything",
        "something",
        "anything",
        "situation",
        "situations",
        "team",
        "teams",
        "project",
        "projects",
        "work",
        "works",
        "job",
        "jobs",
        "issue",
        "issues",
        "problem",
        "problems",
        "challenge",
        "challenges",
        "solution",
        "solutions",
        "people",
        "task",
        "tasks",
        "part",
        "role",
        "time",
        "times",
        "lot",
        "lots",
        "way",
        "ways",
        "best",
        "effort",
        "efforts",
        "experience",
        "skills",
        "skill",
        "need",
        "needs",
        "goal",
        "goals",
        "result",
        "results",
        "idea",
        "ideas",
        "bit",
        "process",
        "plan",
        "good",
        "great",
        "nice",
        "better",
        "well",
        "really",
        "always",
        "care",
        "attention",
        "advice",
        "help",
        "decision",
        "everybody",
        "everyone",
        "colleagues",
        "colleague",
        "option",
        "options",
        "opportunity",
        "customers",
        "clients",
        "responsibility",
        "communication",
        "difficult",
        "hard",
        "big",
        "success",
        "successful",
        "different",
        "important",
        "important",
        "new",
        "old",
        "difficulty",
        "environment",
        "company",
    ]
)


def is_past(word: str) -> bool:
    """Whether the form can be a past tense, by the list of irregular verbs or its ending."""
    if word in _IRREGULAR:
        return True
    return len(word) > 3 and word.endswith("ed") and word not in _NOT_PAST


def _is_participle(word: str) -> bool:
    return word in _PARTICIPLE or is_past(word)


def deeds(sentence: str) -> list[Deed]:
    """The finite verbs of one sentence, in order; words of no known form are passed over."""
    tokens = [
        _Token(found.group().lower().replace("’", "'"), found.start(), found.end())
        for found in _TOKEN.finditer(sentence)
    ]
    found: list[Deed] = []
    main: Subject = "i"
    for index, token in enumerate(tokens):
        deed = _deed_at(tokens, index, main)
        if deed is None:
            continue
        if deed.main:
            main = deed.subject
        if found and found[-1].end > token.start:
            found[-1] = _shortened(found[-1], tokens, token.start)
        found.append(deed)
    return found


def _deed_at(tokens: list[_Token], index: int, main: Subject) -> Deed | None:
    word = tokens[index].word
    if word in _I or word in _WE:
        return _present_at(tokens, index)
    past = is_past(word)
    if not past and word not in _PARTICIPLE:
        return None
    place, skipped = _before(tokens, index)
    before = tokens[place].word if place >= 0 else ","
    had = (
        bool(skipped & _HAVE)
        or before in _HAVE
        or before.endswith(("'d", "'ve"))
        or before in {"ive", "weve"}
    )
    if not past and not (had or before in _BE):
        return None
    if before in _MODAL or skipped & (_MODAL - {"did"}):
        return None
    if before in _BEFORE_ADJECTIVE and word not in {"was", "were", "had"}:
        return None
    if before in _HAVE:
        place, more = _before(tokens, place)
        skipped |= more
        before = tokens[place].word if place >= 0 else ","
    passive = before in _BE and word not in {"was", "were", "had", "did"}
    if passive:
        # The noun or pronoun before the form of "be" is the one it was done to.
        place, _ = _before(tokens, place)
        before = tokens[place].word if place >= 0 else ","
    return _made(tokens, index, _subject(tokens, place, main), passive, bool(skipped & _NOT))


def _before(tokens: list[_Token], index: int) -> tuple[int, set[str]]:
    """The index of the telling word before ``index`` (-1 at the start) and the words passed over."""
    skipped: set[str] = set()
    place = index - 1
    while place >= 0 and (
        tokens[place].word in _ADVERB
        or tokens[place].word in _NOT
        or (tokens[place].word.endswith("ly") and len(tokens[place].word) > 4)
    ):
        skipped.add(tokens[place].word)
        place -= 1
    return place, skipped


def _subject(tokens: list[_Token], place: int, main: Subject) -> tuple[Subject, bool]:
    """Whose verb it is when ``place`` is the telling word before it, and if it is the main clause."""
    if place < 0:
        return "i", True
    word = tokens[place].word
    outer = tokens[place - 1].word if place else ","
    inner = outer in _SUBORDINATE or (outer not in _BORDER and outer not in _ADVERB and place > 0)
    if word in _I or (word.endswith("'d") and word[:-2] == "i"):
        return "i", not inner
    if word in _WE:
        return "we", not inner
    if word in _RELATIVE:
        return "other", False
    if word in _BORDER or word in {"when", "because", "after", "before", "until"}:
        return main, True
    if word in _PRONOUNS:
        return "other", not inner
    return "other", not _in_relative(tokens, place)


def _in_relative(tokens: list[_Token], place: int) -> bool:
    for token in reversed(tokens[max(0, place - 3) : place]):
        if token.word in _BORDER:
            return False
        if token.word in _SUBORDINATE:
            return True
    return False


def _made(
    tokens: list[_Token],
    index: int,
    whose: tuple[Subject, bool],
    passive: bool,
    negated: bool,
    tense: Tense = "past",
) -> Deed:
    end = index + 1
    content: list[str] = []
    while end < len(tokens) and tokens[end].word not in {
        ",",
        ";",
        ":",
        ".",
        "!",
        "?",
        "…",
        "–",
        "—",
        "-",
    }:
        word = tokens[end].word
        if word in _I or word in _WE:
            break
        if word not in STOPWORDS and word not in _BORDER and len(word) > 1:
            content.append(word)
        end += 1
    return Deed(
        verb=tokens[index].word,
        subject=whose[0],
        tense=tense,
        start=tokens[index].start,
        end=tokens[end - 1].end,
        begin=_begin(tokens, index),
        object=tuple(content),
        passive=passive,
        negated=negated,
        main=whose[1],
    )


def _begin(tokens: list[_Token], index: int) -> int:
    """Where the clause of the verb at ``index`` begins; borders at its own start are left out."""
    for place in range(index - 1, -1, -1):
        if tokens[place].word in _BORDER:
            return tokens[place + 1].start
    return tokens[0].start


def _shortened(deed: Deed, tokens: list[_Token], end: int) -> Deed:
    """The deed with its object ending before the next verb."""
    kept = [token for token in tokens if deed.start < token.start < end]
    content = tuple(
        token.word
        for token in kept
        if token.word not in STOPWORDS and token.word not in _BORDER and len(token.word) > 1
    )
    while kept and kept[-1].word in _BORDER:
        kept.pop()
    last = kept[-1].end if kept else deed.start + len(deed.verb)
    return replace(deed, end=last, object=content)


def _present_at(tokens: list[_Token], index: int) -> Deed | None:
    """ "I check the list", "I'll ring them": a present or a plan right behind the subject."""
    subject: Subject = "i" if tokens[index].word in _I else "we"
    outer = tokens[index - 1].word if index else ","
    inner = outer not in _BORDER and index > 0
    place = index + 1
    while place < len(tokens) and (
        tokens[place].word in _ADVERB or tokens[place].word.endswith("ly")
    ):
        if tokens[place].word in _HAVE or tokens[place].word in {"did", "been"}:
            return None
        place += 1
    if place >= len(tokens) or tokens[place].word in _BORDER:
        return None
    word = tokens[place].word
    pronoun = tokens[index].word
    if pronoun in {"i'll", "we'll"} or word in {"will", "shall", "gonna"}:
        return _made(tokens, place, (subject, not inner), False, False, "plan")
    if (
        pronoun in {"i'd", "we'd", "id", "i've", "we've", "ive", "weve"}
        or is_past(word)
        or word in _HAVE | _MODAL
    ):
        return None
    if word in _OTHERS or (
        word in STOPWORDS and word not in {"do", "go", "get", "am", "say", "have"}
    ):
        if pronoun not in {"i'm", "im", "we're"}:
            return None
    return _made(tokens, place, (subject, not inner), False, False, "present")


def weight(deed: Deed) -> float:
    """How much of a step of one's own a deed is, 0-1: a plain verb with something concrete is 1."""
    if deed.tense != "past" or deed.negated or deed.passive or deed.verb in _STATE:
        return 0.0
    held = sum(word not in IDLE and not word.endswith("ly") for word in deed.object)
    if deed.verb in _WEAK:
        return (
            (0.0, 0.35, 0.6)[min(held, 2)]
            if deed.verb in _LIGHT
            else (0.0, 0.2, 0.35)[min(held, 2)]
        )
    return (0.4, 0.8, 1.0)[min(held, 2)]
