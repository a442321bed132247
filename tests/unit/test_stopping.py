"""A wish to stop is known in mid-reply, and only where it is the whole message."""

from __future__ import annotations

import pytest

from bot.platforms.stopping import says_stop


@pytest.mark.parametrize(
    "text",
    ["stop", "Stop!", "please stop", "STOP IT.", "Hör bitte auf", "hör auf!", "Arrête", "s'il te "
     "plaît, arrête", "Para, por favor", "basta", "¡Basta!"],
)  # fmt: skip
def test_a_wish_to_stop(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "I want to stop smoking", "they told me to stop", "ich will nie aufhören zu lernen", "bye",
     "non-stop", "don't stop", "why did you stop", "je ne veux pas arrêter", "ok", "tschüss"],
)  # fmt: skip
def test_an_answer_like_others(text: str) -> None:
    assert not says_stop(text)
