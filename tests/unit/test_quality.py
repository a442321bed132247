import numpy as np
import pytest

from bot.engine.meaning import static_vectors
from bot.engine.quality import Quality, assess
from bot.engine.sentences import FEATURES, LEARNED, MODEL, pieces, typed
from bot.engine.text import sentences
from bot.engine.verbs import deeds, weight
from evaluation.quality import on_test_set
from scripts.make_sentence_model import PROBE

ASKED = "Tell me about a time you put something right."
STORY = (
    "The lift in our block was out for a month. I photographed the notice every morning, sent the "
    "set to the housing office and copied in the fire brigade. It ran again within four days, and "
    "Mrs Hale came down to the garden for the first time since spring."
)
GENERAL = "Our lift was broken for a while. I complained to the office a few times. It got better."
PRAISE = (
    "I always put things right, it's simply who I am. In 14 years I've never left a problem "
    "unsolved, my neighbours call me the fixer, and 9 out of 10 would say the same. Where there's "
    "a will there's a way, you just have to care."
)
SOUP = (
    "I leveraged 7 cross-functional synergies to drive 120% lift uptime excellence, aligned 14 "
    "stakeholders end-to-end and operationalised a best-in-class maintenance paradigm. As a result "
    "360-degree mobility value was scaled by 40 basis points."
)


def judged(answer: str, question: str = ASKED) -> Quality:
    return assess(question, answer, static_vectors())


def test_a_story_beats_a_general_one_and_that_beats_self_praise() -> None:
    assert judged(STORY).score > judged(GENERAL).score > judged(PRAISE).score


def test_keyword_soup_stays_below_the_general_story() -> None:
    assert judged(SOUP).score < judged(GENERAL).score / 2


def test_soup_soaks_the_plain_sentence_in_it() -> None:
    plain = "I rang nine firms and mended the pump."
    alone, soaked = judged(plain).parts["action"], judged(f"{SOUP} {plain}").parts["action"]
    assert alone is not None
    assert soaked is not None
    assert soaked < alone / 2


def test_a_short_story_beats_long_praise_with_figures() -> None:
    short = "I oiled the gate by the nursery, and the babies sleep through the post now."
    assert judged(short).score > judged(PRAISE * 3).score


def test_saying_it_again_buys_nothing() -> None:
    assert judged(f"{GENERAL} {GENERAL} {GENERAL}").score == pytest.approx(judged(GENERAL).score)


@pytest.mark.parametrize(
    "spelled",
    [
        STORY.lower(),
        STORY.replace("'", ""),
        STORY.replace("photographed", "photographd").replace("morning", "mornign"),
        STORY.replace("the ", ""),
        STORY.replace("four", "some"),
    ],
    ids=["lower case", "no apostrophes", "typos", "no articles", "no figure"],
)
def test_how_it_is_spelled_costs_little(spelled: str) -> None:
    assert judged(spelled).score > judged(STORY).score - 0.15


def test_an_unpunctuated_story_is_still_one() -> None:
    flat = STORY.lower().replace(".", "").replace(",", "")
    assert judged(flat).score > judged(GENERAL).score


@pytest.mark.parametrize("nothing", ["", "  ", "🙂🙂🙂", "asdf qwer zxcv", "!!!", "\n\n"])
def test_nothing_said_scores_nothing(nothing: str) -> None:
    quality = judged(nothing)
    assert quality.score == 0
    assert (quality.gap, quality.strategy) == ("clarity", "clarification")
    assert quality.confidence <= 0.3


@pytest.mark.parametrize("little", ["sales", "ok", "No.", "people"])
def test_one_word_is_unclear(little: str) -> None:
    quality = judged(little)
    assert quality.score < 0.12
    assert quality.gap == "clarity"
    assert quality.confidence < 0.2


@pytest.mark.parametrize(
    ("answer", "gap", "strategy"),
    [
        (STORY, None, "proceed"),
        ("People say I'm a natural, I just care.", "specificity", "depth_exploration"),
        (
            "I emptied the store room on a Sunday, labelled nine shelves with my niece's stamps "
            "and hung the keys by the sink.",
            "outcome",
            "quantification_probe",
        ),
        ("I only helped a bit with the move.", "ownership", "confidence_boost"),
        ("We repaired it together and it went well.", "ownership", "confidence_boost"),
        ("The letters were written and the guests were called.", "ownership", "confidence_boost"),
    ],
)
def test_the_gap_and_how_to_follow_up(answer: str, gap: str | None, strategy: str) -> None:
    quality = judged(answer)
    assert (quality.gap, quality.strategy) == (gap, strategy)


