"""The one error policy: what happens to an event or a reply that fails, and what the user is told.

==================================  =========================================  =================
what failed                         what happens                               the user reads
==================================  =========================================  =================
another worker holds the lane       nothing: that worker does it               its reply
the database is away or locked      held, tried again, no attempt is counted   the reply, later
the platform wants us to wait       tried again when it says                   the reply, later
the place is gone or closed         given up                                   nothing there
it can't be known if it was shown   marked ``unsure``                          an offer to repeat
the user asked for the impossible   settled                                    the reason
its worker died with it             tried at once, then as anything else       its reply
anything else                       tried again, later and later, then dead    an apology
==================================  =========================================  =================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.engine.errors import EngineError
from bot.inbox.contract import CannotLookError, TryLaterError, UndeliverableError
from storage.errors import DatabaseLockedError, DatabaseUnavailableError
from storage.inbox import FencedError

# A reply that is written must reach the user: it is tried for about a day.
REPLY_BACKOFF = (1.0, 2.0, 5.0, 15.0, 60.0, *[300.0] * 12, *[3600.0] * 23)
DATABASE_AWAY = 1.0
# Any other fault of a database may be that of what is to be written. Where it can write nothing at
# all, no try can be counted either, so nothing is given up.
_AWAY = (DatabaseLockedError, DatabaseUnavailableError)

APOLOGY = (
    "I am sorry: something on my side goes wrong whenever I read your last message, so I have put "
    "it aside, and whoever runs this bot can see that. What we had so far is safe. Please say it "
    "in other words, or go on with something else."
)
TOO_FAST = (
    "You are quicker than I can think. I have everything you wrote, and I will answer in about "
    "{seconds} seconds."
)
TOO_MUCH = (
    "That is more than I can take in at once. I will answer what came first; what you wrote in the "
    "last minute did not reach me, so please send it again after that."
)
UNSURE = "I can't tell whether my last reply reached you. Would you like to see it once more?"
SHOW_AGAIN = "Show it again"
REPEAT = "/coach repeat"
NOTHING_TO_SHOW = "There is no reply left that I would have to show again."

Action = Literal["leave", "hold", "retry", "settle", "give_up", "unsure"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do: ``after`` so many seconds for "hold" and "retry"; ``sentence`` for the user."""

    action: Action
    after: float = 0.0
    sentence: str | None = None


def judge_event(error: BaseException, attempts: int, backoff: Sequence[float]) -> Verdict:
    """What becomes of an event whose turn raised.

    Args:
        attempts: tries so far, this one included.
        backoff: seconds before the next try after one, two, … that failed.
    """
    if isinstance(error, FencedError):
        return Verdict("leave")
    if isinstance(error, _AWAY):
        return Verdict("hold", DATABASE_AWAY)
    if isinstance(error, EngineError):
        return Verdict("settle", sentence=str(error))
    if attempts > len(backoff):
        return Verdict("give_up", sentence=APOLOGY)
    return Verdict("retry", backoff[attempts - 1])


def after_a_loss(attempts: int, backoff: Sequence[float]) -> float:
    """Seconds before an event is tried again whose workers died so many times."""
    pauses = (0.0, 0.0, *backoff)
    return pauses[attempts] if attempts < len(pauses) else 0.0


def judge_reply(error: BaseException, attempts: int) -> Verdict:
    """What becomes of a reply that could not be shown; ``attempts`` counts this one."""
    if isinstance(error, FencedError):
        return Verdict("leave")
    if isinstance(error, _AWAY):
        return Verdict("hold", DATABASE_AWAY)
    if isinstance(error, TryLaterError):
        return Verdict("hold", error.after)
    if isinstance(error, UndeliverableError):
        return Verdict("give_up")
    if isinstance(error, CannotLookError):
        return Verdict("unsure", sentence=UNSURE)
    if attempts > len(REPLY_BACKOFF):
        return Verdict("give_up")
    return Verdict("retry", REPLY_BACKOFF[attempts - 1])
