"""Run it: ``python -m tests.slackserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"team": "T1", "user": "U1", "act": "dm", "args": {"text": "hi"}}``.
"""

from __future__ import annotations

from tests.local import run_alone
from tests.slackserver.control import controlled

if __name__ == "__main__":
    run_alone(controlled, lambda server: server.address)
