import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.axes import reader
from bot.engine.cross_analysis import SessionDigest, analyse, as_json
from bot.engine.cross_matching import Statement, find_matches
from bot.engine.cross_text import as_markdown
from bot.engine.meaning import static_vectors
from personas.catalogue import Catalogue

COACHES = ("life_coach", "executive_coach", "interview_coach")
CATALOGUE = Catalogue()
SAID = (
    "I want to be home by four.",
    "I'd like to run the whole department, and then the region; why not?",
    "I freeze when everyone looks at me.",
    "Evenings with my kids come first!",
    "My sister wants to move abroad.",
    "We are nine people in two rooms.",
    "no more overtime… never again — I mean it",
)
lines = st.one_of(st.sampled_from(SAID), st.text(max_size=80))
talks = st.lists(st.tuples(st.sampled_from(COACHES), lines), min_size=1, max_size=9)


def told(talk: list[tuple[str, str]]) -> list[Statement]:
    return [Statement(coach, coach, n, text) for n, (coach, text) in enumerate(talk)]


@given(talks)
@settings(max_examples=60, deadline=None)
def test_matches_quote_exactly_and_name_two_coaches(talk: list[tuple[str, str]]):
    said = told(talk)
    texts = {(one.coach, one.message): one.text for one in said}
    for match in find_matches(said, reader()):
        assert len(match.coaches) >= 2
        assert len(match.quotes) == len(match.sides)
        assert len({(quote.coach, quote.message) for quote in match.quotes}) == len(match.quotes)
        assert all(quote.text in texts[quote.coach, quote.message] for quote in match.quotes)


@given(talks)
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_coaches_were_seen_changes_no_agreement(talk: list[tuple[str, str]]):
    said = told(talk)
    there = {(match.kind, match.theme) for match in find_matches(said, reader())}
    mirrored = {(match.kind, match.theme) for match in find_matches(said[::-1], reader())}
    assert there == mirrored


@given(talks)
@settings(max_examples=30, deadline=None)
def test_the_whole_is_json_and_fits_the_chat(talk: list[tuple[str, str]]):
    said = told([*talk, ("life_coach", "I like tea."), ("executive_coach", "We are nine.")])
    digests = [
        SessionDigest(coach, coach, own)
        for coach in COACHES
        if (own := [one for one in said if one.coach == coach])
    ]
    analysis = analyse(digests, CATALOGUE, static_vectors(), date(2026, 11, 22))
    made = as_json(analysis)
    assert json.loads(json.dumps(made)) == made
    assert 0 <= analysis.confidence <= 1
    assert 0 <= analysis.completeness <= 1
    assert len(as_markdown(analysis, CATALOGUE).split()) <= 450
