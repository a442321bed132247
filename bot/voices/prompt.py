"""The prompt of one turn, from the templates in ``personas/prompts``, the stable parts first.

What people said is marked as said, and kept from closing its own mark: it is told, never an order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import Final

from bot.engine.brief import Brief, Reflection
from bot.engine.language import language
from bot.engine.scene import Remembered, Scene
from bot.voices.calling import Prompt
from bot.voices.layout import Layout, layout_of
from bot.voices.sentences import SENTINEL
from personas.catalogue import HERE
from personas.models import Coach, Phase, Slot

FOLDER = HERE / "prompts"
# Characters of what is remembered: late in a session no more than early on.
_MEMORY_AT_MOST: Final = 1_800
_SHOWN_AT_MOST: Final = 240
# Shorter lines are headings; anybody might say them.
_FROM: Final = 20
_WORDS: Final = {"short": 70, "long": 160}
_SLOTS: Final = {
    Slot.GOAL: "what they want", Slot.WHY: "why it matters", Slot.AIM: "the role they aim at",
    Slot.EXPERIENCE: "something they did", Slot.OBSTACLE: "what is in the way",
    Slot.STRENGTH: "what they are good at", Slot.VALUE: "what is important to them",
    Slot.TRIED: "what they tried", Slot.WEIGH: "how they judge it",
    Slot.RESOURCE: "what helps them", Slot.MEASURE: "how they will tell it worked",
    Slot.STEP: "the next step", Slot.PLAN_B: "what they do if it gets difficult",
    Slot.HELPER: "a person who helps",
}  # fmt: skip
_PURPOSE: Final = {
    Phase.INTRODUCTION: "getting to know what they want and why",
    Phase.DEEP_DIVE: "looking closely at what they did and what is in the way",
    Phase.ASSESSMENT: "weighing where they stand",
    Phase.SYNTHESIS: "making a plan they can keep",
}
_KINDS: Final = {
    "feeling": "a feeling", "obstacle": "something in the way", "achievement": "something they did",
    "wish": "a wish", "value": "something important to them", "plain": "what they said",
}  # fmt: skip


def prompt_of(brief: Brief) -> Prompt:
    """What a model is told for a brief.

    Raises:
        ValueError: the brief has no scene.
    """
    scene = brief.scene
    if scene is None:
        raise ValueError("a brief without a scene is said as it stands")
    layers = (_knowledge(scene), _memory(scene), _turns(scene), _decision(brief, scene))
    return Prompt(
        stable=stable_of(brief.coach),
        volatile="\n\n".join(layer for layer in layers if layer),
        message=scene.text,
    )


def stable_of(coach: Coach) -> str:
    """The part that is the same in every turn with a coach."""
    style = coach.style
    return _filled(
        "coach",
        name=coach.name,
        title=coach.title,
        tagline=coach.tagline,
        licence=coach.licence_note or "",
        tone=style.tone,
        depth=style.depth,
        feedback=style.feedback,
        vocabulary=style.vocabulary,
        pacing=style.pacing,
        expertise="; ".join(coach.expertise),
        focus="; ".join(theme.title for theme in coach.focus),
        words=str(_WORDS["short"]),
        sentinel=SENTINEL,
        slots=", ".join(f"{slot.value} ({what})" for slot, what in _SLOTS.items()),
    )


def lines_of(coach: Coach) -> tuple[str, ...]:
    """The lines of the stable part that nobody may be shown again."""
    return _lines(stable_of(coach))


@lru_cache(maxsize=64)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.lstrip("-# ") for line in text.splitlines() if len(line) > _FROM)


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.md").read_text(encoding="utf-8").strip())


def templates() -> list[Path]:
    """The files that prompts are made of."""
    return sorted(FOLDER.glob("*.md"))


def _filled(template: str, /, **values: str) -> str:
    return _template(template).substitute(values)


def _said(text: str) -> str:
    """Words of somebody, which can't close the mark they stand in."""
    return text.replace("<", "‹").replace(">", "›")


def _knowledge(scene: Scene) -> str:
    sources = (*scene.cards, *scene.facts)
    return (
        _filled("knowledge", knowledge="\n".join(f"- {one.text}" for one in sources))
        if sources
        else ""
    )


