"""Cuts a growing text into sentences, each handed over as soon as its last character is there.

Made for the tokens of a language model: nothing that is still open is handed over (a link, a code
fence, a quotation, emphasis), and what follows the line of the notes never is. White space belongs
to the sentence after it, so that one that is left out takes its line break along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# The line after which a reply holds notes instead of text.
SENTINEL: Final = "<<<notes"
# A text without any end is cut at a space, so that memory and the checks stay bounded.
LONGEST: Final = 2_000

_SENTINEL = re.compile(r"<<< ?notes", re.I)
_MARK = re.compile(r"\n|`+|\*+|[“”„«»「」『』\"()\[\]]|[.!?…؟।]+|[。！？]+")
_FENCE = re.compile(r"\n {0,3}(`{3,}|~{3,})[^`\n]*")
_BLANK = re.compile(r"[ \t]*(?:\n|\Z)")
_BLOCK = re.compile(r"[ \t]*(?:(?:[-*+>#|]|\d{1,3}[.)]) |```|~~~)")
_NUMBERING = re.compile(r"(?:\A|\n)[ \t>]*(?:\d{1,3}|[A-Za-z])\.\Z")
_CLOSERS: Final = "\"'”’“»«」』）)]*_"
_SPACE = re.compile(r"\s+")
# Not the end of a sentence, whatever follows.
_NEVER_LAST = re.compile(
    r"(?:\b(?:mr|mrs|ms|mx|dr|dra|st|prof|vs|approx|dept|fig|cf|e\.g|i\.e|bzw|ca|evtl|ggf|nr|"
    r"z\. ?b|u\. ?a|d\. ?h|p\. ?ex|sra|mme|mlle)|(?<![\w.'’])(?!I\.)[A-Z])\.\Z",
    re.I,
)
# The end of a sentence only where a capital letter follows.
_MAYBE_LAST = re.compile(
    r"(?:\b(?:etc|usw|inc|ltd|jr|sr|a\.m|p\.m|ph\.d|(?:[a-z]\.)+[a-z])\.|…|\.\.+|"
    r"[.?!…]+[\"”’“»」』]+[*_]*)\Z",
    re.I,
)
# Mostly the end: not worth keeping back until the next word shows it.
_LIKELY_LAST = re.compile(r"(?<!\.)\.[\"”’“»」』]+[*_]*\Z")
_OPENS_QUOTE = re.compile(r"(?:^|[\s(\[])['‘]\w[^\n]*\Z")
_NO_WORD_END = re.compile(
    r"(?:\S*(?:://|www\.|@|[/\\_=])\S*|\d|(?<![\w'’])\w)\.+\Z|\S*(?:://|www\.)\S*\Z"
)
_PAIRS: Final = {"“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "[": "]"}


class Sentences:
    """An incremental splitter: what it returns, joined, is the text before the notes."""

    def __init__(self) -> None:
        self._held = ""
        self._line_start = True
        self._noted = False
        self._after_end = False
        self._notes: list[str] = []

    @property
    def notes_begun(self) -> bool:
        """Whether the line of the notes has come; nothing more will be handed over then."""
        return self._noted

    @property
    def notes(self) -> str:
        """What followed the line of the notes so far."""
        return "".join(self._notes)

    def feed(self, chunk: str) -> list[str]:
        """Take the next piece of the text.

        Returns:
            The sentences that are whole now, in order, each with the white space before it; a
            list item, a heading, a table's row and a whole code fence count as one each.
        """
        if self._noted:
            self._notes.append(chunk)
            return []
        self._held += chunk
        found = _SENTINEL.search(self._held)
        if found is None:
            return list(self._whole())
        self._noted = True
        self._notes.append(self._held[found.end() :])
        self._held = _without_open_fence(self._held[: found.start()])
        return [*self._whole(), *self._remainder()]

    def rest(self) -> list[str]:
        """What is left when the text has ended, whole or not; begun notes are not text."""
        if self._noted:
            return []
        self._held = _without_begun_sentinel(self._held)
        return [*self._whole(), *self._remainder()]

    def _whole(self) -> Iterator[str]:
        while (end := self._end()) is not None:
            yield self._held[:end]
            self._held = self._held[end:]
            self._line_start = False

    def _remainder(self) -> Iterator[str]:
        if self._held.strip():
            yield self._held
        self._held = ""

    def _end(self) -> int | None:
        if self._after_end:
            # More dots or marks of a sentence that is handed over already.
            tail = len(self._held) - len(self._held.lstrip(".!?…"))
            if tail or self._held:
                self._after_end = False
            if tail:
                return tail
        end = first_end(self._held, line_start=self._line_start)
        self._after_end = end is not None and end == len(self._held)
        return end


def first_end(text: str, *, line_start: bool = True) -> int | None:
    """Where the first sentence of a growing text ends; None while that can't be told.

    Args:
        text: what has come so far, with the white space before the sentence.
        line_start: whether ``text`` begins at the start of a line.
    """
    body = len(text) - len(text.lstrip())
    shifted = f"\n{text}" if line_start else text
    shift = int(line_start)
    fence = _FENCE.search(shifted, max(0, shifted.rfind("\n", 0, body + shift)))
    if fence is not None and not shifted[: fence.start()].strip():
        return _end_of_fence(text, fence[1], fence.end() - shift)
    end = _Scan(text, body).end()
    return end if end is not None or len(text) <= LONGEST else _forced(text)


def _end_of_fence(text: str, mark: str, start: int) -> int | None:
    closing = re.compile(rf"\n {{0,3}}{mark[0]}{{{len(mark)},}}[ \t]*(?=\n)").search(text, start)
    return closing.end() if closing else None


def _forced(text: str) -> int | None:
    """A cut at the last space that is in no link; None inside one."""
    upto = text[:LONGEST]
    if upto.rfind("[") > upto.rfind(")"):
        upto = upto[: upto.rfind("[")]
    place = max(upto.rfind(" "), upto.rfind("\n"))
    return place if place > 0 and upto[:place].strip() else None


def _without_open_fence(text: str) -> str:
    """Without a code fence opened around the notes alone."""
    return re.sub(r"(?:\A|\n) {0,3}(?:`{3,}|~{3,})[^`\n]*\s*\Z", "\n", text)


def _without_begun_sentinel(text: str) -> str:
    begun = re.search(r"(?:\A|(?<=\n))<{1,3} ?\w{0,5}\Z", text)
    if begun and SENTINEL.startswith(begun.group().replace(" ", "").lower()):
        return text[: begun.start()]
    return text


class _Scan:
    """One look through a text for the end of its first sentence; keeps what is open on the way."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        # The closing marks waited for, the innermost last; "](" stands for a link's address.
        self.open: list[str] = []

    def end(self) -> int | None:
        """Where the sentence ends; None while that can't be told."""
        while (mark := _MARK.search(self.text, self.at)) is not None:
            self.at = mark.end()
            found = mark.group()
            if found == "\n":
                if self._breaks(mark.start()):
                    return mark.start()
            elif found[0] in ".!?…؟।。！？":
                self._close_after()
                if not self.open and (decided := self._ends(mark)) is not None:
                    return decided if decided > 0 else None
            else:
                self._mark(found, mark.start())
        return None

    def _breaks(self, place: int) -> bool:
        """Whether a line break ends the sentence: not inside a link or a quotation."""
        inside = [one for one in self.open if one not in (")", "**", "*", "`")]
        self.open = inside
        if not inside:
            return True
        after = self.text[place + 1 :]
        if not after.strip(" \t"):
            # What comes next is not there yet, or the paragraph is over.
            return "\n" in after
        return bool(_BLANK.match(after) or _BLOCK.match(after))

    def _mark(self, found: str, place: int) -> None:
        if found[0] == "`":
            self._code(found)
        elif found[0] == "*":
            self._stars(found, place)
        elif found in self.open:
            while self.open.pop() != found:
                pass
        elif found == "(":
            before = self.text[place - 1 : place]
            if before not in (":", ";", "=", "-"):
                self.open.append(")")
        elif found == '"':
            self.open.append('"')
        elif found in _PAIRS:
            self.open.append(_PAIRS[found])

    def _code(self, ticks: str) -> None:
        close = re.compile(rf"(?<!`){ticks}(?!`)").search(self.text, self.at)
        line_end = self.text.find("\n", self.at)
        if close is not None and (line_end < 0 or close.start() < line_end):
            self.at = close.end()
        elif line_end < 0:
            self.open.append("`")

    def _stars(self, stars: str, place: int) -> None:
        before, after = self.text[place - 1 : place], self.text[self.at : self.at + 1]
        if len(stars) == 1 and (not after or after.isspace()) and (not before or before.isspace()):
            return
        kind = "**" if len(stars) > 1 else "*"
        if kind in self.open:
            self.open.remove(kind)
        elif after and not after.isspace():
            self.open.append(kind)

    def _close_after(self) -> None:
        """Take the closing marks that follow a full stop along."""
        while self.at < len(self.text) and self.text[self.at] in _CLOSERS:
            run = _MARK.match(self.text, self.at)
            found = run.group() if run else self.text[self.at]
            closes = found in self.open or (found[0] == "*" and found[:2] in self.open)
            if not closes and found not in ("'", "’", "_"):
                return
            place, self.at = self.at, self.at + len(found)
            if closes:
                self._mark(found, place)

    def _ends(self, mark: re.Match[str]) -> int | None:
        """The end after the mark; 0 where what follows must be waited for; None where none is."""
        told = self.text[: self.at]
        after = self.text[self.at : self.at + 1]
        if mark.group()[0] in "。！？":
            return self.at
        if after and not after.isspace():
            return None
        dot = mark.group() == "."
        if dot and (_NUMBERING.search(told) or _NEVER_LAST.search(told)):
            return None
        if _MAYBE_LAST.search(told):
            return self._by_next_letter(0 if not _LIKELY_LAST.search(told) else self.at)
        if after:
            return self.at
        if _NO_WORD_END.search(told) or _OPENS_QUOTE.search(told):
            return 0
        return self.at

    def _by_next_letter(self, untold: int) -> int | None:
        """The end where the next word begins a sentence; ``untold`` while there is none."""
        space = _SPACE.match(self.text, self.at)
        if space is None:
            return untold
        if "\n" in space.group():
            return self.at
        following = self.text[space.end() : space.end() + 1]
        if not following:
            return untold
        return None if following.islower() or following in ",;–—-" else self.at
