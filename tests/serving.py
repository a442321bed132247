"""``rocket`` with the chatroom among its platforms.

Whatever holds the word in POISON can't be worked on: the error quotes it, as errors do.
"""

from __future__ import annotations

import os
from typing import Any

from bot import cli
from bot.engine.engine import Engine
from bot.serving import adapters

adapters.ROWS = (adapters.Row("chatroom", "tests.chatroom.platform", (("database_url",),)),)


def main() -> None:
    poison, handle = os.environ.get("POISON"), Engine.handle

    async def checked(engine: Engine, event: Any, *rest: Any, **more: Any) -> Any:
        if poison and poison in getattr(event, "text", ""):
            raise ValueError(f"can't take {event.text!r}")
        return await handle(engine, event, *rest, **more)

    Engine.handle = checked  # type: ignore[method-assign]
    cli.main()


if __name__ == "__main__":
    main()
