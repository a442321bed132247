"""Retells a clause of the user in the second person: "I run the shift" → "you run the shift".

English turns from first to second person by its pronouns and two verb forms alone, so this needs no
parser; a clause for which that is not safe (it addresses somebody as "you", or has no subject we
know) gives None, and the caller quotes it instead.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.engine.verbs import deeds, is_past

_LEAD_IN = re.compile(
    r"^(?:(?:and|but|so|because|since|although|though|that|then|also|or|yet|plus|well|ok|okay|oh|hmm|"
    r"honestly|actually|basically|to be honest|tbh|i mean|i guess|i think(?: that)?|i feel like|"
    r"i suppose|you know|(?:like|as) i(?:'ve| have)?(?: already)? (?:said|told you|mentioned)"
    r"(?: (?:before|earlier|already))*|like|look|anyway|yes|yeah|maybe|frankly|at the moment|"
    r"no(?=,|:| (?:i|we|he|she|it|they|you|my|our|his|her|the|that|this|there)\b))\b[,:]?\s+)+",
    re.I,
)
_SUBJECT = re.compile(
    r"^(?:i|i'm|i've|i'd|i'll|im|ive|we|we're|we've|we'd|we'll|he|he's|she|she's|they|they're|they've|"
    r"it|it's|there|there's|that's|this|nobody|no one|everyone|everybody|everything|nothing|"
    r"people)\b",
    re.I,
)
_NOUN_SUBJECT = re.compile(r"^(?:my|our|the|this|these|those|a|an|some|most|all|both|one)\b", re.I)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|do|does|did|can|could|will|would|should|must|may|might|"
    r"isn't|aren't|wasn't|weren't|hasn't|haven't|hadn't|doesn't|don't|didn't|can't|couldn't|won't|"
    r"wouldn't|shouldn't|keeps?|says?|said|wants?|needs?|goes|went|gets?|got|makes?|made|takes?|took|"
    r"gives?|gave|leaves?|left|feels?|felt|thinks?|thought|knows?|knew|comes?|came|tells?|told|"
    r"works?|worked|runs?|ran|starts?|started|asks?|asked|looks?|looked|means?|meant|seems?|seemed|"
    r"closed|changed|offered|moved|called|helped|turned|pays?|paid|costs?|expects?|depends?)\b",
    re.I,
)
_BARE_PAST = re.compile(r"^(?:was|were|am)\b", re.I)
_BARE_BEEN = re.compile(r"^(?:(?:never|always|just|still|already) )?been\b", re.I)
# A time, place or condition ahead of the clause: "In Kyiv I found …", "When I'm alone, …".
_AHEAD = re.compile(
    r"^(?:if|when|whenever|while|after|before|since|until|in|at|on|with|without|for|from|during|by|"
    r"last|every|some ?times|once|most|today|yesterday|now)\b",
    re.I,
)
_SUBJECT_INSIDE = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|we|we're|we've|he|she|they|it|it's|my \w+|our \w+|the \w+|"
    r"nobody|everyone|everybody|people)\b",
    re.I,
)
# Where people type without apostrophes; "well", "were", "hell" and "its" are words of their own.
_NO_APOSTROPHE = re.compile(
    r"\b(do|does|did|ca|could|would|should|is|are|was|were|has|have|had|wo|ai)(nt)\b", re.I
)
_ITS_HEAD = re.compile(
    r"^its (?=(?:the|an?|my|our|not|just|so|too|very|really|about|like|been|all|always|never|hard|"
    r"only|because|that|what|more|mostly|kind|getting|going|no|still|ok|okay|fine|good|bad)\b)",
    re.I,
)
# "She said we'll see" is told of whoever said it.
_THEIR_WORDS = re.compile(
    r"\b(?:said|says|goes|like|replied|answered),? (?:we|i)(?:'ll| will|'m|'re)\b", re.I
)
_JOINED = re.compile(r"\b(i)(m|ve)\b|\b(they|you)(re|ve)\b|\b(that|there|he|she)(s)\b", re.I)
# "id" and "ill" are words too: only before what somebody does, and not where one is or feels ill.
_SHORT_WILL = re.compile(
    r"(?:\b(is|was|are|were|am|be|been|being|fell|fall|feel|felt|get|got|too|so|very|an?|the|my|his|"
    r"her) )?"
    r"\b(i)(d|ll) (?=(?:just |also |never |still |rather |really |probably |then )*(?:ask|apply|be|"
    r"bring|call|choose|come|do|email|find|get|give|go|have|help|keep|learn|leave|let|like|look|"
    r"love|make|meet|need|offer|pay|phone|practi[cs]e|put|read|ring|say|see|send|show|sit|start|"
    r"stay|stop|take|talk|teach|tell|text|think|train|try|use|visit|wait|want|work|write)\b)",
    re.I,
)
_OWNER = re.compile(r"\b(somebody|someone|nobody|everybody|everyone|anybody|anyone)s\b", re.I)
# "I just sell shoes" is given back without the belittling.
_BELITTLED = re.compile(
    r"\b(i|we) (?:just (?!now|got|started|came|left|want|need|wish|hope)"
    r"|only (?=help|do\b|did\b|assist|support|sell|clean|serve|answer))"
    r"|\b(i'm|i am|im|i was) (?:just|only) (?=(?:an?|the)\b)",
    re.I,
)
_TRAILING = re.compile(
    r"(?:[\s,]+(?:and|or|but|so))?[\s,]+(?:well|you know|i guess|i suppose|i think|honestly|lol|"
    r"haha|though|tbh|anyway|or so|or something|i mean|really|sorry)$",
    re.I,
)
# "Took me two weekends" is told of a thing; of whom "told me to wait" is told nobody knows.
_DONE_TO_ME = re.compile(r"^\w+ (?:me|us)\b", re.I)
_OF_THINGS = re.compile(
    r"^(?:took|takes|costs?|kept|keeps|made|makes|gave|gives|left|leaves|drove|drives|scare[ds]|"
    r"help(?:ed|s)|save[ds]|bother(?:ed|s)|worrie[ds]|surprised|stresse[ds])\b",
    re.I,
)
_A_BIT = re.compile(r"^bit ")
_FRAGMENT_WORDS = 14
# "Just get me an interview" is said to the coach; given back it would be an order.
_ORDER = re.compile(
    r"^(?:(?:just|please|now) )*"
    r"(?:get|give|tell|let|help|show|make|send|find|stop|leave|ask|skip)\b",
    re.I,
)
_BARE_VERB = re.compile(
    r"^(?:want|need|have|had|got|get|work|worked|started|start|moved|feel|felt|love|loved|hate|hated|"
    r"run|ran|manage|managed|led|lead|built|made|did|do|don't|dont|can't|cant|couldn't|never|always|"
    r"just|still|left|lost|spent|took|went|know|think|like|took|wrote|taught|organised|organized|"
    r"trained|helped|fixed|handled|hope|wish|would like|used to)\b",
    re.I,
)
# "Scared of looking desperate" tells how somebody is, "scared my cat" what was done.
_STATE = re.compile(
    r"^(?:(?:a bit|bit|kind of|kinda|sort of|pretty|really|so|very|too|just|still|also|quite|"
    r"totally|completely) )*"
    r"(?:scared|afraid|tired|worried|bored|stuck|torn|excited|frustrated|exhausted|annoyed|"
    r"confused|embarrassed|disappointed|overwhelmed|stressed|interested|concerned|relieved|"
    r"burnt|burned|fed|nervous|anxious|angry|sad|happy|proud|ashamed|lonely|lost|done|ready|unsure|"
    r"sure|shy|sick|curious|hopeful|glad)"
    r"(?:$|,| (?:of|about|by|that|to|with|from|in|at|over|up|out|because|since|and|now|when|all|"
    r"again|today|lately|enough)\b)"
    r"|^(?:scared|afraid|worried|sure|unsure|glad|happy|sad|angry|annoyed|disappointed) "
    r"(?:i|he|she|it|they|we|(?:my|the|our) \w+ (?:will|would|might|could|won't|can't|is|are|was))"
    r"\b",
    re.I,
)
_BARE_ING = re.compile(
    r"^(?:looking|trying|hoping|thinking|working|planning|struggling|feeling|studying)\b", re.I
)
_ADDRESSED = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b|\?", re.I)
_WRONG_START = re.compile(
    r"^(?:if|when|while|which|who|what|how|why|where|to|for|in|at|with|not)\b", re.I
)

_SWAPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\b[Ii] am\b", "you are"),
        (r"\b[Ii] was\b", "you were"),
        (r"\b[Ii] wasn(['’])t\b", r"you weren\1t"),
        (r"\b[Aa]m [Ii]\b", "are you"),
        (r"\b[Ww]as [Ii]\b", "were you"),
        (r"\b[Ii](['’])m\b", r"you\1re"),
        (r"\b(?:[Ii]m)\b", "you're"),
        (r"\b(?:[Ii]ve)\b", "you've"),
        (r"\b(?:I|[Ww]e|i)(['’])(ve|d|ll|re)\b", r"you\1\2"),
        (r"\b(?:I|i|[Ww]e)\b", "you"),
        (r"\b(?:[Mm]y|[Oo]ur)\b", "your"),
        (r"\b[Mm]yself\b", "yourself"),
        (r"\b[Oo]urselves\b", "yourselves"),
        (r"\b[Mm]e\b", "you"),
        (r"\b[Uu]s\b", "you"),
        (r"\b[Oo]urs\b", "yours"),
        (r"(?<=of )[Mm]ine\b|\b[Mm]ine$", "yours"),
    )
)


# A clause is retold to weigh it, and once more when it is chosen.
@lru_cache(maxsize=128)
def retell(clause: str) -> str | None:
    """Return the clause told to the user, lower-case start and no full stop, or None.

    Args:
        clause: an exact piece of the user's message, at best one clause.
    """
    text = _readable(clause)
    if len(text.split()) < 3 or not _safe(text):
        return None
    first = text.split()[0].lower()
    if _STATE.match(text):
        text = "i'm " + _A_BIT.sub("a bit ", _small(text))
    elif _DONE_TO_ME.match(text) and _OF_THINGS.match(text):
        text = "it " + _small(text)
    elif _by_somebody(text):
        return None
    elif _BARE_BEEN.match(text):
        text = "i've " + _small(text)
    elif _BARE_PAST.match(text) or _BARE_VERB.match(text) or is_past(first):
        text = "i " + _small(text)
    elif _BARE_ING.match(text):
        text = "i'm " + _small(text)
    elif _NOUN_SUBJECT.match(text) and not _AHEAD.match(text):
        if not _finite(" ".join(text.split()[1:9])):
            return None
    elif not _SUBJECT.match(text) and not _whole_behind(text):
        return None
    return _lower_start(_swapped(text))


def fragment(clause: str) -> str | None:
    """A short piece without subject or verb told to the user ("my respect" → "your respect").

    None where it is too long to stand alone, or addresses somebody.
    """
    text = _readable(clause)
    if not text or len(text.split()) > _FRAGMENT_WORDS or not _safe(text) or _ORDER.match(text):
        return None
    if _by_somebody(text):
        return None
    return _lower_start(_swapped(text))


def _by_somebody(text: str) -> bool:
    """Whether it tells what somebody who is not named did to the user."""
    done = _DONE_TO_ME.match(text) is not None and is_past(text.split()[0].lower())
    return done and not _OF_THINGS.match(text) and not text.lower().startswith("let ")


def _readable(clause: str) -> str:
    """The clause without outer marks, lead-ins and trailing fillers, with its apostrophes."""
    text = re.sub(r"\s+", " ", clause.strip(" \t\n.!…,;:-–—\"'“”")).replace("’", "'")
    text = _LEAD_IN.sub("", text)
    while (shorter := _TRAILING.sub("", text)) != text:
        text = shorter.rstrip(" ,")
    text = _NO_APOSTROPHE.sub(lambda found: f"{found[1]}n't", text)
    text = _ITS_HEAD.sub("it's ", text)
    text = _JOINED.sub(_with_apostrophe, text)
    text = _SHORT_WILL.sub(lambda found: found[0] if found[1] else f"{found[2]}'{found[3]} ", text)
    text = _OWNER.sub(r"\1's", text)
    return _BELITTLED.sub(lambda found: f"{found[1] or found[2]} ", text)


def _with_apostrophe(found: re.Match[str]) -> str:
    start, end = (part for part in found.groups() if part)
    return f"{start}'{end}"


def _safe(text: str) -> bool:
    """Whether no pronoun of it can be meant for somebody else than the user and their people."""
    if _ADDRESSED.search(text) or _THEIR_WORDS.search(text):
        return False
    if _WRONG_START.match(text) and not _AHEAD.match(text):
        return False
    return text.count('"') % 2 == 0 and text.count("(") == text.count(")")


def _whole_behind(text: str) -> bool:
    """Whether a subject with its verb follows what stands ahead of the clause.

    A condition alone ("when the head goes") is only half a sentence.
    """
    if not _AHEAD.match(text):
        return False
    ahead = re.match(r"(?:if|when|whenever|while|after|before|since|until)\b", text, re.I)
    behind = text.partition(", ")[2] if ahead else text.partition(" ")[2]
    found = _SUBJECT_INSIDE.search(behind)
    return found is not None and _finite(behind[found.start() :])


def _finite(text: str) -> bool:
    return _FINITE.search(text) is not None or bool(deeds(text))


def _small(text: str) -> str:
    return text[0].lower() + text[1:]


def _swapped(text: str) -> str:
    for pattern, new in _SWAPS:
        text = pattern.sub(new, text)
    return text


def _lower_start(text: str) -> str:
    first = text.split()[0]
    if first.lower() in {
        "the",
        "a",
        "an",
        "this",
        "these",
        "those",
        "some",
        "most",
        "all",
        "both",
        "one",
        "he",
        "he's",
        "she",
        "she's",
        "they",
        "they're",
        "they've",
        "it",
        "it's",
        "there",
        "there's",
        "that's",
        "nobody",
        "no",
        "everyone",
        "everybody",
        "everything",
        "nothing",
        "people",
        "you",
        "your",
    } or first.lower().startswith("you"):
        return text[0].lower() + text[1:]
    return text


def capital(text: str) -> str:
    """The text with a capital first letter, where one letter is its capital (ß has none)."""
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text
