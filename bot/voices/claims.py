"""What a sentence claims and nobody said: figures, names, titles, dates, links.

Known is what stands in the user's words, in a source or in what the engine decided. A figure that
is written in another way than the user wrote it is put back into the user's way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from bot.engine.text import STOPWORDS, content_words, folded, words
from bot.voices.patterns import patterns

_UPTO_NINETEEN: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = {word: value for value, word in enumerate(_UPTO_NINETEEN.split())}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_GREAT = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_WORDS = {**_SMALL, **_TENS, **{f"{word}s": value for word, value in _GREAT.items()}, **_GREAT}
_ONE_WORD = "|".join(sorted((word for word in _WORDS if word != "one"), key=len, reverse=True))
_MORE = rf"(?:[ -](?:(?:and )?(?:{_ONE_WORD}|one))\b)*"
_FIGURE = re.compile(
    r"(?P<money>[€$£¥₹]\s?)?(?<![\w.,])(?P<digits>\d+(?:[.,:’']\d+)*)(?P<scale> ?(?:k|m|bn)\b)?"
    r"(?P<unit> ?(?:%|percent\b|per cent\b|pct\b|[€$£¥₹]|euros?\b|dollars?\b|pounds?\b|usd\b|eur\b|"
    r"gbp\b|chf\b))?|"
    rf"\b(?P<words>(?:an? (?=hundred|thousand|million|dozen))?(?:{_ONE_WORD})\b{_MORE})"
    r"(?P<unit2> (?:percent|per cent|euros?|dollars?|pounds?|grand)\b)?",
    re.I,
)
_SCALES: Final = {"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}
_PERCENT = re.compile(r"%|per ?cent|pct", re.I)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)[^()]*\)")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]“”\"]+", re.I)
_DOMAIN = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|co|dev|app|ai|de|fr|es|uk|eu|info|gov|edu|ly|"
    r"me)(?:/\S*)?(?![\w-])|[\w.+-]+@[\w-]+\.[\w.]+",
    re.I,
)
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'&.-]*")
_TOKEN = re.compile(r"[“”\"„(:–—\n]|[^\s“”\"„(:–—]+")
_YOU = re.compile(r"\b(?:you|your|yours|you're|you've)\b", re.I)
_ADDRESSED: Final = frozenset(("Dr", "Mr", "Mrs", "Ms", "Prof", "St"))
# "McKinsey": a capital letter inside a word makes a name.
_HUMPED = re.compile(r"[a-z][A-Z]")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: where it stands, its value where it has one, and what it counts.

    ``unit`` is "%", "money" or ""; ``value`` is None for clock times and the like.
    """

    text: str
    start: int
    end: int
    value: float | None
    unit: str


@dataclass(slots=True)
class Known:
    """All that a reply may rest on, read once for all its sentences."""

    texts: tuple[str, ...]
    language: str = "en"
    words: frozenset[str] = frozenset()
    figures: dict[tuple[float, str], str] = field(default_factory=dict[tuple[float, str], str])
    spelled: frozenset[str] = frozenset()
    flat: str = ""

    def __post_init__(self) -> None:
        """Read the texts."""
        self.flat = _plain("\n".join(self.texts))
        have: set[str] = set()
        spelled: set[str] = set()
        for text in self.texts:
            about = _read(text)
            have |= about.words
            spelled |= about.spelled
            for key, written in about.figures.items():
                self.figures.setdefault(key, written)
        self.words, self.spelled = frozenset(have), frozenset(spelled)


@dataclass(frozen=True, slots=True)
class _About:
    words: frozenset[str]
    spelled: frozenset[str]
    figures: dict[tuple[float, str], str]


# Coaches' lines and the last turns come back with every reply.
@lru_cache(maxsize=2048)
def _read(text: str) -> _About:
    plain = _plain(text)
    have = {
        form
        for word in words(plain)
        for whole in (word, _POSSESSIVE.sub("", word))
        for form in (whole, *whole.split("-"))
    }
    told = list(figures(plain))
    return _About(
        frozenset(have),
        frozenset(one.text.lower() for one in told),
        {(one.value, one.unit): one.text for one in told if one.value is not None},
    )


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def figures(text: str) -> Iterator[Figure]:
    """The numbers of a text, written in digits or in English words."""
    for found in _FIGURE.finditer(text):
        unit = f"{found['money'] or ''}{found['unit'] or found['unit2'] or ''}"
        kind = "%" if _PERCENT.search(unit) else "money" if unit else ""
        if found["digits"]:
            name, value = "digits", _value(found["digits"])
            if value is not None and found["scale"]:
                value *= _SCALES[found["scale"].strip().lower()]
            end = found.end("scale") if found["scale"] else found.end("digits")
        else:
            name, value, end = "words", _spelled(found["words"]), found.end("words")
        start = found.start(name)
        yield Figure(text[start:end], start, end, value, kind)


def _value(digits: str) -> float | None:
    """The value of "1,200", "1.5" or "1’200"; None for a time of day or a version."""
    if ":" in digits:
        return None
    grouped = re.fullmatch(r"\d{1,3}(?:([.,’'])\d{3})(?:\1\d{3})*", digits)
    if grouped:
        return float(re.sub(r"\D", "", digits))
    try:
        return float(re.sub(r"[,’']", ".", digits))
    except ValueError:
        return None


def _spelled(phrase: str) -> float:
    total = group = 0
    for word in re.split(r"[ -]+", phrase.lower()):
        if word in ("and", "a", "an"):
            continue
        great = _GREAT.get(word.removesuffix("s"))
        if great is None:
            group += _WORDS.get(word, 0)
        elif great >= 1000:
            total, group = total + max(group, 1) * great, 0
        else:
            group = max(group, 1) * great
    return float(total + group)


