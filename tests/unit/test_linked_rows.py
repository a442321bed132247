"""What linked accounts have in common, and what goes home when they are parted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine import link_codes
from bot.engine.engine import Engine
from bot.inbound import TenantGone
from storage.queries import PersonScope, table
from tests.unit.test_linking import At, coached, everything, linked


@pytest.fixture
def ann(engine: Engine) -> At:
    return At(engine, "slack", "U1")


@pytest.fixture
def seven(engine: Engine) -> At:
    return At(engine, "discord", "7")


async def test_a_removed_workspace_takes_its_sessions_alone(
    ann: At, seven: At, engine: Engine
) -> None:
    await coached(ann, "david")
    await coached(seven, "maya", "I want more time for my children and less for the ward.")
    await ann.command("goal", "lead the emergency ward")
    await seven.command("goal", "paint more")
    await linked(ann, seven)
    gone = TenantGone(ann.conversation, "gone", ann.sender, engine.clock())
    await engine.handle(gone)
    assert [one["coach"] for one in await seven.rows("persona_sessions")] == ["life_coach"]
    assert [one["text"] for one in await seven.rows("goals")] == ["paint more"]
    # There is nobody left to be parted from.
    assert "No accounts of yours" in (await seven.link("undo")).reply.text
    kept = repr(await everything(engine.database))
    assert "passed over" not in kept
    assert "children" in kept


async def test_new_rows_go_by_the_account_they_came_by(ann: At, seven: At, engine: Engine) -> None:
    await coached(ann, "david")
    await linked(ann, seven)
    await seven.open("maya")
    await seven.command("goal", "paint more")
    await seven.command("log", "offer at the studio")
    await ann.command("goal", "lead the emergency ward")
    await ann.link("undo")
    assert [one["coach"] for one in await ann.rows("persona_sessions")] == ["salary_negotiator"]
    assert [one["text"] for one in await ann.rows("goals")] == ["lead the emergency ward"]
    assert [one["coach"] for one in await seven.rows("persona_sessions")] == ["life_coach"]
    assert [one["text"] for one in await seven.rows("goals")] == ["paint more"]
    assert [one["note"] for one in await seven.rows("outcomes")] == ["at the studio"]
    assert await ann.rows("outcomes") == []


async def test_a_session_taken_along_goes_home(ann: At, seven: At, engine: Engine) -> None:
    await coached(ann, "david")
    (session,) = await ann.rows("persona_sessions")
    await linked(ann, seven)
    await seven.command("continue", session["id"])
    await seven("I told my boss that I want the post.")
    (moved,) = await ann.rows("persona_sessions")
    assert moved["conversation"] == seven.conversation
    await seven.link("undo")
    (back,) = await ann.rows("persona_sessions")
    assert back["conversation"] == ann.conversation
    assert await seven.rows("persona_sessions") == []
    assert await seven.rows("messages") == []


async def test_reminders_are_not_doubled_and_find_their_way(
    ann: At, seven: At, engine: Engine
) -> None:
    await ann.command("goal", "lead the ward by 20 December 2026")
    await seven.command("goal", "paint more by 21 December 2026")

    async def due() -> list[tuple[str, str, str]]:
        rows = table("inbox")
        waiting = (rows.c.kind == "due") & rows.c.settled_at.is_(None)
        found = await engine.database.read(
            lambda c: c.execute(rows.select().where(waiting).order_by(rows.c.id)).mappings().all()
        )
        return [(row["event_key"], row["person_id"], row["conversation"]) for row in found]

    before = await due()
    assert len(before) == 2
    await linked(ann, seven)
    assert await due() == before
    # Put down once more, each stays the one it is.
    await ann.command("reminders", "on")
    assert await due() == before
    await ann.command("reminders", "off")
    assert await due() == []
    await ann.link("undo")
    assert await due() == []
    await seven.command("reminders", "on")
    assert [one[1] for one in await due()] == [await seven.person()]


async def test_a_reminder_put_down_elsewhere_comes_home(ann: At, seven: At, engine: Engine) -> None:
    await coached(ann, "david")
    await linked(ann, seven)
    (session,) = await ann.rows("persona_sessions")
    person, now = await ann.person(), engine.clock()

    def promise(scope: PersonScope) -> None:
        from bot.engine import reminding

        scope.change("persona_sessions", session["id"], conversation=seven.conversation)
        key = scope.add_one(
            "commitments",
            session_id=session["id"],
            text="call her",
            if_then="",
            confidence=7,
            check_in=(now + timedelta(days=9)).date(),
            status="open",
            created_at=now,
        )
        subject = reminding.subject_of(scope, "commitment", key)
        assert subject is not None
        assert reminding.put_down(scope, subject, now, seven.conversation) is not None

    await engine.change(person, promise)
    await seven.link("undo")
    rows = table("inbox")
    waiting = (rows.c.kind == "due") & rows.c.settled_at.is_(None)
    (due,) = await engine.database.read(
        lambda c: c.execute(rows.select().where(waiting)).mappings().all()
    )
    assert due["person_id"] == await ann.person()
    assert due["conversation"] == ann.conversation
    assert due["payload"]["sender"]["platform"] == "slack"


def test_codes_are_read_as_they_are_written() -> None:
    seen = {link_codes.new() for _ in range(200)}
    assert len(seen) == 200
    for code in seen:
        assert link_codes.read(link_codes.shown(code)) == code
        assert link_codes.read(f" {code[:2].lower()} {code[2:]}.") == code
    assert link_codes.read("ABCD-EFG") is None
    assert link_codes.read("ABCD-EFG0") is None
    assert len(link_codes.digest("ABCDEFGH")) == 64