def test_a_vague_ending_is_no_outcome() -> None:
    told = "I moved the desks into a circle and left the door open."
    seen = judged(f"{told} Three of the quiet ones spoke for the first time.").parts["outcome"]
    vague = judged(f"{told} It went okay I think.").parts["outcome"]
    assert seen is not None
    assert vague is not None
    assert seen > 0.5 > 0.4 > vague


def test_an_ending_in_the_same_sentence_counts() -> None:
    alone = judged("I let her try the boat for a morning.").parts["outcome"]
    ended = judged("I let her try the boat for a morning, and she bought it.").parts["outcome"]
    assert alone is not None
    assert ended is not None
    assert ended > alone + 0.3


@pytest.mark.parametrize("gap", [" ", ",", "\n", " and"])
def test_long_runs_of_nothing_are_read_through(gap: str) -> None:
    # Hangs where a pattern goes back over the run again and again.
    assert judged(f"I rang him{gap * 1400} she came").score < 0.6


def test_relevance_is_none_without_a_question() -> None:
    assert judged(STORY, "").parts["relevance"] is None
    assert judged(STORY, "  ").parts["relevance"] is None


def test_relevance_tells_small_talk_from_an_answer() -> None:
    asked = "What would make you stay in nursing?"
    near = judged("More say over the nursing rota.", asked).parts["relevance"]
    far = judged("Bananas are yellow.", asked).parts["relevance"]
    assert near is not None
    assert far is not None
    assert near > 0.8 > 0.35 > far


def test_specificity_does_not_hang_on_the_question() -> None:
    parts = [judged(STORY, asked).parts["specificity"] for asked in (ASKED, "Why tea?", "")]
    assert len(set(parts)) == 1


def test_it_works_without_meaning() -> None:
    assert assess(ASKED, STORY, None).score == pytest.approx(judged(STORY).score, abs=0.05)


def test_another_language_makes_it_unsure() -> None:
    german = "Ich habe jede Tür selbst geölt, und seitdem schlafen die Kinder bis sieben durch."
    assert judged(german).confidence < judged(STORY).confidence / 3


def test_the_order_holds_on_the_test_set() -> None:
    figures = on_test_set()
    assert figures["pairs"] >= 0.95
    assert figures["soups"] == 1


def test_the_model_fits_the_vectors_and_features_of_today() -> None:
    with np.load(MODEL) as stored:
        assert stored["counted"].shape == (len(FEATURES), len(LEARNED))
        probe = static_vectors().encode([PROBE])[0]
        assert np.allclose(stored["probe"], probe, atol=1e-6), "scripts/make_sentence_model.py"


def subjects(sentence: str) -> list[tuple[str, str]]:
    return [(deed.subject, deed.verb) for deed in deeds(sentence) if deed.tense == "past"]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "I pulled the rota, ticked each slot and asked my matron.",
            [("i", "pulled"), ("i", "ticked"), ("i", "asked")],
        ),
        ("ran the swap and came in early", [("i", "ran"), ("i", "came")]),
        ("She said no, so I asked for the fee.", [("other", "said"), ("i", "asked")]),
        ("She runs the walk now and trained two more.", [("other", "trained")]),
        ("The painted door stayed shut.", [("other", "stayed"), ("other", "shut")]),
        ("I got the roof mended.", [("i", "got")]),
        ("I would have called him.", []),
        ("I'm worried.", []),
        ("We carried it and he paid.", [("we", "carried"), ("other", "paid")]),
    ],
)
def test_whose_deeds(sentence: str, told: list[tuple[str, str]]) -> None:
    assert subjects(sentence) == told


def test_a_passive_is_nobodys_step() -> None:
    deed = deeds("The hall was cleaned.")[-1]
    assert deed.passive
    assert weight(deed) == 0


def test_a_sentence_is_cut_where_it_turns_to_what_came_of_it() -> None:
    text = "I crossed off nine dishes and the cooks stayed. Fine."
    told = [piece.text for piece in pieces(text)]
    assert told == ["I crossed off nine dishes", "the cooks stayed.", "Fine."]


def test_pieces_are_exact_and_in_order() -> None:
    told = typed(STORY)
    assert [STORY[one.span.start : one.span.end] for one in told] == [one.span.text for one in told]
    assert len(told) >= len(sentences(STORY))
    assert told[0].shows("context")
    assert told[1].shows("action")
    assert told[-1].shows("outcome")
