"""The voice of a language model: the same decisions, worded freely.

One call a reply. Sentences are shown as soon as they are whole and checked; the notes behind them
go into the turn's transaction. Where the model fails, the coach goes on from the playbook: what was
shown stays, what is missing is worded offline, and the user is told once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from bot.engine.brief import Brief, Spent, Worded
from bot.engine.language import language
from bot.engine.scene import Scene
from bot.replies import Draft
from bot.voices.analyst import ModelAnalyst
from bot.voices.books import Books
from bot.voices.calling import Prompt
from bot.voices.falling_back import Again, Call, FallingBack
from bot.voices.offline import compose
from bot.voices.prompt import prompt_of
from bot.voices.speaking import Speaking

_log = logging.getLogger(__name__)
# How long the notes behind a reply that was stopped are waited for.
_NOTES_WITHIN_S = 2.0
# Seconds after which a request has left, and no model has answered yet.
_MEANWHILE_S = 0.01
AWAY = (
    "The language model I speak with does not answer properly just now, so I speak from my "
    "playbook. Everything you said is kept, and we can simply go on."
)


@dataclass(slots=True)
class _Shown:
    """Whether words of the model were handed over, so that no other answer may begin."""

    yet: bool = False


class ModelVoice:
    """Words briefs that have a scene by a model; the others are said as they stand.

    Args:
        models: who is asked, in order.
        books: budgets, and answers of earlier tries.
    """

    name = "offline"
    free = True

    def __init__(self, models: FallingBack, books: Books) -> None:
        self._models = models
        self._books = books

    @property
    def analyst(self) -> ModelAnalyst:
        """The same models, asked for lines instead of a reply."""
        return ModelAnalyst(self._models, self._books)

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        """Yield the growing reply, empty until there are words; the last one is whole.

        Raises StorageError.
        """
        scene = brief.scene
        if scene is None:
            yield compose(brief)
            return
        prompt = prompt_of(brief)
        standing = await self._books.look(scene, prompt)
        speaking = Speaking(brief)
        if standing.over is not None:
            yield _troubled(speaking.offline(), scene, standing.over)
            return
        if standing.kept is not None:
            speaking.hear(standing.kept.answer)
            speaking.end()
            yield _finished(speaking, scene, list(standing.kept.spent), done=True)
            return
        async for draft in self._ask(speaking, scene, prompt):
            yield draft

    async def _ask(self, speaking: Speaking, scene: Scene, prompt: Prompt) -> AsyncIterator[Draft]:
        call, shown = Call(), _Shown()
        stopped, since = False, None
        # Who listens can make ready for what is coming.
        yield Draft()
        # Once the question is on its way, and before the answer comes.
        asyncio.get_running_loop().call_later(_MEANWHILE_S, speaking.prepare)
        async with aclosing(self._models.ask(prompt, call, lambda: shown.yet)) as pieces:
            async for piece in pieces:
                if scene.unwanted():
                    since = since or time.monotonic()
                    # With all words there, only notes are under way: danger in them counts.
                    late = time.monotonic() - since > _NOTES_WITHIN_S
                    stopped = late or not speaking.reply_is_whole
                    if stopped:
                        break
                if isinstance(piece, Again):
                    speaking.begin()
                    continue
                more = speaking.hear(piece)
                if more or (not piece and speaking.told):
                    shown.yet = True
                    yield speaking.growing()
                elif not piece:
                    yield Draft()
        if stopped:
            draft = speaking.as_far() if speaking.told else speaking.offline()
            draft.spent = tuple(call.spent)
            yield draft
            return
        if call.done:
            speaking.end()
            await self._books.keep(scene, prompt, speaking.raw, call.spent)
        yield _finished(speaking, scene, call.spent, done=call.done)


def _finished(speaking: Speaking, scene: Scene, spent: list[Spent], *, done: bool) -> Worded:
    """The whole reply with its notes, whatever became of the call."""
    if speaking.refusals:
        _log.info("left out of a reply: %s", ", ".join(speaking.refusals))
    notes = speaking.notes()
    if notes.risk != "none":
        draft = speaking.growing()
        draft.risk = notes.risk
    elif speaking.told:
        draft = speaking.whole()
    else:
        draft = speaking.offline()
    if not (done or speaking.reply_is_whole):
        draft = _troubled(draft, scene, AWAY)
    draft.noted = tuple(one for one in notes.noted(scene) if speaking.bears(one.title))
    draft.slots = notes.filled(scene)
    draft.remark = notes.memory if speaking.bears(notes.memory) else ""
    draft.spent = tuple(spent)
    return draft


def _troubled(draft: Worded, scene: Scene, sentence: str) -> Worded:
    """The reply with the sentence why it is not the model's; it is in English from here on."""
    draft.trouble = sentence
    if scene.language is not None:
        draft.trouble = f"{sentence}\n\n{language(scene.language).notice}"
    return draft
