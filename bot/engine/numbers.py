"""Numbers people type: as words, and on a scale."""

from __future__ import annotations

import re

from personas import steering

NUMBER_WORDS = {
    "zero": 0,
    "nought": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_TOKEN = re.compile(
    r"\b(?:(\d{1,2})(?:\.5)?|(" + "|".join(NUMBER_WORDS) + r"))\b(?!\s*(?:%|percent))", re.I
)
_SHORT_ANSWER = 14
# "I covered 3 shifts", "eight young nurses": the number counts something and rates nothing.
_COUNTED = re.compile(
    r"\s+(?:(?!(?:on|for|in|as|if|but|and|or|because|with|at|of|when|is|was|to|maybe|so)\b)[a-z]+\s+)?"
    r"(?!(?:always|perhaps|unless|sometimes|this|its|yes|was|has|points?|stars)\b)[a-z]{3,}[^s\W]s\b"
    r"|\s+(?:of (?:us|them|my|our|the)|people|men|women|children|kids)\b",
    re.I,
)
_OUT_OF = re.compile(r"(?:/|\bout of\b|\bof\b)\s*(?:5|10|five|ten)\b", re.I)


def scale_numbers(text: str, low: int, high: int, language: str | None = None) -> list[int]:
    """The numbers from ``low`` to ``high`` in the text, in order; "7 out of 10" is 7.

    Digits written together ("32435") count one by one when each is on the scale.

    Args:
        language: the code of the language the talk is held in, whose number words count in a short
            message; None for English alone.
    """
    found = _scale_numbers(text, low, high)
    if found or language is None:
        return found
    return [value for value in steering.numbers_in(text, language) if low <= value <= high]


def _scale_numbers(text: str, low: int, high: int) -> list[int]:
    plain = _OUT_OF.sub(" ", text)
    together = re.fullmatch(r"\s*(\d{3,5})\s*", plain)
    if together and high < 10 and all(low <= int(digit) <= high for digit in together[1]):
        return [int(digit) for digit in together[1]]
    found: list[int] = []
    # In a long text "one" and "two" mostly count something else.
    wordy = len(plain.split()) > _SHORT_ANSWER
    for token in _TOKEN.finditer(plain):
        if (wordy and not token[1]) or _COUNTED.match(plain, token.end()):
            continue
        value = int(token[1]) if token[1] else NUMBER_WORDS[token[2].lower()]
        if low <= value <= high:
            found.append(value)
    return found
