"""Which part of a prompt a provider has seen before, and the tokens of an answer."""

from __future__ import annotations

from collections import deque

from tests.modelserver.speech import Prompt, Said, tokens
from tests.modelserver.wires import Request, Use

# OpenAI's cache takes prompts from 1,024 tokens on, in steps of 128.
_LEAST, _STEP = 1024, 128
_KEPT = 64


def _laid_out(prompt: Prompt) -> str:
    return "".join(f"\x00{line.role}\x01{line.text}" for line in prompt.lines)


def _same(one: str, other: str) -> str:
    """What two texts begin with."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one.startswith(other[:middle]):
            least = middle
        else:
            most = middle - 1
    return one[:least]


class Cache:
    """Prompts of before."""

    def __init__(self) -> None:
        self._whole: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._marked: set[tuple[str, str]] = set()

    def use(self, provider: str, request: Request, said: Said) -> Use:
        """The tokens of one answer; what was marked, or simply came before, is read again."""
        cached = written = 0
        prompt = request.prompt
        if provider == "anthropic":
            for prefix in request.prefixes:
                size = len(tokens(prefix))
                if (prompt.model, prefix) in self._marked:
                    cached = max(cached, size)
                else:
                    written = max(written, size)
                    self._marked.add((prompt.model, prefix))
            written = max(written - cached, 0)
        elif provider == "openai":
            text = _laid_out(prompt)
            same = [_same(text, old) for model, old in self._whole if model == prompt.model]
            longest = max((len(tokens(one)) for one in same), default=0)
            cached = longest // _STEP * _STEP if longest >= _LEAST else 0
            self._whole.append((prompt.model, text))
        return Use(prompt.tokens, min(cached, prompt.tokens), written, said.tokens)
