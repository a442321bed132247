"""How things stand where people write: one statement, whatever the number of those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.engine import Engine as SqlEngine

from bot.inbound import Opened, Sender
from bot.platforms.together import Together
from storage import platforms
from storage.queries import table
from storage.standing import Asked, Standing, standings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COACHES = ("life_coach", "interview_coach")


@pytest.fixture
async def people(engine):
    """Ann in two workspaces of one id each, and Ben; nobody is coached yet."""
    return {
        one: await engine.person(Sender("slack", *one))
        for one in (("T1", "UANN"), ("T2", "UANN"), ("T1", "UBEN"))
    }


async def _stand(engine, *asked: Asked) -> list[Standing]:
    return await engine.database.read(lambda one: standings(one, "slack", asked))


async def _session(engine, person: str, where: str, coach: str, **values: object) -> str:
    """A session as the engine leaves it; returns its id."""
    row = {
        "id": f"{person}{where}"[-40:] + coach[:1],
        "person_id": person,
        "coach": coach,
        "tenant": "T1",
        "conversation": where,
        "objectives": [],
        "phase": "open",
        "progress": 0.0,
        "status": "open",
        "slots": {},
        "memory": {},
        "started_at": NOW,
        "last_at": NOW,
        **values,
    }
    await engine.database.write(lambda one: one.execute(insert(table("persona_sessions")), [row]))
    return str(row["id"])


async def test_a_stranger_is_nobody_and_a_thread_nobodys(engine, people):
    (found,) = await _stand(engine, Asked("T1", "UNEW", "slack:T1:D1:1.1"))
    assert found == Standing(None, None, open=False)
    (found,) = await _stand(engine, Asked("T1", "UBEN"))
    assert found == Standing(people["T1", "UBEN"], None, open=False)


async def test_the_same_id_in_another_workspace_is_somebody_else(engine, people):
    where = "slack:T1:D1:1.1"
    await _session(engine, people["T1", "UANN"], where, COACHES[0])
    here, there, ben = await _stand(
        engine, Asked("T1", "UANN", where), Asked("T2", "UANN"), Asked("T1", "UBEN", where)
    )
    assert (here.person, here.open) == (people["T1", "UANN"], True)
    assert (there.person, there.open, there.thread) == (people["T2", "UANN"], False, None)
    # Whose thread it is does not depend on who asks.
    assert ben.thread == here.thread is not None
    assert ben.thread["person_id"] == people["T1", "UANN"]


async def test_an_open_session_wins_over_the_note_and_the_last_one_over_others(engine, people):
    ann, ben = people["T1", "UANN"], people["T1", "UBEN"]
    where, asked = "slack:T1:C1:1.1", Asked("T1", "UANN", "slack:T1:C1:1.1")
    keep = platforms.keep_thread
    await engine.database.write(lambda one: keep(one, where, ben, COACHES[1], NOW))
    (noted,) = await _stand(engine, asked)
    assert noted.thread == {"person_id": ben, "coach": COACHES[1], "session": None}
    first = await _session(engine, ann, where, COACHES[0], last_at=NOW + timedelta(hours=2))
    await _session(engine, ann, where, COACHES[1], last_at=NOW + timedelta(hours=1))
    (coached,) = await _stand(engine, asked)
    assert coached.thread == {"person_id": ann, "coach": COACHES[0], "session": first}
    sessions = table("persona_sessions")
    await engine.database.write(lambda one: one.execute(update(sessions).values(status="ended")))
    (ended,) = await _stand(engine, asked)
    assert (ended.thread, ended.open) == (noted.thread, False)


async def test_a_finished_session_holds_its_thread_but_is_not_gone_on_with(engine, people):
    ann, where = people["T1", "UANN"], "slack:T1:D1:1.1"
    held = await _session(engine, ann, where, COACHES[0], status="completed")
    (found,) = await _stand(engine, Asked("T1", "UANN", where))
    assert found.thread is not None
    assert found.thread["session"] == held
    assert not found.open


async def test_many_are_asked_about_in_one_statement(engine, people):
    said: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        said.append(statement)

    asked = [Asked(f"T{n % 3}", f"U{n}", f"slack:T1:D{n}:1.1") for n in range(60)]
    event.listen(SqlEngine, "before_cursor_execute", note)
    try:
        found = await _stand(engine, *asked, Asked("T1", "UBEN"))
    finally:
        event.remove(SqlEngine, "before_cursor_execute", note)
    assert len(said) == 1
    assert [one.person for one in found] == [None] * 60 + [people["T1", "UBEN"]]


async def test_what_is_asked_meanwhile_is_asked_together():
    calls: list[list[int]] = []
    go = asyncio.Event()

    async def answer(asked: Sequence[int]) -> list[int]:
        calls.append(list(asked))
        await go.wait()
        return [one * 2 for one in asked]

    together = Together(answer)
    first = asyncio.create_task(together.ask(1))
    while not calls:
        await asyncio.sleep(0)
    more = [asyncio.create_task(together.ask(number)) for number in range(2, 600)]
    gone = more.pop(3)
    await asyncio.sleep(0)
    gone.cancel()
    go.set()
    assert await first == 2
    assert await asyncio.gather(*more) == [n * 2 for n in range(2, 600) if n != 5]
    assert calls[0] == [1]
    assert len(calls) == 4


async def test_where_asking_fails_each_is_told_and_the_next_is_asked_anew():
    fails = True

    async def answer(asked: Sequence[int]) -> list[int]:
        if fails:
            raise OSError("away")
        return list(asked)

    together = Together(answer)
    told = await asyncio.gather(together.ask(1), together.ask(2), return_exceptions=True)
    assert [type(one) for one in told] == [OSError, OSError]
    fails = False
    assert await together.ask(3) == 3


async def test_a_question_is_noted_once_for_who_asked(engine, people):
    where, ben = "slack:T1:D1:1.1", ("slack", "T1", "UBEN")

    async def note(account: tuple[str, str, str], place: str = where) -> Standing:
        await engine.database.write(lambda one: platforms.note_question(one, place, account, NOW))
        (found,) = await _stand(engine, Asked("T1", "UBEN", place))
        return found

    assert (await note(("slack", "T1", "UNEW"))).thread is None
    mine = {"person_id": people["T1", "UBEN"], "coach": None, "session": None}
    assert (await note(ben)).thread == mine
    assert (await note(("slack", "T1", "UANN"))).thread == mine
    # A session that is there already needs no note.
    coached = "slack:T1:D1:2.1"
    opened = Opened(coached, "2.1", Sender("slack", "T1", "UBEN"), NOW, coach=COACHES[0])
    await engine.handle(opened)
    before = (await _stand(engine, Asked("T1", "UBEN", coached)))[0].thread
    assert before is not None
    assert before["coach"] == COACHES[0]
    await engine.handle(opened)
    assert (await note(ben, coached)).thread == before
    kept = await engine.database.read(lambda one: one.execute(table("threads").select()).all())
    assert [row.conversation for row in kept] == [where]
