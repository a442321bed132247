"""How the inbox is run."""

from __future__ import annotations

from dataclasses import dataclass

# After the last try an event becomes a dead letter.
BACKOFF = (1.0, 4.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Options:
    """Limits and times; the defaults suit a workspace.

    Attributes:
        lanes: people worked for at the same time.
        lease_s: seconds after which a dead worker's people are taken over.
        poll_s: seconds between looks at the database when no wake-up comes.
        merge: whether messages that wait together are answered together.
        turns_a_minute: of one person; 0 for no limit.
        tenant_turns_a_minute: of one workspace or server and worker; 0 for no limit.
        queue_limit: events of one person that may wait.
        stream_after_s: a reply slower than this is shown while it is written.
        busy_after_s: a reply slower than this is announced ("is typing").
        backoff: seconds before an event that failed is tried again, and again.
        waits_for_database: whether a lane waits for a database that fails; else it ends, and
            :attr:`bot.inbox.worker.Worker.trouble` tells why.
        drain_s: seconds that running turns get to end when the program is to stop.
        retention_days: people untouched for so long are forgotten; 0 for never.
    """

    lanes: int = 32
    lease_s: float = 10.0
    poll_s: float = 1.0
    merge: bool = True
    turns_a_minute: int = 20
    tenant_turns_a_minute: int = 600
    queue_limit: int = 200
    stream_after_s: float = 1.5
    busy_after_s: float = 0.3
    backoff: tuple[float, ...] = BACKOFF
    waits_for_database: bool = True
    drain_s: float = 20.0
    retention_days: int = 0
