"""Which role a person aims at, and which of its skills their own words show."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.engine.text import READ_AT_MOST, STOPWORDS, Span, clauses, content_words, sentences
from bot.lazily import lazy
from personas.models import Role

if TYPE_CHECKING:
    import rapidfuzz
else:
    rapidfuzz = lazy("rapidfuzz")

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_TYPO_FROM: Final = 7
_REMEMBERED: Final = 8
_WORDS_REMEMBERED: Final = 8_192


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What stands before a role's name says what the person has to do with it; the last cue counts.
_CUES: Final = re.compile(
    r"""\b(?:
    (?P<aim>
        becom\w+ | be | want\w* | wanna | would\ like | i'd\ like | like\ to | dream\w* | hope
        | hoping | plan | plans | planning | aim | aims | aiming | think\w*\ (?:of|about)
        | consider\w* | interest\w* | apply | applying | applied | application\w* | retrain\w*
        | study\w* | studies | train(?:ing)?\ (?:to|as|for) | qualif\w+ | interview\w*
        | promot\w+ | make\ an? | into | towards?
        | (?:to|could|can|might|would|will)\ (?:work|start)\ (?:as|in)
        | (?:job|role|post|position|career|future|start|offer|contract|chances?)\ (?:as|in|for)
        | (?:from|mov\w+|switch\w*|chang\w+|go|going|transition\w*|step\w*|way|path)\b
          [^.!?\n]{0,30}?\bto
    )
    | (?P<leave>
        (?:don'?t|do\ not|never|not|no\ longer)\ (?:\w+\ )?(?:want|wish|plan|like|hope)
          (?:\ to)?(?:\ (?:be|become|work|stay))?
        | (?:stop\w* | quit\w* | leav\w+ | left | out\ of | no\ longer | not | never | isn'?t | from
        | instead\ of | rather\ than | tired\ of | sick\ of | hated? | fed\ up\ with)
          (?:\ be(?:ing)?)?(?:\ as)?
    )
    | (?P<past>
        was | were | used\ to\ be | former | formerly | ex | worked\ as | trained\ as
        | years?\ (?:as|of) | after | since
    )
    | (?P<present> i'?m | i\ am | am | been | being | work(?:ing)?\ (?:as|in) | currently | as )
    | (?P<others> my | our | his | her | their | your )
    )\b""",
    re.I | re.X,
)
_BOUND: Final = re.compile(r"[.!?\n;]")
_AIM_AFTER: Final = re.compile(
    r"\s+(?:role|job|post|position|vacanc\w+|interview|career|course|training|apprenticeship|"
    r"traineeship|qualification|degree|advert|opening|exam|licen[cs]e|next|instead|one day)s?\b",
    re.I,
)
_POINTED_AT: Final = re.compile(r"\b(?:the|this|that|these|those|every|each)\s+(?:\w+\s+)?$", re.I)
_DOES: Final = re.compile(
    r"s?\s+(?:says?|said|tells?|told|writes?|wrote|calls?|called|asks?|asked|wants?|thinks?|"
    r"never|always|would|will|just|who)\b",
    re.I,
)
_NEAR: Final = 4
_DIRECT: Final = re.compile(
    r"\b(?:into|in|to|towards?|as|for|be|become|becoming|study|studying|do|try|about|of|start)\s+"
    r"(?:an?\s+|the\s+)?$",
    re.I,
)
_TIERS: Final = {"aim": 3, "bare": 2, "present": 1}
_ALSO_VERBS: Final = frozenset({"nurse", "cook"})
_BEFORE_VERBS: Final = _set(
    "i you we they who can can't will i'll we'll could would must should don't"
)
_OBJECTS: Final = _set("my our his her their your the a an it him them for this that")
_WORD_BEFORE: Final = re.compile(r"([^\W_]+(?:['’][^\W_]+)?)[ \t-]+$")
_WORD_AFTER: Final = re.compile(r"s?[ \t-]+([^\W_]+)")
# A one-word name after any other word is another trade: a dental nurse, a civil engineer.
_PLAIN_BEFORE: Final = STOPWORDS | _set(
    """become becoming qualified senior junior lead good great better best new newly young trained
    experienced trainee apprentice student professional licensed certified registered
    freelance permanent part full time real decent work working train training retrain study
    studying apply applying consider considering hire hiring currently former registered aspiring
    future night agency foreign simple ordinary old next hospital hotel restaurant dream aim
    role job position post career trade profession wanna gonna hi hello hey"""
)
_OTHER_TRADE_AFTER: Final = _set(
    """manager trainer assistant assistants aide advocate recruiter educator consultant union
    director coordinator therapist examiner"""
)
_PERSON: Final = re.compile(
    r"(?:er|or|ist|ian|ant|yst|eer|nurse|chef|cook|lead|sparky|wireman|executive|paralegal|cpa|acca|"
    r"scrum|secretary|aide|clerk|sister|tech|designer|pedagogue|partie)$"
)


@dataclass(frozen=True, slots=True)
class _Mention:
    role: Role
    tier: int
    start: int


def role_in(text: str, roles: Sequence[Role]) -> Role | None:
    """The role a text aims at, or None.

    Names and aliases count as whole words, the longest at each place, one wrong letter allowed in
    words of seven letters or more. A role somebody wants comes before one that is merely named,
    and that before the one they hold; what they were, leave, or say of others does not count.
    """
    found = list(_index_of(roles).mentions(text[:READ_AT_MOST]))
    best = max(found, key=lambda mention: (mention.tier, -mention.start), default=None)
    return best.role if best else None


class _Index:
    """Aliases by their first word, and every long word of an alias by its one-letter deletions."""

    def __init__(self, roles: Sequence[Role]) -> None:
        self._roles = tuple(roles)
        self._by_first: dict[str, list[tuple[list[str], Role]]] = {}
        for role in roles:
            for alias in {role.name.lower(), *role.aliases}:
                words = [found.group() for found in _TOKEN.finditer(alias.lower())]
                self._by_first.setdefault(words[0], []).append((words, role))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        aliases = (words for entries in self._by_first.values() for words, _ in entries)
        self._known = {word for words in aliases for word in words}
        self._long: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _TYPO_FROM:
                for piece in {word, *_deletions(word)}:
                    self._long.setdefault(piece, []).append(word)
        # People use the same words again and again; a text is then read in microseconds.
        self._meant = lru_cache(_WORDS_REMEMBERED)(self._read)

    def mentions(self, text: str) -> Iterator[_Mention]:
        tokens = list(_TOKEN.finditer(text))
        words = [self._meant(token.group().lower().replace("’", "'")) for token in tokens]
        place, border = 0, 0
        while place < len(words):
            match = self._longest(words, place)
            if match is None:
                place += 1
                continue
            alias, role = match
            start, end = tokens[place].start(), tokens[place + len(alias) - 1].end()
            tier = 0
            if len(alias) > 1 or _is_the_trade(alias[0], text[:start], text[end:]):
                tier = _tier(alias, text[border:start], text[end:], len(words))
            if tier:
                yield _Mention(role, tier, start)
            place += len(alias)
            border = end

    def _longest(self, words: list[str], place: int) -> tuple[list[str], Role] | None:
        for alias, role in self._by_first.get(words[place], ()):
            if words[place : place + len(alias)] == alias:
                return alias, role
        return None

    def _read(self, word: str) -> str:
        """The word of an alias that ``word`` is, in the singular and with its slip mended."""
        if word in self._known:
            return word
        single = word.removesuffix("s")
        if single in self._known:
            return single
        if len(single) < _TYPO_FROM - 1:
            return word
        for piece in (single, *_deletions(single)):
            for known in self._long.get(piece, ()):
                if _is_slip(single, known):
                    return known
        return word


_indexes: OrderedDict[tuple[int, ...], _Index] = OrderedDict()


def _index_of(roles: Sequence[Role]) -> _Index:
    # The index holds its roles, so that no id in the key is given to another object.
    key = tuple(map(id, roles))
    if key not in _indexes:
        _indexes[key] = _Index(roles)
        if len(_indexes) > _REMEMBERED:
            _indexes.popitem(last=False)
    return _indexes[key]


def _deletions(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def _is_slip(word: str, known: str) -> bool:
    # A different ending is another word, not a slip: teaches and teacher, planned and planner.
    if word[0] != known[0] or word[:-1] == known or word[:-1] == known[:-1] or word == known[:-1]:
        return False
    return rapidfuzz.distance.OSA.distance(word, known, score_cutoff=1) <= 1


def _is_the_trade(alias: str, before: str, after: str) -> bool:
    """Whether a one-word name stands for the trade itself, not for a verb or for another trade."""
    found = _WORD_BEFORE.search(before[-40:])
    previous = found.group(1).lower().replace("’", "'") if found else ""
    following = _WORD_AFTER.match(after[:40])
    next_word = following.group(1).lower() if following else ""
    if next_word in _OTHER_TRADE_AFTER or (previous and previous not in _PLAIN_BEFORE):
        return False
    return alias not in _ALSO_VERBS or not (
        previous in _BEFORE_VERBS or (previous == "to" and next_word in _OBJECTS)
    )


def _tier(alias: Sequence[str], near: str, after: str, length: int) -> int:
    """How much a mention says of the person's aim: 3 wanted, 2 named, 1 held, 0 neither."""
    near = _BOUND.split(near[-80:])[-1]
    kind, between = "bare", near
    for cue in _CUES.finditer(near):
        kind, between = cue.lastgroup or "bare", near[cue.end() :]
    if len(between.split()) > _NEAR:
        kind = "bare"
    if _AIM_AFTER.match(after) and kind not in ("leave", "past"):
        return _TIERS["present" if kind == "others" else "aim"]
    if kind == "bare" and (
        len(near.split()) > _NEAR or _POINTED_AT.search(near) or _DOES.match(after)
    ):
        return 0
    names_field = not _PERSON.search(alias[-1]) or len("".join(alias)) <= 3
    if names_field and length > 3 and not (kind in ("aim", "present") and _DIRECT.search(near)):
        return 0
    return _TIERS.get(kind, 0)


# Skills ------------------------------------------------------------------------------------------

_NOT_THEIRS: Final = re.compile(
    r"""\b(?:
    never | not | no | without | cannot | \w+n['’]t | (?:do|did|ca|wo|have|was|is)nt
    | (?:i|we|to)\ (?:\w+\ )?want | wish\w* | hope | hoping
    | would\ like | i['’]d\ like | need\w* | should | learn(?:ing)?\ (?:to|how)
    | how\ (?:do|can|to) | if\ (?:i|we) | struggl\w* | weak | bad\ at | afraid | scared
    | interested\ in
    | someone | somebody | nobody | everyone | they | he | she
    | (?:my|our|the)\ (?:boss|manager|colleagues?|husband|wife|team\ lead|company)
    )\b""",
    re.I | re.X,
)


@dataclass(frozen=True, slots=True)
class _Skill:
    label: str
    signs: tuple[frozenset[str], ...]


def labels(role: Role) -> list[str]:
    """The names of a role's skills, without the signs that stand behind the colon."""
    return [skill.partition(":")[0].strip() for skill in role.skills]


def skills_named(text: str, role: Role) -> list[tuple[str, str]]:
    """Which skills of a role the person's words show, in the order of the role pack.

    Returns:
        (label, quote): the quote is the clause, an exact piece of ``text``. What they never did,
        want to learn, or say of others shows nothing.
    """
    shown: dict[str, str] = {}
    skills = _skills(role)
    for clause in _clauses(text):
        words = {_stem(word) for word in content_words(clause.text)}
        for skill in skills:
            if skill.label not in shown and any(sign <= words for sign in skill.signs):
                shown[skill.label] = clause.text
    return [(skill.label, shown[skill.label]) for skill in skills if skill.label in shown]


def skills_missing(texts: Sequence[str], role: Role) -> list[str]:
    """The labels of the skills that none of ``texts`` shows, in the order of the role pack."""
    shown = {label for text in texts for label, _ in skills_named(text, role)}
    return [label for label in labels(role) if label not in shown]


def _clauses(text: str) -> Iterator[Span]:
    for sentence in sentences(text):
        for clause in clauses(sentence):
            if not clause.text.endswith("?") and not _NOT_THEIRS.search(clause.text):
                yield clause


_skills_of: dict[int, tuple[Role, tuple[_Skill, ...]]] = {}


def _skills(role: Role) -> tuple[_Skill, ...]:
    known = _skills_of.get(id(role))
    if known is None or known[0] is not role:
        known = (role, tuple(_parsed(line) for line in role.skills))
        _skills_of[id(role)] = known
    return known[1]


def _parsed(line: str) -> _Skill:
    label, _, signs = line.partition(":")
    stems = (frozenset(map(_stem, content_words(sign))) for sign in (signs or label).split(","))
    return _Skill(label.strip(), tuple(sign for sign in stems if sign))


_ENDINGS: Final = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))


def _stem(word: str) -> str:
    """A word without its English ending, enough to bring ordered, orders and ordering together."""
    word = word.replace("’", "'").removesuffix("'s")
    for ending, stays in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending) + stays
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeioulsz":
        word = word[:-1]
    return word.removesuffix("e")
