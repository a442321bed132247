"""The durable inbox's statements: accept, claim, fence, settle, send, release.

Functions of a connection, to be run in a write transaction. Each that works for one person begins
with that person's mailbox row: its lock makes the order of ids the order of commits, and a fence
that came after a SELECT was seen to lose messages.
"""

from storage.inbox.accepting import Arrival, accept
from storage.inbox.base import FencedError
from storage.inbox.claiming import (
    Ahead,
    Claim,
    Running,
    claim,
    fence,
    fence_turn,
    give_back,
    look_ahead,
    release,
    renew,
    take_idle,
)
from storage.inbox.scheduling import call_off, move, reminders, schedule
from storage.inbox.sending import (
    doubtful,
    given_up,
    keep_once,
    keep_reply,
    mark_reply,
    take_given_up,
    unsent,
)
from storage.inbox.working import Waiting, postpone, put_off, settle, waiting

__all__ = [
    "Ahead",
    "Arrival",
    "Claim",
    "FencedError",
    "Running",
    "Waiting",
    "accept",
    "call_off",
    "claim",
    "doubtful",
    "fence",
    "fence_turn",
    "give_back",
    "given_up",
    "keep_once",
    "keep_reply",
    "look_ahead",
    "mark_reply",
    "move",
    "postpone",
    "put_off",
    "release",
    "reminders",
    "renew",
    "schedule",
    "settle",
    "take_given_up",
    "take_idle",
    "unsent",
    "waiting",
]
