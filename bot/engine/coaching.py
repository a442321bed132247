"""Decides what a coach does in a turn: the deterministic heart of the engine.

``decide`` reads one message in the light of the session's memory and returns the brief of the
reply. It does no I/O and words nothing; the memory in ``turn.state`` is changed in place.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.engine import answering, asking, assessing, planning, small_talk
from bot.engine.brief import Brief, FeedbackPoint, Reflection
from bot.engine.evidence import find, is_empty_answer
from bot.engine.experiences import Experience
from bot.engine.insights import findings
from bot.engine.intents import Intent, asks_for_feedback, drafted_to, tries_to_instruct
from bot.engine.phases import GATES, MISSING, advance, missing
from bot.engine.reflecting import fingerprint, reflections
from bot.engine.retell import capital, fragment
from bot.engine.safety import limit_of
from bot.engine.state import EXPERIENCES, SEEN, Evidence, Told
from bot.engine.text import content_words, words
from bot.engine.turn import Heard, Turn
from personas.models import BankQuestion, Phase, Slot

# An answer this good needs no follow-up question.
GOOD_ENOUGH = 0.62
_RICH_WORDS = 35
# A short answer of more words is given back as it is.
_SHORT_WORDS = 3
_NO = re.compile(
    r"(?:(?:no|nope|nah|none|nothing|never|not)[, ]*)+"
    r"(?:really|yet|much|special|at all|at the moment|that i know(?: of)?|comes? to mind)?",
    re.I,
)
_DENIES = re.compile(r"(?:no|not|never|none)\s+\w", re.I)


def decide(turn: Turn) -> Brief:
    """The brief of the reply to the message in ``turn.heard``."""
    state, heard = turn.state, turn.heard
    state.turn += 1
    if tries_to_instruct(heard.text):
        return small_talk.instructed(turn)
    if heard.repeated:
        return small_talk.repeated(turn)
    if (said := small_talk.said_before(turn)) is not None:
        return said
    handler = small_talk.HANDLERS.get(heard.understood.intent)
    if handler is not None and not heard.chosen:
        reply = handler(turn)
        if reply is not None:
            return reply
    _note_seen(turn)
    if _asks(heard):
        return _answer(turn)
    listen(turn)
    if drafted_to(heard.text) is not None:
        turn.note(turn.phrase("drafted"))
    pending = turn.state.pending
    if pending is not None and pending.kind in {"scale", "scaling"}:
        return assessing.rated(turn, go_on=_go_on)
    if turn.state.phase is Phase.SYNTHESIS:
        return planning.plan_on(turn, reflect=_reflect(turn))
    return _asked_beside(turn) or _go_on(turn)


def _asked_beside(turn: Turn) -> Brief | None:
    """The answer to a question within an answer, where there is one."""
    question = turn.heard.understood.question
    if question is None or turn.heard.chosen:
        return None
    return answering.beside(turn, question, reflect=_reflect(turn, at_most=1, asked_is=question))


def _asks(heard: Heard) -> bool:
    """Whether the message wants an answer: a question, or a matter for a lawyer or a doctor."""
    intent = heard.understood.intent
    if heard.chosen or intent not in {Intent.QUESTION, Intent.ANSWER}:
        return False
    return intent is Intent.QUESTION or limit_of(heard.text) is not None


def listen(turn: Turn) -> None:
    """Keep what the message holds: evidence for the slots, an experience, findings."""
    state, heard = turn.state, turn.heard
    pending = state.pending
    asked = pending.slot if pending else None
    if heard.understood.intent is Intent.STUCK:
        return
    smaller = pending is not None and pending.kind == "smaller"
    short = heard.understood.intent is Intent.SHORT and not heard.chosen
    if short and not state.short and not smaller:
        # A word or two gets help first; only the next answer counts.
        asked = None
    planning_now = state.phase is Phase.SYNTHESIS
    for found in find(
        heard.message,
        heard.text,
        list(heard.clauses),
        asked,
        planning=planning_now,
        deeds=_deeds(turn),
        near=lambda texts: nearness(turn, texts),
    ):
        if pending and pending.kind == "smaller" and found.slot is Slot.STEP:
            state.slots.pop(Slot.STEP, None)
        evidence = found.evidence.model_copy(update={"chosen": heard.chosen})
        state.add(found.slot, evidence)
    _keep_experience(turn, asked)
    if heard.quality is not None:
        state.qualities = [*state.qualities, heard.quality.score][-12:]
    turn.findings = findings(turn)


def _keep_experience(turn: Turn, asked: Slot | None) -> None:
    told = turn.heard.experience
    state = turn.state
    follows = (
        asked is Slot.EXPERIENCE
        and state.pending is not None
        and state.pending.kind in {"probe", "invite"}
        and bool(state.experiences)
    )
    if told is None and not (asked is Slot.EXPERIENCE and not is_empty_answer(turn.heard.text)):
        return
    new = told_in(turn.heard.message, told)
    if follows:
        # A follow-up question was answered: the answer completes the experience told before it.
        last = state.experiences[-1]
        if new.context is None and new.shown is None and last.result is None:
            # How it ended may be told in a word: "sold out", "nothing lost".
            asks_end = state.pending is not None and ":probe:outcome:" in state.pending.key
            ended = asks_end and not _DENIES.match(turn.heard.text)
            new.result = planning.whole_quote(turn, Slot.EXPERIENCE, 1 if ended else 3)
        parts = ("context", "action", "result")
        found = {name: getattr(last, name) or getattr(new, name) for name in parts}
        state.experiences[-1] = Told(**found, rest={**new.rest, **last.rest})
    elif new.shown or asked is Slot.EXPERIENCE:
        state.experiences = [*state.experiences, new][-EXPERIENCES:]
    evidence = planning.whole_quote(turn, Slot.EXPERIENCE)
    if evidence and (asked is Slot.EXPERIENCE or (new.action and new.result)):
        state.add(Slot.EXPERIENCE, evidence)


def told_in(message: int, experience: Experience | None) -> Told:
    """The experience of one message as kept in the memory."""
    if experience is None:
        return Told()

    def part(quote: str | None) -> Evidence | None:
        if not quote:
            return None
        return Evidence(quote=quote.rstrip(" .!"), message=message, certainty=0.7)

    return Told(
        context=part(experience.context),
        action=part(experience.action),
        result=part(experience.result),
        rest={name: told for name, quote in experience.rest.items() if (told := part(quote))},
    )


def _note_seen(turn: Turn) -> None:
    state, heard = turn.state, turn.heard
    if len(words(heard.text)) > 1:
        state.seen = [*state.seen, fingerprint(heard.text)][-SEEN:]
    state.remember(heard.message, heard.text)


def nearness(turn: Turn, texts: list[str]) -> list[float]:
    """How near texts are to the pending question and the examples of its answers."""
    pending = turn.state.pending
    if pending is None or not texts:
        return [0.0] * len(texts)
    bank = [one for one in turn.coach.questions if one.slot is pending.slot]
    asked = [
        pending.text,
        *(one.example for one in bank),
        *(o for one in bank for o in one.options),
    ]
    rows = turn.meaning.encode([*asked, *texts])
    cosines = rows[len(asked) :] @ rows[: len(asked)].T
    return [float(row.max()) for row in cosines]


def _deeds(turn: Turn) -> list[str]:
    told = turn.heard.experience
    return [quote for quote in (told.action, told.result) if quote] if told else []


def _reflect(turn: Turn, *, at_most: int = 2, asked_is: str = "") -> tuple[Reflection, ...]:
    """What is given back of the message, its question left out: that is answered."""
    heard, state = turn.heard, turn.state
    said = [clause for clause in heard.clauses if clause.span.text.strip(" ?") not in asked_is]
    asked = state.pending.slot if state.pending else None
    made = reflections(
        said if asked_is else heard.clauses,
        heard.message,
        done_actions=_deeds(turn),
        avoid={key for key in state.frames if not state.may_use(key)},
        at_most=at_most,
        neutral=asked in GATES[Phase.SYNTHESIS].needs,
    )
    for key in (key for one in made for key in one.marks):
        state.use_frame(key)
    if state.language is not None:
        # Turned to "you" are English words alone: "me" is French as well.
        return tuple(replace(one, you=None, other=None, echo=None) for one in made)
    return made


def _go_on(turn: Turn) -> Brief:
    """Reflect, move through the phases where it is time, and ask the next thing."""
    state, heard = turn.state, turn.heard
    brief = heard.understood.intent
    state.phase_turns += 1
    before = state.phase
    at_cap = state.phase_turns >= GATES[before].cap
    if brief in {Intent.SHORT, Intent.STUCK} and not heard.chosen and not at_cap:
        helped = help_turn(turn)
        if helped is not None:
            return helped
    state.short = 0
    reflect = _reflect(turn)
    if state.phase is Phase.ASSESSMENT and state.slots.get(Slot.WEIGH):
        return assessing.weigh_up(turn, reflect, move_on)
    follow = _follow_up(turn, reflect)
    if follow is not None and not at_cap:
        return follow
    return move_on(turn, reflect)


def move_on(
    turn: Turn,
    reflect: tuple[Reflection, ...],
    *,
    skip: bool = False,
    feedback: FeedbackPoint | None = None,
) -> Brief:
    """Enter the next phase if its gate opens, and ask what that phase needs."""
    state = turn.state
    before = state.phase
    filled = state.filled | set(state.skipped)
    state.phase = advance(before, filled, state.phase_turns, skip=skip)
    if state.phase is before:
        return _ask_on(turn, reflect, feedback)
    open_slots = missing(before, state.filled)
    state.phase_turns, state.probes = 0, 0
    if open_slots and skip:
        turn.note(turn.phrase("still_open", missing=MISSING[open_slots[0]]))
    if state.phase is Phase.ASSESSMENT:
        return assessing.open_assessment(turn, reflect)
    if state.phase is Phase.SYNTHESIS:
        return planning.open_plan(turn, reflect, feedback)
    return turn.brief(
        ask=asking.next_question(turn), reflect=reflect, entered=state.phase, feedback=feedback
    )


def _ask_on(turn: Turn, reflect: tuple[Reflection, ...], feedback: FeedbackPoint | None) -> Brief:
    state = turn.state
    lacking = [slot for slot in missing(state.phase, state.filled) if slot not in state.skipped]
    said = None
    if len(lacking) == 1 and state.phase_turns >= 2 and state.phase.value not in state.told_once:
        state.told_once.append(state.phase.value)
        said = turn.phrase("one_missing", missing=MISSING[lacking[0]])
    ask = asking.next_question(turn)
    return turn.brief(ask=ask, reflect=reflect, missing=said, invite=ask is None, feedback=feedback)


def _follow_up(turn: Turn, reflect: tuple[Reflection, ...]) -> Brief | None:
    """A probe or an invitation while an experience is being told; None when it is time to go on."""
    state, heard = turn.state, turn.heard
    pending = state.pending
    if state.phase is not Phase.DEEP_DIVE or pending is None or heard.quality is None:
        return None
    if pending.slot is not Slot.EXPERIENCE or pending.kind == "ask_back":
        return None
    rich = len(words(heard.text)) >= _RICH_WORDS
    if (
        rich
        and "invited" not in state.told_once
        and any("feeling" in c.kinds for c in heard.clauses)
    ):
        state.told_once.append("invited")
        state.pending = pending.model_copy(update={"kind": "invite"})
        return turn.brief(reflect=reflect, invite=True)
    aside = {"feeling", "wish"}
    if heard.experience is None and any(aside & clause.kinds.keys() for clause in heard.clauses):
        # Who says how they feel or what they want has not begun a story; no probe into nothing.
        return None
    gap = heard.quality.gap
    if gap == "outcome" and (heard.experience is None or heard.experience.action is None):
        # Where nobody has acted yet, how it ended is too early to ask.
        gap = "specificity"
    told = state.experiences[-1] if state.experiences else None
    if gap == "outcome" and told is not None and told.result is not None:
        return None
    if gap is None or heard.quality.score >= GOOD_ENOUGH or state.probes >= asking.PROBES_AT_MOST:
        return None
    ask = asking.probe(turn, gap)
    if ask is None:
        return None
    state.probes += 1
    return turn.brief(ask=ask, reflect=reflect)


def help_turn(turn: Turn) -> Brief | None:
    """An example and a choice of three, once a question, for a very short answer."""
    state = turn.state
    if state.short or state.pending is None or state.pending.slot is None:
        return None
    question = _bank_question(turn)
    if question is None:
        return None
    state.short = 1
    state.pending = state.pending.model_copy(
        update={"options": [option.rstrip(".") for option in question.options]}
    )
    felt = any("feeling" in clause.kinds for clause in turn.heard.clauses)
    return turn.brief(
        help_with=question,
        help_lead=None if felt else _help_lead(turn),
        reflect=_reflect(turn, at_most=1) if felt else (),
    )


def _help_lead(turn: Turn) -> str | None:
    """What is said to a word or two before help; None for somebody who does not know."""
    heard = turn.heard
    if heard.understood.intent is Intent.STUCK:
        return None
    said = heard.text.strip(" .!…")
    if _NO.fullmatch(said):
        return turn.phrase("short_no") or None
    told = None
    if content_words(said) and not is_empty_answer(said):
        # "No time" means the opposite of "time".
        told = said if _DENIES.match(said) else fragment(said)
    if told is None:
        return turn.phrase("short_nothing") or None
    if len(told.split()) > _SHORT_WORDS:
        return f"{capital(told)}."
    return turn.phrase("short_word", word=capital(told)) or None


def _bank_question(turn: Turn) -> BankQuestion | None:
    """The pending question of the bank, or one that asks for the same thing."""
    pending = turn.state.pending
    assert pending is not None
    name = pending.key.rpartition(":")[2]
    fitting = [one for one in turn.coach.questions if one.slot is pending.slot]
    return next((one for one in fitting if one.key == name), fitting[0] if fitting else None)


def _answer(turn: Turn) -> Brief:
    """Answer the user's question, then pick the thread up."""
    question = turn.heard.understood.question or turn.heard.text
    if len(content_words(turn.heard.text)) > 2:
        pending = turn.state.pending
        # A question may hold the wish itself: "How do I get them to listen?" as first message.
        if pending is not None and pending.slot is Slot.GOAL and Slot.GOAL not in turn.state.slots:
            for found in find(
                turn.heard.message,
                turn.heard.text,
                list(turn.heard.clauses),
                Slot.GOAL,
                planning=False,
            ):
                turn.state.add(found.slot, found.evidence)
    if asks_for_feedback(question):
        point = assessing.feedback_on(turn)
        if point is not None:
            return turn.brief(feedback=point, missing=turn.phrase("go_on"))
    reflect = _reflect(turn, at_most=1, asked_is=question)
    return answering.what_if(turn, question) or answering.answered(turn, question, reflect=reflect)
