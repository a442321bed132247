"""The checks can fail: each is shown a reply that breaks its rule, and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation import checks, grounding, plans, repeats, steps, wording
from evaluation.measures import measure
from evaluation.sessions import Biography, Exchange, Line, Nonsense, Talk
from evaluation.users import lives

GOAL = "I want to run the bakery on Mill Lane, but my sister keeps the books."


def line(text: str, **more: Any) -> dict[str, Any]:
    """A reply as ``rocket chat --json`` prints it."""
    asked = [sentence for sentence in wording.sentences(text) if wording.is_question(sentence)]
    return {
        "session": "s",
        "coach": "life_coach",
        "phase": "introduction",
        "progress": 0.1,
        "text": text,
        "question": asked[-1] if asked else None,
        "quality": None,
        "insights": [],
        "choices": [],
        "safety": None,
        "paused": False,
        "done": False,
        "voice": "offline",
        "sources": [],
        "notice": None,
        "error": None,
        **more,
    }


def talk(*turns: tuple[str, dict[str, Any]], plan: dict[str, Any] | None = None) -> Talk:
    """A talk after a neutral opening."""
    opening = Exchange(None, line("Hello. What brings you here?"))
    exchanges = [opening, *(Exchange(user, reply) for user, reply in turns)]
    rows: list[Line] = [
        {"message": number, "role": "user", "text": user} for number, (user, _) in enumerate(turns)
    ]
    return Talk("someone", "cooperative", "life_coach", exchanges, plan or {}, {}, rows)


def only(one: Talk) -> steps.Step:
    """The single step of a talk."""
    (step,) = steps.steps(one)
    return step


def biography(*talks: Talk) -> Biography:
    """A life made of talks."""
    return Biography(lives("cooperative")[0], list(talks))


class TestReflections:
    def test_words_given_back_count(self) -> None:
        step = only(talk((GOAL, line("You want to run the bakery. What would that change?"))))
        assert checks.reflections(step) == 1
        assert checks.questions(step) == 1

    def test_empty_understanding_does_not(self) -> None:
        step = only(
            talk((GOAL, line("I hear you, that sounds important. What would that change?")))
        )
        assert checks.reflections(step) == 0

    def test_a_question_is_none(self) -> None:
        step = only(talk((GOAL, line("What would running the bakery on Mill Lane change?"))))
        assert checks.reflections(step) == 0

    def test_only_the_last_three_messages_count(self) -> None:
        late = line("You want to run the bakery on Mill Lane. What else?")
        turns = [
            (GOAL, line("Go on.")),
            *(("Nothing to add there", line("Go on.")) for _ in range(2)),
            ("Hm well", late),
        ]
        assert checks.reflections(list(steps.steps(talk(*turns)))[-1]) == 0

    def test_exploring_leaves_answers_and_safety_out(self) -> None:
        turns = (
            ("How do I ask for the keys?", line("Plainly.")),
            ("I am not well", line("Are you safe?", safety="explicit")),
            (GOAL, line("You want to run the bakery.")),
            (GOAL, line("Your plan.", phase="synthesis")),
        )
        assert [step.number for step in steps.exploring(talk(*turns))] == [3]


class TestShape:
    @pytest.mark.parametrize(
        ("rule", "reply"),
        [
            ("one question", line("What is it? And why now?")),
            ("question in text", line("Go on.", question="What is it?")),
            ("length", line("word " * 91)),
            ("empty reply", line("")),
            ("error", line("Something went wrong.", error="Something went wrong.")),
            ("broken text", line("You said “”. What else?")),
            ("broken text", line("You said {quote}. What else?")),
            ("broken text", line("so it is. What else?")),
        ],
    )
    def test_is_found(self, rule: str, reply: dict[str, Any]) -> None:
        assert rule in [problem.rule for problem in checks.shape(talk((GOAL, reply)))]

    def test_a_lacking_key_is_found(self) -> None:
        reply = line("You want to run the bakery. What else?")
        del reply["sources"]
        reply_talk = talk((GOAL, reply))
        assert [problem.rule for problem in checks.shape(reply_talk)] == ["keys"]

    def test_a_sound_reply_passes(self) -> None:
        assert not list(
            checks.shape(talk((GOAL, line("You want to run the bakery. What would that change?"))))
        )

    def test_a_long_answer_may_be_long_when_asked_for(self) -> None:
        assert not list(checks.shape(talk(("What do you think?", line("Word " * 200)))))


class TestAdvice:
    @pytest.mark.parametrize(
        "text",
        [
            "You should talk to your sister.",
            "Write a list tonight.",
            "I'd suggest a course.",
            "Why don't you ask her.",
            "First, call the bank.",
        ],
    )
    def test_is_found(self, text: str) -> None:
        assert checks.unasked_advice(only(talk((GOAL, line(text))))) is not None

    @pytest.mark.parametrize(
        "text",
        [
            "Tell me what happened next.",
            "You want to run the bakery.",
            "Give me the first line.",
            "That is noted.",
        ],
    )
    def test_invitations_are_none(self, text: str) -> None:
        assert checks.unasked_advice(only(talk((GOAL, line(text))))) is None

    def test_card_text_is_found(self) -> None:
        card = (
            "A first talk goes better when both know beforehand how long it takes and what it is "
            "about, so say both in the message that invites."
        )
        reply = line(card, sources=[{"kind": "card", "ref": "c/1", "text": card}])
        assert checks.unasked_advice(only(talk((GOAL, reply)))) is not None


class TestGrounding:
    @pytest.mark.parametrize(
        ("text", "claim"),
        [
            ("You will earn 40 more.", "40"),
            ("You have twelve years behind you.", "twelve"),
            ("That is how they do it at Greggs.", "Greggs"),
            ("You are a pharmacist already.", "pharmacist"),
            ("Let us say Monday then.", "Monday"),
        ],
    )
    def test_a_claim_nobody_made_is_found(self, text: str, claim: str) -> None:
        assert [problem.found for problem in grounding.ungrounded(talk((GOAL, line(text))))] == [
            claim
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "You want Mill Lane.",
            "Mill Lane is where you want to be.",
            "The books are your sister's.",
            "From 1 to 5, where are you?",
            "I am Maya, an AI.",
            "One thing is missing. Which is it?",
        ],
    )
    def test_known_things_pass(self, text: str) -> None:
        assert not list(grounding.ungrounded(talk((GOAL, line(text)))))

    def test_a_source_makes_it_known(self) -> None:
        reply = line(
            "It takes 14 days.",
            sources=[{"kind": "card", "ref": "c/1", "text": "Notice takes 14 days."}],
        )
        assert not list(grounding.ungrounded(talk((GOAL, reply))))

    def test_a_plan_item_is_read_too(self) -> None:
        plan: dict[str, Any] = {"helper": {"text": "Ask Martin.", "quotes": [], "sources": []}}
        found = grounding.ungrounded(talk((GOAL, line("Noted.")), plan=plan))
        assert [problem.found for problem in found] == ["Martin"]


class TestSaidTwice:
    def test_a_question_again_is_found_across_coaches(self) -> None:
        first = talk((GOAL, line("What would that change for you at home?")))
        second = talk((GOAL, line("And what would that change for you at home?")))
        found = list(repeats.questions_twice(biography(first, second)))
        assert [problem.text for problem in found if "change" in problem.text]

    def test_a_repeat_on_request_is_not(self) -> None:
        one = talk(
            (GOAL, line("What would that change for you at home?")),
            ("Can you repeat that?", line("What would that change for you at home?")),
        )
        assert not list(repeats.questions_twice(biography(one)))

    def test_a_set_sentence_again_is_found(self) -> None:
        frame = "I am keeping that on the first page."
        one = talk((GOAL, line(frame)), ("My sister is older than me", line(frame)))
        assert [problem.rule for problem in repeats.frames_twice(biography(one))] == [
            "sentence twice"
        ]

    def test_also_around_other_words_of_the_user(self) -> None:
        one = talk(
            (GOAL, line("On the first page stands “the bakery on Mill Lane” from today.")),
            (
                "My sister is older",
                line("On the first page stands “My sister is older” from today."),
            ),
        )
        assert len(list(repeats.frames_twice(biography(one)))) == 1

    def test_also_before_a_colon(self) -> None:
        one = talk(
            (GOAL, line("Here is what I take down: you want to run the bakery.")),
            ("My sister is older", line("Here is what I take down: your sister is older.")),
        )
        assert len(list(repeats.frames_twice(biography(one)))) == 1

    def test_after_twenty_turns_it_may_come_again(self) -> None:
        frame = "I am keeping that on the first page."
        between = [
            (f"Thing number {number} happened", line(f"Sentence {number} stands alone here."))
            for number in range(20)
        ]
        one = talk((GOAL, line(frame)), *between, ("My sister is older", line(frame)))
        assert not [
            problem for problem in repeats.frames_twice(biography(one)) if frame in problem.text
        ]

    def test_the_same_long_answer_is_found(self) -> None:
        answer = line(" ".join(f"Advice number {number} is given here." for number in range(12)))
        one = talk(("What should I do?", answer), ("And what else?", answer))
        assert len(list(repeats.answers_twice(biography(one)))) == 1


class TestQuotes:
    def test_an_insight_that_changes_a_word_is_found(self) -> None:
        insight = {
            "id": 1,
            "category": "c",
            "title": "t",
            "confidence": 0.5,
            "quotes": ["run the baker shop"],
        }
        assert len(list(plans.quotes_exact(talk((GOAL, line("Noted.", insights=[insight])))))) == 1

    def test_a_plan_quote_from_another_message_is_found(self) -> None:
        plan = {
            "goal": {
                "text": "x",
                "quotes": [{"message": 7, "text": "run the bakery"}],
                "sources": [],
            }
        }
        assert len(list(plans.quotes_exact(talk((GOAL, line("Noted.")), plan=plan)))) == 1

    def test_exact_quotes_pass(self) -> None:
        plan = {
            "goal": {
                "text": "x",
                "quotes": [{"message": 0, "text": "run the bakery"}],
                "sources": [],
            }
        }
        assert not list(plans.quotes_exact(talk((GOAL, line("Noted.")), plan=plan)))

    def test_quotation_marks_around_other_words_are_found(self) -> None:
        assert len(list(plans.quotes_said(talk((GOAL, line("You said “I hate my sister”.")))))) == 1
        assert not list(
            plans.quotes_said(talk((GOAL, line("You said “my sister keeps the books”."))))
        )


def full_plan() -> dict[str, Any]:
    """A plan with twelve real items on top of GOAL."""

    def own(text: str) -> dict[str, Any]:
        return {
            "text": f"“{text}”",
            "quotes": [{"message": 0, "text": text}],
            "sources": [{"kind": "user", "ref": "0", "text": text}],
        }

    card = {
        "text": "A fact of the working world.",
        "quotes": [],
        "sources": [{"kind": "card", "ref": "c", "text": "…"}],
    }
    step = {**own("run the bakery"), "text": "When it is Monday, then run the bakery."}
    return {
        "goal": own("run the bakery"),
        "why": own("my sister"),
        "strengths": [own("the bakery")],
        "obstacles": [own("my sister keeps the books")],
        "meaning": card,
        "fact": card,
        "example": card,
        "actions": [step],
        "if_then": own("my sister keeps the books"),
        "helper": own("my sister"),
        "target": {
            **own("run the bakery"),
            "levels": ["a", "b", "c", "d", "e"],
            "date": "2026-05-01",
        },
        "check_in": {"text": "", "date": "2026-05-02", "ask": "what came of the bakery plan"},
    }


class TestPlan:
    def test_twelve_items_are_counted(self) -> None:
        assert sum(plans.plan_items(talk((GOAL, line("Noted.")), plan=full_plan())).values()) == 12

    @pytest.mark.parametrize("name", list(full_plan()))
    def test_each_item_can_be_missing(self, name: str) -> None:
        plan = full_plan()
        plan[name] = (
            []
            if isinstance(plan[name], list)
            else {"text": "Not spoken of yet.", "quotes": [], "sources": []}
        )
        held = plans.plan_items(talk((GOAL, line("Noted.")), plan=plan))
        assert [item for item, there in held.items() if not there] == [name]

    def test_a_quote_nobody_said_holds_no_item(self) -> None:
        plan = full_plan()
        plan["why"]["quotes"][0]["text"] = "my brother"
        assert not plans.plan_items(talk((GOAL, line("Noted.")), plan=plan))["why"]

    def test_a_fact_without_a_source_is_none(self) -> None:
        plan = full_plan()
        plan["fact"]["sources"] = []
        assert not plans.plan_items(talk((GOAL, line("Noted.")), plan=plan))["fact"]

    def test_levels_and_dates_are_needed(self) -> None:
        plan = full_plan()
        plan["target"]["levels"] = ["a", "b"]
        plan["check_in"]["date"] = None
        held = plans.plan_items(talk((GOAL, line("Noted.")), plan=plan))
        assert not held["target"]
        assert not held["check_in"]


class TestFigures:
    def test_a_bad_talk_misses_its_rows(self) -> None:
        bad = line("You should ask Martin! What is it? And why?")
        report = measure(
            [biography(talk(*[(GOAL, bad)] * 16))], [Nonsense("life_coach", "xkcd", 0.1, 0.2)]
        )
        missed = {row.what for row in report.rows if row.met is False}
        assert {
            "synthesis in ≤ 14 turns: cooperative",
            "reflections per question while exploring",
            "questions in a reply, most",
            "unasked advice while exploring, share of replies",
            "numbers, names, titles, dates without a source",
            "coaching question twice in a life",
            "progress raised by gibberish or repetition",
        } <= missed

    @pytest.mark.parametrize(("turns", "share"), [(14, 1.0), (15, 0.0)])
    def test_a_late_plan_is_not_counted(self, turns: int, share: float) -> None:
        before = [(f"Line {number}", line("Noted.")) for number in range(turns - 1)]
        one = talk(*before, ("Line", line("Your plan.", phase="synthesis")))
        report = measure([biography(one)], [])
        found = {row.what: row.value for row in report.rows}
        assert found["synthesis in ≤ 14 turns: cooperative"] == share