def _memory(scene: Scene) -> str:
    lines: list[str] = []
    left = _MEMORY_AT_MOST
    for line in _remembered(scene):
        if (left := left - len(line)) < 0:
            break
        lines.append(line)
    return _filled(
        "memory", objectives="; ".join(scene.objectives), memory="\n".join(lines) or "Nothing yet."
    )


def _remembered(scene: Scene) -> Iterator[str]:
    yield from (_line(one) for one in scene.memory)
    yield from (f"- noted: {_said(one)}" for one in reversed(scene.remarks))
    yield from (_line(one) for one in scene.elsewhere)


def _line(one: Remembered) -> str:
    return f"- {one.what}: “{_said(one.source.text)}”"


def _turns(scene: Scene) -> str:
    told = "\n".join(
        f"{'Coach' if one.role == 'coach' else 'Person'}: {_said(one.text)}" for one in scene.turns
    )
    return _filled("turns", turns=told) if told else ""


def _decision(brief: Brief, scene: Scene) -> str:
    spoken = language(scene.language).name if scene.language else "English"
    today = f"{scene.today:%A}, {scene.today.isoformat()}"
    decided = "\n".join(f"- {line}" for line in _decided(brief, layout_of(brief)))
    return _filled("decision", today=today, language=spoken, decision=decided)


def _decided(brief: Brief, layout: Layout) -> Iterator[str]:
    """What was decided, a line each; the question comes last."""
    yield f"The talk is at {_PURPOSE[brief.phase]}."
    shown = " ".join(text for text, _ in layout.before if text)
    if shown:
        yield f"Before your words stands already, so do not repeat it: {_cut(shown)}"
    yield from (_reflection(one) for one in brief.reflections)
    if not brief.reflections:
        yield "Take up in half a sentence what they just wrote."
    yield from (f"Say in your own words: {note}" for note in layout.notes)
    yield from _worded(brief, layout)
    follows = " ".join(text.strip() for text, _ in layout.after if text)
    if follows:
        yield f"Behind your words this follows as it stands, so do not say it: {_cut(follows)}"
    yield _ending(brief, layout)


def _worded(brief: Brief, layout: Layout) -> Iterator[str]:
    if layout.answer is not None:
        most = _WORDS["long"]
        yield f"Answer what they asked, in at most {most} words, from this: {layout.answer.text}"
    if brief.feedback is not None:
        yield f"Name this as a strength, quoting it: “{_said(brief.feedback.strength)}”"
        if brief.feedback.gap:
            gap = getattr(brief.coach.gaps, brief.feedback.gap)[0]
            yield f"Then say, as something a listener would still like to hear: {gap}"
    if brief.entered is not None and brief.entered is not Phase.INTRODUCTION:
        line = getattr(brief.coach.transitions, brief.entered.value)[0]
        yield f"In half a sentence, lead over to what comes next: {line}"
    if brief.missing:
        yield f"Say in your own words: {brief.missing}"
    if brief.help_with is not None:
        if layout.choices:
            yield f"They find it hard; an example and a choice follow. {brief.help_lead or ''}"
            return
        options = "; ".join(brief.help_with.options)
        yield f"They find it hard. {brief.help_lead or ''}".strip()
        yield f"Give them this example, in the language you write in: {brief.help_with.example}"
        yield f"Then say that one of these may be near to it, and that any will do: {options}"


def _ending(brief: Brief, layout: Layout) -> str:
    if layout.ask is not None:
        return (
            "End with this one question, in words that fit what they said, without changing what "
            f"is asked for: {layout.ask.text}"
        )
    if layout.fixed_ask is not None:
        return "Ask no question: one follows behind your words."
    if brief.closing:
        return "This ends the session: close warmly. Ask no question."
    if brief.invite:
        return "Invite them in a statement to tell more. Ask no question."
    return "Ask no question."


def _reflection(one: Reflection) -> str:
    return f"Give back, as {_KINDS[one.kind]}: “{_said(one.quote)}”"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_AT_MOST else text[: _SHOWN_AT_MOST - 1] + "…"
