"""Retells a clause of the user in the second person: "I run the shift" → "you run the shift".

English turns from first to second person by its pronouns and two verb forms alone, so this needs no
parser; a clause for which that is not safe (it addresses somebody as "you", or has no subject we
know) gives None, and the caller quotes it instead.
"""

from __future__ import annotations

import re

_LEAD_IN = re.compile(
    r"^(?:(?:and|but|so|because|since|although|though|that|then|also|or|yet|plus|well|ok|okay|oh|hmm|"
    r"honestly|actually|basically|to be honest|tbh|i mean|i guess|i think(?: that)?|i feel like|"
    r"i suppose|you know|like|look|anyway|yes|yeah|no|maybe|frankly|at the moment)\b[,:]?\s+)+",
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
_BARE_VERB = re.compile(
    r"^(?:want|need|have|had|got|get|work|worked|started|start|moved|feel|felt|love|loved|hate|hated|"
    r"run|ran|manage|managed|led|lead|built|made|did|do|don't|dont|can't|cant|couldn't|never|always|"
    r"just|still|left|lost|spent|took|went|know|think|like|took|wrote|taught|organised|organized|"
    r"trained|helped|fixed|handled|hope|wish|would like|used to)\b",
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


def retell(clause: str) -> str | None:
    """Return the clause told to the user, lower-case start and no full stop, or None.

    Args:
        clause: an exact piece of the user's message, at best one clause.
    """
    text = re.sub(r"\s+", " ", clause.strip(" \t\n.!…,;:-–—\"'“”")).replace("’", "'")
    text = _LEAD_IN.sub("", text)
    if len(text.split()) < 3 or _ADDRESSED.search(text) or _WRONG_START.match(text):
        return None
    if text.count('"') % 2 or text.count("(") != text.count(")"):
        return None
    if _BARE_PAST.match(text) or _BARE_VERB.match(text):
        text = "i " + text[0].lower() + text[1:]
    elif _BARE_ING.match(text):
        text = "i'm " + text[0].lower() + text[1:]
    elif _NOUN_SUBJECT.match(text):
        if not _FINITE.search(" ".join(text.split()[1:9])):
            return None
    elif not _SUBJECT.match(text):
        return None
    for pattern, new in _SWAPS:
        text = pattern.sub(new, text)
    return _lower_start(text)


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
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
