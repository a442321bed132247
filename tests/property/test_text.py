import re
from string import ascii_lowercase

from hypothesis import given
from hypothesis import strategies as st

from bot import commands
from bot.engine.evidence import find, read, short_quote
from bot.engine.intents import understand
from bot.engine.numbers import scale_numbers
from bot.engine.reflecting import reflections
from bot.engine.text import clauses, clean, folded, sentences
from personas.models import Slot

WORDS = "I want to but nobody listens, because my boss … said “no”! If it fails, I'll ask Ana. 12 %"
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(WORDS.split()), max_size=60).map(" ".join),
)


@given(TEXTS)
def test_spans_are_exact_pieces(text: str) -> None:
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        for clause in clauses(sentence):
            assert text[clause.start : clause.end] == clause.text


@given(TEXTS, st.sampled_from([None, *Slot]), st.booleans())
def test_evidence_is_quoted_exactly(text: str, asked: Slot | None, planning: bool) -> None:
    text = clean(text)
    for found in find(7, text, read(text), asked, planning=planning):
        assert found.evidence.quote in text
        assert found.evidence.quote
        assert 0.0 < found.evidence.certainty <= 1.0


@given(TEXTS)
def test_reflections_quote_exactly(text: str) -> None:
    text = clean(text)
    for reflection in reflections(read(text), 1):
        assert reflection.quote in text


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXTS, st.sampled_from(["want", r"\bi\b", r"[a-z]+\w", "k", "s"]))
def test_a_folded_text_holds_what_is_found_in_any_case(text: str, pattern: str) -> None:
    there = [found.span() for found in re.finditer(pattern, text, re.I)]
    assert [found.span() for found in re.finditer(pattern, folded(text))] == there


def test_folding_takes_the_same_characters_for_a_letter_as_a_search_in_any_case() -> None:
    every = " ".join(map(chr, range(0x10000)))
    assert len(folded(every)) == len(every)
    for letter in ascii_lowercase:
        found = re.findall(letter, every, re.I)
        assert folded(every).count(letter) == len(found)


@given(TEXTS, st.integers(1, 30))
def test_a_short_quote_begins_the_text(text: str, limit: int) -> None:
    quote = short_quote(text, limit)
    assert text.strip().startswith(quote)
    assert len(quote.split()) <= limit


@given(TEXTS)
def test_nothing_that_is_typed_raises(text: str) -> None:
    understand(text)
    understand(text, expects_short=True)
    parsed = commands.parse(text)
    assert parsed is None or isinstance(parsed.argument, str)
    assert all(1 <= number <= 5 for number in scale_numbers(text, 1, 5))