def without_idioms(sentence: str) -> str:
    """The sentence with what only looks like a figure blanked out, lengths kept."""
    spared = patterns().idioms
    return spared.sub(lambda found: " " * len(found.group()), sentence)


def unknown_figures(sentence: str, known: Known) -> tuple[list[Figure], list[tuple[Figure, str]]]:
    """The figures without a source, and those the user wrote in another way with that way."""
    unknown: list[Figure] = []
    respelled: list[tuple[Figure, str]] = []
    bare = without_idioms(_plain(sentence))
    for one in figures(bare):
        if one.value is None:
            if one.text.lower() not in known.spelled and one.text.lower() not in known.flat:
                unknown.append(one)
            continue
        said = known.figures.get((one.value, one.unit))
        if said is None and not one.unit:
            # "12%" of the user may be taken up as "12"; the other way round it would be new.
            said = next(
                (
                    known.figures[key]
                    for unit in ("%", "money")
                    if (key := (one.value, unit)) in known.figures
                ),
                None,
            )
        if said is None:
            unknown.append(one)
        elif one.text.lower() != said.lower() and one.text.lower() not in known.spelled:
            respelled.append((one, said))
    unknown += _other_numbers(bare, known)
    return unknown, respelled


def _other_numbers(sentence: str, known: Known) -> Iterator[Figure]:
    """Fractions and multiples, and number words of another language agreed."""
    lists = [patterns().shares]
    if known.language in patterns().numbers:
        lists.append(patterns().numbers[known.language])
    for pattern in lists:
        for found in pattern.finditer(sentence):
            said = found.group().lower()
            if said not in known.words and said not in known.flat.lower():
                yield Figure(found.group(), found.start(), found.end(), None, "")


def without_cited(sentence: str, known: Known) -> str:
    """The sentence without the titles of the works it links to, where the address is known."""
    if "](" not in sentence:
        return sentence
    return _LINK.sub(lambda found: "[]" if found[2] in known.flat else found.group(), sentence)


def unknown_links(sentence: str, known: Known) -> Iterator[str]:
    """Addresses that no source holds."""
    for found in _LINK.finditer(sentence):
        if found[2] not in known.flat:
            yield found[2]
    for pattern in (_ADDRESS, _DOMAIN):
        for found in pattern.finditer(_LINK.sub(" ", sentence)):
            if found.group().rstrip(".,;:!?") not in known.flat:
                yield found.group()


def unknown_names(sentence: str, known: Known, common: frozenset[str]) -> Iterator[str]:
    """Capitalised words that nobody used: people, employers, places; days and months.

    Args:
        sentence: without quotations of the user.
        known: what may be used.
        common: words the coach uses in lower case, which are no names at the head of a sentence.
    """
    rules = patterns()
    if known.language == "de":
        # Every noun has a capital letter there.
        yield from (
            found[1]
            for found in rules.german_names.finditer(sentence)
            if not _heard(found[1], known)
        )
        return
    bare = _ADDRESS.sub(" ", _LINK.sub(r" \1 ", sentence))
    begins = True
    for found in _TOKEN.finditer(bare):
        token = found.group()
        if token in '“”"„(:–—\n':
            begins = True
            continue
        word = token.strip(".,;:!?…)*_'’`>#[]-”")
        if not word or word.isdigit():
            continue
        if _CAPITAL.fullmatch(word) and _is_name(word, bare[found.end() :], begins, known, common):
            yield word
        begins = token.rstrip("*_”’)").endswith((".", "!", "?", "…")) and word not in _ADDRESSED


def _is_name(word: str, after: str, begins: bool, known: Known, common: frozenset[str]) -> bool:
    rules = patterns()
    if _heard(word, known):
        return False
    day = word in rules.days
    if not begins or (day and word not in ("May", "March")):
        return day or word not in rules.capitals
    if _HUMPED.search(word) and word not in rules.capitals:
        return True
    # "You've asked" is a pronoun with its verb.
    low = _POSSESSIVE.sub("", word.replace("’", "'")).lower().partition("'")[0]
    if (
        word in rules.capitals
        or low in rules.heads
        or low in common
        or low in STOPWORDS
        or rules.common_ending.search(low)
    ):
        return False
    return bool(rules.acts_as_name.match(after)) or word.endswith(("’s", "'s"))


def _heard(word: str, known: Known) -> bool:
    plain = _POSSESSIVE.sub("", word.replace("’", "'")).lower()
    if any(part in known.words for part in (plain, plain.removesuffix("s"))):
        return True
    parts = words(plain.replace("-", " "))
    return bool(parts) and all(part in known.words or part in STOPWORDS for part in parts)


def unknown_titles(sentence: str, known: Known) -> Iterator[str]:
    """Job titles said of the user that nobody used."""
    rules = patterns()
    if not _YOU.search(sentence) or sentence.rstrip(' *_"”').endswith("?"):
        return
    for found in rules.titles.finditer(folded(sentence)):
        title = found.group()
        if {title, title.rstrip("s"), f"{title}s"} & known.words or title in known.flat.lower():
            continue
        before = folded(sentence)[: found.start()]
        if title.rstrip("s") in rules.advisers and not rules.claimed.search(before):
            continue
        related = rules.relations.search(folded(sentence), max(0, found.start() - 12), found.end())
        # Whoever leads somebody goes by several words.
        if related is None or not rules.chiefs & known.words:
            yield title


def unknown_studies(sentence: str, known: Known, sources: Iterable[str]) -> bool:
    """Whether the sentence rests on research or hearsay that no source at hand is about."""
    if not patterns().studies.search(folded(sentence)):
        return False
    mine = set(content_words(sentence))
    return not any(len(mine & set(content_words(text))) >= 3 for text in sources)
