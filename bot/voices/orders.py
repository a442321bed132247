"""Orders to a machine in what a person wrote, in a file or in a name: followed by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.engine.text import STOPWORDS, folded, words
from bot.voices.patterns import patterns
from bot.voices.sentences import Sentences

# "ZEBRA-4417": letters in capitals with digits or joints, as codes are.
_CODE = re.compile(r"\b(?=\w*[A-Z])(?=\w*[\d_-])[\w-]{4,}\b")


def without_orders(text: str, planted: set[str]) -> Iterator[str]:
    """The sentences that give no orders; what the others want said goes to ``planted``."""
    rules = patterns()
    ordered = False
    splitter = Sentences()
    for sentence in [*splitter.feed(text), *splitter.rest()]:
        gives = rules.orders.search(folded(sentence).strip()) is not None
        if gives or ordered:
            found = (one for wanted in rules.ordered for one in wanted.finditer(sentence))
            for plain in (" ".join(words(one[1])) for one in found):
                if plain and not all(word in STOPWORDS for word in plain.split()):
                    planted.add(plain)
            planted.update(one.lower() for one in _CODE.findall(sentence))
        ordered = gives
        if not gives:
            yield sentence
