"""Messages that are no answer: gibberish, thanks, anger, corrections, "next", "why do you ask"."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.engine import answering, asking
from bot.engine.brief import Brief
from bot.engine.intents import TOLD_ALREADY, Intent, acknowledges
from bot.engine.text import content_words, words
from bot.engine.turn import Turn
from bot.replies import Choice
from personas import steering
from personas.models import Phase

_SAID = re.compile(r"i (?:already |just )?(?:said|told you),?:? (.{2,40}?)[.! ]*", re.I)
_BYE = re.compile(r"bye", re.I)
Maybe = Callable[[Turn], Brief | None]


def instructed(turn: Turn) -> Brief:
    """The message tries to change how the bot works."""
    turn.note(turn.phrase("instructed"))
    turn.note(turn.phrase("go_on"))
    return turn.brief()


def repeated(turn: Turn) -> Brief:
    """The same message again."""
    turn.note(turn.phrase("repeated"))
    turn.note(turn.phrase("add_something"))
    return turn.brief()


def _gibberish(turn: Turn) -> Brief:
    turn.note(turn.phrase("gibberish"))
    turn.note(turn.phrase("try_again"))
    return turn.brief()


def _correction(turn: Turn) -> Brief | None:
    state = turn.state
    if not state.recent:
        return None
    wrong = state.recent[-1].message
    state.drop_message(wrong)
    turn.retract = wrong
    turn.note(turn.phrase("corrected"))
    if len(content_words(turn.heard.text)) >= 4:
        # The correction says it right at once: go on with it as the answer.
        return None
    turn.note(turn.phrase("correct_now"))
    return turn.brief()


def _repeat_question(turn: Turn) -> Brief:
    pending = turn.state.pending
    if pending is None:
        turn.note(turn.phrase("go_on"))
        return turn.brief()
    question = next(
        (one for one in turn.coach.questions if pending.key.endswith(f":q:{one.key}")), None
    )
    ask = asking.again(pending)
    if question is not None:
        turn.note(f"For example: “{question.example.rstrip('.')}.”")
    return turn.brief(ask=ask)


def _taken(turn: Turn) -> Brief | None:
    """An "ok" to what was answered: the question that is open stands further back, so it is put
    once more."""
    state = turn.state
    if state.done or state.pending is None or not acknowledges(turn.heard.text):
        return None
    if state.pending.kind == "ask_back":
        # "How does that sit with you?" – "Ok": it sits, and there is no more to it.
        from bot.engine.coaching import move_on

        turn.note(turn.phrase("back"))
        return _onwards(turn, lambda: move_on(turn, ()))
    if not state.aside:
        return None
    turn.note(turn.phrase("back"))
    return turn.brief(ask=asking.again(state.pending))


def _why_ask(turn: Turn) -> Brief:
    pending = turn.state.pending
    slot = pending.slot.value if pending and pending.slot else "none"
    turn.note(turn.catalogue.phrases.why_ask.get(slot, turn.catalogue.phrases.why_ask["none"]))
    turn.note(turn.phrase("go_on"))
    return turn.brief()


def _skip(turn: Turn) -> Brief:
    state = turn.state
    turn.note(turn.phrase("skipped"))
    if state.pending and state.pending.slot:
        state.skipped = [*state.skipped, state.pending.slot]
    return _leave(turn)


def _next(turn: Turn) -> Brief:
    from bot.engine.coaching import move_on

    state = turn.state
    if state.phase is Phase.SYNTHESIS and state.pending and state.pending.slot:
        state.skipped = [*state.skipped, state.pending.slot]
    return _onwards(turn, lambda: move_on(turn, (), skip=True))


def _onwards(turn: Turn, otherwise: Callable[[], Brief]) -> Brief:
    if turn.state.phase is Phase.SYNTHESIS:
        from bot.engine import planning

        return planning.plan_on(turn, reflect=())
    return otherwise()


def _hostile(turn: Turn) -> Brief:
    lines = turn.coach.lines.hostile
    free = [n for n in range(len(lines)) if turn.state.may_use(f"hostile.{n}")]
    if free:
        number = free[turn.seed % len(free)]
        turn.state.use_frame(f"hostile.{number}")
        turn.note(lines[number])
    else:
        turn.note(turn.phrase("hostile"))
    return turn.brief(
        choices=(
            Choice("/coach advice", "Give me a straight answer"),
            Choice("/coach", "Another coach"),
            Choice("/coach end", "Stop here"),
        )
    )


def _told(turn: Turn) -> Brief | None:
    """The answer was given before: own up to it, and leave what was asked."""
    _own_up(turn)
    said = re.sub(TOLD_ALREADY, "", turn.heard.text.replace("’", "'"), flags=re.I)
    if len(content_words(said)) >= 2:
        # It is said once more all the same: go on with it as the answer.
        return None
    return _leave(turn)


def said_before(turn: Turn) -> Brief | None:
    """ "I said cleaner": own up to it where that was said lately, and leave what was asked."""
    found = _SAID.fullmatch(turn.heard.text.strip())
    lately = {word for one in turn.state.recent for word in words(one.text)}
    if found is None or not lately.issuperset(words(found[1])):
        return None
    _own_up(turn)
    return _leave(turn)


def _own_up(turn: Turn) -> None:
    state = turn.state
    turn.note(turn.phrase("told_already"))
    if state.pending is not None and state.pending.slot is not None:
        state.skipped = [*state.skipped, state.pending.slot]


def _leave(turn: Turn) -> Brief:
    """Go on without an answer to what was asked."""
    turn.state.phase_turns += 1
    from bot.engine.coaching import move_on

    return _onwards(turn, lambda: move_on(turn, ()))


def _complaint(turn: Turn) -> Brief:
    return answering.straight_advice(turn)


def _thanks(turn: Turn) -> Brief:
    turn.note(turn.phrase("thanks"))
    if turn.state.done:
        return turn.brief(closing=True)
    turn.note(turn.phrase("go_on"))
    return turn.brief()


def _stop(turn: Turn) -> Brief:
    """Somebody leaves, or wants something to end: what, is theirs to say."""
    said = turn.heard.text
    if _BYE.search(said) or steering.intent_named(said, turn.state.language) == "bye":
        turn.note(turn.phrase("parting"))
        return turn.brief()
    turn.note(turn.phrase("what_to_stop"))
    return turn.brief(
        choices=(
            Choice("/coach end", "End this session"),
            Choice("/coach", "Another coach"),
            Choice("/coach next", "Go on with something else"),
        )
    )


def _greeting(turn: Turn) -> Brief:
    turn.note(turn.phrase("greeting"))
    turn.note(turn.phrase("go_on"))
    return turn.brief()


HANDLERS: dict[Intent, Maybe] = {
    Intent.GIBBERISH: _gibberish,
    Intent.CORRECTION: _correction,
    Intent.REPEAT_QUESTION: _repeat_question,
    Intent.WHY_ASK: _why_ask,
    Intent.SKIP: _skip,
    Intent.NEXT: _next,
    Intent.HOSTILE: _hostile,
    Intent.TOLD: _told,
    Intent.COMPLAINT: _complaint,
    Intent.THANKS: lambda turn: _taken(turn) or _thanks(turn),
    Intent.SHORT: _taken,
    Intent.STOP: _stop,
    Intent.GREETING: _greeting,
}
