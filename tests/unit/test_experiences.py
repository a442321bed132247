import pytest

from bot.engine.evidence import SURE_OF_SITUATION, find, read
from bot.engine.experiences import QUOTE_WORDS, REST, Experience, experience_in
from bot.engine.sentences import RUN_ON
from personas.models import Slot

STORY = (
    "Our choir had nowhere to sing after the flood. I wrote to nine farmers, cleaned out the barn "
    "that one of them offered and borrowed heaters from the fair. We gave the concert on 4 March, "
    "and 200 people came instead of the usual sixty."
)


def told(text: str) -> Experience:
    experience = experience_in(text)
    assert experience is not None
    return experience


def test_context_action_and_result_are_told_apart() -> None:
    experience = told(STORY)
    assert experience.context == "Our choir had nowhere to sing after the flood"
    assert experience.action is not None
    assert experience.action.startswith("I wrote to nine farmers, cleaned out the barn")
    assert experience.result is not None
    assert "200 people came" in experience.result


def test_rest_of_the_result() -> None:
    rest = told(STORY).rest
    assert set(rest) == set(REST)
    assert rest["results"] == told(STORY).result
    assert rest["scope"] is not None
    assert "200 people" in rest["scope"]
    assert rest["time"] == "We gave the concert on 4 March"
    assert rest["efficiency"] is not None
    assert "instead of the usual sixty" in rest["efficiency"]


def test_one_sentence_can_hold_all_three() -> None:
    experience = told(
        "The kiln kept cracking the blue bowls, so I moved the shelf down a notch and it hasn't "
        "cracked one since."
    )
    assert experience.context == "The kiln kept cracking the blue bowls"
    assert experience.action == "I moved the shelf down a notch"
    assert experience.result == "it hasn't cracked one since"


def test_a_time_ahead_of_the_subject_belongs_to_the_step() -> None:
    experience = told("Last year I started a repair café and now forty people come each month.")
    assert experience.action == "Last year I started a repair café"
    assert experience.result == "now forty people come each month"


def test_dropped_subjects_and_lower_case() -> None:
    experience = told("stripped the pump at night, found a sock in it. flat was dry by morning")
    assert experience.action == "stripped the pump at night, found a sock in it"
    assert experience.result == "flat was dry by morning"


def test_what_is_not_told_is_none() -> None:
    experience = told("I repainted the corridor on the second floor with four pupils.")
    assert experience.action is not None
    assert experience.context is None
    assert experience.result is None
    assert experience.rest["results"] is None


@pytest.mark.parametrize(
    "ending",
    ["It went okay I think.", "In the end everyone was satisfied and three of them thanked me."],
)
def test_a_vague_ending_is_no_result(ending: str) -> None:
    assert told(f"I called all the parents one evening. {ending}").result is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "asdf qwer",
        "I want to move into data by June.",
        "I've been a nurse for 12 years and I feel stuck.",
        "My boss goes round me and I don't know what to do.",
        "I always help people, that's just who I am.",
        "I'd call them if I had the time.",
        "How do I get them to listen?",
        "We leveraged 12 synergies and scaled a best-in-class paradigm by 300%.",
    ],
)
def test_no_story_no_experience(text: str) -> None:
    assert experience_in(text) is None


def test_long_sentences_are_cut_to_a_quote() -> None:
    long = f"I carried the boxes {'past the mill ' * 9}to the hall on Monday."
    assert QUOTE_WORDS < len(long.split()) <= RUN_ON
    action = told(long).action
    assert action is not None
    assert len(action.split()) <= QUOTE_WORDS
    assert action in long


@pytest.mark.parametrize(
    ("text", "stands_in_the_way"),
    [
        ("nobody knows me here", True),
        ("no one answers my mails", True),
        ("nobody complained", False),
        ("no one was hurt on my shift", False),
        ("people grumbled but nobody left", False),
    ],
)
def test_what_nobody_did_is_no_obstacle(text: str, stands_in_the_way: bool) -> None:
    assert any("obstacle" in clause.kinds for clause in read(text)) is stands_in_the_way


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ("My deputy goes around me to my boss.", False),
        ("I trained two people who earn more than me now.", False),
        ("I want to lead the ward by spring.", True),
        ("A job where I cook lunch only", True),
    ],
)
def test_a_situation_is_held_as_the_goal_less_surely_than_a_wish(answer: str, wish: bool) -> None:
    found = find(1, answer, read(answer), Slot.GOAL, planning=False)
    goal = next(one.evidence for one in found if one.slot is Slot.GOAL)
    assert (goal.certainty > SURE_OF_SITUATION) is wish
