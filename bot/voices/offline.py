"""The offline voice: composes a reply from the coach's own sentences and the user's words.

Every part is typed when it is said, so the provenance of each is known. A set phrase rests for
twenty turns; where all of a kind rest, the user's words stand alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bot.engine.brief import Brief, Reflection
from bot.engine.retell import capital
from bot.engine.text import words
from bot.replies import Choice, Draft, Source

# Of two weighty reflections the coach frames one, of four plain ones one: a set phrase
# around every sentence of the user reads like a form.
_FRAMED_WEIGHTY = 2
_FRAMED_PLAIN = 4

# Product rule 1: a reply is short; the answer asked for, plans and summaries may be longer.
WORDS_AT_MOST = 88


def quoted(text: str) -> str:
    """The user's words in quotation marks."""
    inner = text.strip('“”"')
    return f"“{inner}”"


class OfflineVoice:
    """Words a brief without any language model."""

    name = "offline"
    free = False

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        """Yield the whole draft at once."""
        yield compose(brief)


def compose(brief: Brief) -> Draft:
    """Put the reply together; drops what can be spared when it grows too long."""
    draft = _compose(brief, brief.reflections)
    for shorter, plainer in (
        (brief.reflections[-1:], brief),
        (brief.reflections[-1:], replace(brief, entered=None)),
        ((), replace(brief, entered=None)),
    ):
        long_block = brief.block and len(words(brief.block[0])) > WORDS_AT_MOST
        if len(words(draft.text)) <= WORDS_AT_MOST or brief.answer or long_block:
            break
        draft = _compose(plainer, shorter)
    return draft


def _compose(brief: Brief, reflections: Sequence[Reflection]) -> Draft:
    draft = Draft()
    lines = brief.coach.lines
    if brief.opening:
        draft.say(brief.opening)
    for note, sources in brief.notes:
        draft.say(note, *sources)
    for number, reflection in enumerate(reflections):
        _reflect(draft, brief, reflection, bare=number > 0)
    if brief.answer:
        if brief.answer.known:
            _set_phrase(draft, brief, "before_answer", lines.before_answer)
        draft.say(brief.answer.text, *brief.answer.sources)
    if brief.feedback:
        _feedback(draft, brief)
    if brief.entered and brief.entered.value != "introduction":
        variants = getattr(brief.coach.transitions, brief.entered.value)
        _set_phrase(draft, brief, f"transitions.{brief.entered.value}", variants)
    if brief.missing:
        draft.say(brief.missing)
    if brief.help_with:
        if brief.help_lead:
            draft.say(brief.help_lead)
        else:
            _set_phrase(draft, brief, "stuck", lines.stuck)
        draft.say(
            f"For example: “{brief.help_with.example.rstrip('.')}.”",
            Source("card", f"{brief.coach.key}.{brief.help_with.key}", brief.help_with.example),
        )
        draft.choices = [
            Choice(str(number), option.rstrip("."))
            for number, option in enumerate(brief.help_with.options, start=1)
        ]
    if brief.block:
        draft.say(brief.block[0], *brief.block[1])
    if brief.ask:
        draft.ask(brief.ask.text)
        draft.choices = list(brief.ask.choices)
    elif brief.closing:
        _set_phrase(draft, brief, "closings", lines.closings)
    elif brief.invite:
        _set_phrase(draft, brief, "invitations", lines.invitations)
    draft.choices = draft.choices or list(brief.choices)
    return draft


def _reflect(draft: Draft, brief: Brief, reflection: Reflection, *, bare: bool) -> None:
    source = Source("user", str(reflection.message), reflection.quote)
    if reflection.you and reflection.other and _tension(draft, brief, reflection, source):
        return
    every = _FRAMED_PLAIN if reflection.kind == "plain" else _FRAMED_WEIGHTY
    if bare or brief.seed // 11 % every:
        told = reflection.you or reflection.echo
        if told:
            draft.say(capital(told) + ".", source)
            return
    frames = getattr(brief.coach.frames, reflection.kind)
    usable = [
        (f"frames.{reflection.kind}.{number}", frame)
        for number, frame in enumerate(frames)
        if ("{you}" in frame) == bool(reflection.you)
    ]
    picked = _pick(brief, usable, draft)
    if picked:
        draft.say(_filled(picked, reflection), source)
    elif reflection.you or reflection.echo:
        draft.say(capital(reflection.you or reflection.echo or "") + ".", source)


def _tension(draft: Draft, brief: Brief, reflection: Reflection, source: Source) -> bool:
    frames = [(f"frames.tension.{n}", text) for n, text in enumerate(brief.coach.frames.tension)]
    picked = _pick(brief, frames, draft)
    if picked:
        draft.say(_filled(picked, reflection), source)
    return picked is not None


def _filled(frame: str, reflection: Reflection) -> str:
    you = reflection.you or ""
    if frame.startswith("{you}"):
        you = capital(you)
    text = frame.replace("{you}", you).replace("{other}", reflection.other or "")
    return text.replace("{quote}", quoted(reflection.quote))


def _feedback(draft: Draft, brief: Brief) -> None:
    point = brief.feedback
    assert point is not None
    strengths = [
        (f"strengths.{number}", line) for number, line in enumerate(brief.coach.lines.strengths)
    ]
    picked = _pick(brief, strengths, draft)
    if picked:
        source = Source("user", str(point.message), point.strength)
        draft.say(picked.replace("{quote}", quoted(point.strength)), source)
    if point.gap:
        _set_phrase(draft, brief, f"gaps.{point.gap}", getattr(brief.coach.gaps, point.gap))


def _set_phrase(draft: Draft, brief: Brief, name: str, variants: Sequence[str]) -> None:
    picked = _pick(
        brief, [(f"{name}.{number}", line) for number, line in enumerate(variants)], draft
    )
    if picked:
        draft.say(picked)


def _pick(brief: Brief, lines: Sequence[tuple[str, str]], draft: Draft) -> str | None:
    """The next line that has rested, starting at a place that differs by session and turn."""
    for step in range(len(lines)):
        key, line = lines[(brief.seed + step) % len(lines)]
        if brief.may_use(key) and key not in draft.frames:
            draft.frames.append(key)
            return line
    return None
