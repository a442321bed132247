"""What is seen to beside every event, in its transaction: the first notice, the person's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.engine import reminding, saying, zones
from bot.engine.turned import Turned
from bot.engine.unit import Unit
from storage.queries import PersonScope, Row

if TYPE_CHECKING:
    from bot.engine.engine import Engine


def notice_first(engine: Engine, work: Unit, me: Row) -> None:
    """Add the notice of first contact, once in a person's life."""
    if me["notice_at"] is not None:
        return
    now, person = engine.clock(), me["id"]

    def noticed(connection: Connection, turned: Turned) -> Turned:
        if not turned.reply.text:
            return turned
        PersonScope(connection, person).change_me(notice_at=now)
        return saying.with_notice(turned, engine.catalogue)

    work.at_the_end(noticed)


def follow_clock(engine: Engine, work: Unit, me: Row, named: str | None) -> None:
    """Keep the zone the platform tells of, unless the person set one; reminders go by it."""
    zone = zones.zone_named(named)
    if zone is None or me["zone_chosen"] or zone == me["time_zone"]:
        return
    now, person = engine.clock(), me["id"]

    def moved(connection: Connection, turned: Turned) -> Turned:
        scope = PersonScope(connection, person)
        scope.change_me(time_zone=zone)
        reminding.move_all(scope, now)
        return turned

    work.at_the_end(moved)
