"""Run it: ``python -m tests.discordserver [PORT]``; prints its address, then takes orders by HTTP.

``POST /control`` with ``{"act": "say", "user": "ada", "args": {"text": "hi"}}``; see ``Control``.
Set ``DISCORD_API_URL`` to the address with ``/api/v10`` and ``DISCORD_GATEWAY_URL`` to
``ws://…/gateway``; the token is ``tests.discordserver.core.DEFAULT_TOKEN``.
"""

from __future__ import annotations

from tests.discordserver.control import controlled
from tests.local import run_alone

if __name__ == "__main__":
    run_alone(controlled, lambda server: server.core.address)
