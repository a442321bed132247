"""For any text: nothing raises, scores stay in range, quotes are exact, nothing is invented."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.experiences import QUOTE_WORDS, experience_in
from bot.engine.meaning import static_vectors
from bot.engine.profile import career_profile
from bot.engine.profile_parts import Fact, Lived, Quote
from bot.engine.quality import assess
from bot.engine.sentences import typed

SPEECH = """
i I I'm we he she they my the a as and so but then because who that to of in on at by for with
help helped helping people customers nurse cook work many more less fewer several asked built
wrote rang was were been had have never always now since Friday March Anna Oslo 7 12 30% 2,000
two hundred . , ; ! ? - — … ( ) “ ” ' would could not nobody shift rota happy went well okay
leveraged synergy KPI étude 🙂
"""
WORDS = st.sampled_from([*SPEECH.split(), "\n"])
LIKE_SPEECH = st.lists(WORDS, max_size=60).map(" ".join)
TEXTS = st.one_of(LIKE_SPEECH, st.text(max_size=200))
NOT_THEIRS = re.compile(
    r"\bI'm the |\[who\?\]|\[whom\?\]|\[what\?\]|\[number\?\]| who helps | achieve "
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_scores_stay_in_range(question: str, answer: str) -> None:
    quality = assess(question, answer, static_vectors())
    numbers = [quality.score, quality.confidence, *quality.parts.values()]
    assert all(0 <= number <= 1 for number in numbers if number is not None)
    assert (quality.parts["relevance"] is None) == (not question.strip())
    assert (quality.gap is None) == (quality.strategy == "proceed")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_pieces_are_exact(text: str) -> None:
    for one in typed(text):
        assert text[one.span.start : one.span.end] == one.span.text
        assert all(0 <= strength <= 1 for strength in one.kinds.values())


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_quotes_are_exact_and_short(text: str) -> None:
    experience = experience_in(text)
    if experience is None:
        return
    told = (experience.context, experience.action, experience.result, *experience.rest.values())
    assert any(told)
    for quote in told:
        assert quote is None or (quote in text and 0 < len(quote.split()) <= QUOTE_WORDS)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_profile_invents_nothing(messages: list[str]) -> None:
    facts = [Fact("goal", Quote(number, text)) for number, text in enumerate(messages)]
    lives = [_lived(number, text) for number, text in enumerate(messages)]
    profile = career_profile(facts, [*lives, Lived(action=facts[0].quote)])
    lines = [profile.story, *profile.bullets]
    for quote in (quote for line in lines for quote in line.quotes):
        assert quote.text in messages[quote.message]
    source = " ".join(messages).lower()
    for line in lines:
        said = NOT_THEIRS.sub(" ", line.text)
        assert all(number in source for number in re.findall(r"\d[\d.,]*\d|\d", said))
        assert all(name.lower() in source for name in re.findall(r"[A-Z]\w+", said))
    assert all(0 <= score <= 1 for score in profile.scores.values())


def _lived(number: int, text: str) -> Lived:
    told = experience_in(text)
    if told is None:
        return Lived()

    def part(quote: str | None) -> Quote | None:
        return Quote(number, quote) if quote else None

    return Lived(
        part(told.context),
        part(told.action),
        part(told.result),
        {name: Quote(number, quote) for name, quote in told.rest.items() if quote},
    )
