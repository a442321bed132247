"""Run it: ``python -m tests.modelserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"act": "next", "kind": "busy", "times": 2, "seconds": 1}``; see `Control`.
Set ``OPENAI_BASE_URL`` to the address with ``/v1``, ``OPENAI_API_KEY`` to `server.KEY` and
``MODEL`` to ``openai:coach-1``.
"""

from __future__ import annotations

from tests.local import run_alone
from tests.modelserver.control import controlled

if __name__ == "__main__":
    run_alone(controlled, lambda server: server.address)
