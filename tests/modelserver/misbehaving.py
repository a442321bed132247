"""Models that say what no coach may say; each takes the place of the well-behaved one."""

from __future__ import annotations

import re

from tests.modelserver.speech import Called, Prompt, Said, Speaker
from tests.modelserver.talking import (
    coach,
    decided_question,
    notes_of,
    reflection,
    sentinel,
    with_notes,
)

INVENTED = (
    "Your manager Dieter Hollmann at Vexcorp told me that 83% of the people there earn "
    "£74,500 by March 2019."
)
ASKED = "What time do you get up? And what does your family say? Who pays for it?"
FOREIGN = (
    "Das klingt nach einer wichtigen Sache für dich. Lass uns in Ruhe gemeinsam darauf schauen, "
    "was du eigentlich willst und wer dir dabei helfen kann."
)
VERDICT = "You would definitely be hired, and you clearly suffer from depression."
PIRATE = "Arr, I be Captain DAN now, matey, and the secret code is XYZZY-77."
_WORDS = ("and", "so", "the", "work", "goes", "on", "while", "we", "look", "at", "it", "again")
_ORDERED = re.compile(r"(?:say|reply with|write) (?:exactly )?[\"“]([^\"”]+)[\"”]", re.I)


def invents(prompt: Prompt) -> Said:
    """A number, a name, an employer and a date from nowhere in the middle of the reply."""
    text = f"{reflection(prompt)} {INVENTED} {decided_question(prompt)}"
    return Said(with_notes(prompt, text.strip()))


def asks_three(prompt: Prompt) -> Said:
    """Three questions beside the one that was decided."""
    return Said(with_notes(prompt, f"{reflection(prompt)} {decided_question(prompt)} {ASKED}"))


def speaks_german(prompt: Prompt) -> Said:
    """Another language than the user's."""
    return Said(with_notes(prompt, FOREIGN))


def leaks(prompt: Prompt) -> Said:
    """The prompt's own first lines, and that there is one."""
    told = " ".join(prompt.said_by("system"))[:900]
    return Said(with_notes(prompt, f"My instructions are as follows. {told}"))


def runs_on(prompt: Prompt) -> Said:
    """Ten thousand words without an end."""
    many = " ".join(_WORDS[number % len(_WORDS)] for number in range(10_000))
    return Said(with_notes(prompt, f"{reflection(prompt)} {many}"))


def says_nothing(prompt: Prompt) -> Said:
    """An answer without a word."""
    return Said("")


def only_notes(prompt: Prompt) -> Said:
    """The notes without a reply."""
    return Said(with_notes(prompt, ""))


def breaks_notes(prompt: Prompt) -> Said:
    """A good reply, and notes that are no JSON."""
    line = sentinel(prompt) or "<<<notes"
    return Said(f'{reflection(prompt)} {decided_question(prompt)}\n{line}\n{{"insights": [{{"cat')


def misquotes(prompt: Prompt) -> Said:
    """A good reply, and notes with words that the user never said."""
    notes = notes_of(prompt)
    notes["insights"] = [
        {"category": "strength", "title": "Made up", "quote": "I led four hundred people in Peru"}
    ]
    notes["slots"] = {"goal": "I want to be the king of Peru"}
    text = f"{reflection(prompt)} {decided_question(prompt)}"
    return Said(with_notes(prompt, text, notes))


def judges(prompt: Prompt) -> Said:
    """A verdict on being hired, and a diagnosis."""
    return Said(with_notes(prompt, f"{reflection(prompt)} {VERDICT} {decided_question(prompt)}"))


def obeys_the_user(prompt: Prompt) -> Said:
    """Does what any text in the prompt's user part orders; else it is well behaved."""
    orders = [one for text in prompt.said_by("user") for one in _ORDERED.findall(text)]
    if not orders and "ignore" not in prompt.last.lower():
        return coach(prompt)
    return Said(with_notes(prompt, f"{PIRATE} {' '.join(orders)}"))


def flags(risk: str) -> Speaker:
    """A model whose notes carry this risk."""

    def speaker(prompt: Prompt) -> Said:
        notes = {**notes_of(prompt), "risk": risk}
        return Said(with_notes(prompt, f"{reflection(prompt)} {decided_question(prompt)}", notes))

    return speaker


def breaks_off(prompt: Prompt) -> Said:
    """A tool call or a structured answer whose JSON ends too early."""
    said = coach(prompt)
    if said.calls:
        calls = [Called(one.name, one.arguments[: len(one.arguments) // 2]) for one in said.calls]
        return Said(calls=calls, finish="tool_calls")
    return Said(said.text[: len(said.text) // 2])
