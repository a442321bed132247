"""Two accounts are linked while both write, both agree at once, and both try it at once."""

from __future__ import annotations

import asyncio
import re

from storage.linking import last_link
from storage.queries import PersonScope
from tests.inbox.desk import Desk, until


async def seen(desk: Desk, name: str, part: str) -> str:
    """What somebody reads that says this, newest."""

    async def look() -> str | None:
        fits = [text for text in desk.screen.texts(name) if part in text]
        return fits[-1] if fits else None

    return await until(look)


async def code_of(desk: Desk, name: str) -> str:
    await desk.say("/coach link", name)
    found = re.search(r"\*\*(\w{4}-\w{4})\*\*", await seen(desk, name, "Your code is"))
    assert found is not None
    return found[1]


async def settled(desk: Desk) -> None:
    await until(lambda: desk._settled(1, None))


async def everybody_once(desk: Desk) -> None:
    """Nothing is lost, done twice, or given up."""
    await settled(desk)
    assert {row["state"] for row in await desk.rows("inbox")} == {"done"}
    assert {row["state"] for row in await desk.rows("outbox")} == {"sent"}
    assert all(line.posts == 1 for line in desk.screen.lines.values())


async def test_both_write_while_they_become_one_and_click_more_than_once(desk: Desk) -> None:
    desk.open()
    await desk.say("David", "ada")
    await desk.say("Maya", "bob")
    await settled(desk)
    code = await code_of(desk, "ada")
    await desk.say(f"/coach link {code}", "bob")
    await seen(desk, "bob", "Are both of these you?")
    writing = [
        desk.say(f"I want a raise of {number}00 because my rent went up a lot", name)
        for number in range(1, 6)
        for name in ("ada", "bob")
    ]
    await asyncio.gather(*writing[:4], *(desk.say("/coach link yes", "bob") for _ in range(3)))
    await seen(desk, "ada", "entered your code. Is that you?")
    await asyncio.gather(*writing[4:], *(desk.say("/coach link yes", "ada") for _ in range(3)))
    await everybody_once(desk)
    (person,) = await desk.rows("people")
    assert len(await desk.rows("links")) == 1
    done = [text for text in desk.screen.texts("ada") if text.startswith("Done.")]
    assert len(done) == 1
    sessions = await desk.rows("persona_sessions")
    assert {row["person_id"] for row in sessions} == {person["id"]}
    said = [row["text"] for row in await desk.rows("messages") if row["role"] == "user"]
    for number in range(1, 6):
        assert sum(f"{number}00" in text for text in said) == 2


async def test_each_enters_the_others_code_and_both_agree_at_once(desk: Desk) -> None:
    desk.open()
    codes = [await code_of(desk, name) for name in ("ada", "bob")]
    await asyncio.gather(
        desk.say(f"/coach link {codes[0]}", "bob"), desk.say(f"/coach link {codes[1]}", "ada")
    )
    for name in ("ada", "bob"):
        await seen(desk, name, "Are both of these you?")
    await asyncio.gather(*(desk.say("1", name) for name in ("ada", "bob")))
    for name in ("ada", "bob"):
        await seen(desk, name, "entered your code. Is that you?")
    await asyncio.gather(*(desk.say("/coach link yes", name) for name in ("ada", "bob")))
    await everybody_once(desk)
    (person,) = await desk.rows("people")
    assert len(await desk.rows("links")) == 1
    assert await desk.rows("link_offers") == []
    link = await desk.database.read(lambda c: last_link(PersonScope(c, person["id"])))
    assert link is not None
    assert link["other"] != person["id"]


async def test_a_code_is_good_for_one_of_those_who_enter_it_at_once(desk: Desk) -> None:
    desk.open()
    code = await code_of(desk, "ada")
    names = [f"p{number}" for number in range(6)]
    await asyncio.gather(*(desk.say(f"/coach link {code}", name) for name in names))
    await everybody_once(desk)
    shown = [text for text in desk.screen.texts() if "Are both of these you?" in text]
    refused = [text for text in desk.screen.texts() if "no code I know" in text]
    assert (len(shown), len(refused)) == (1, 5)


async def test_parted_while_both_write(desk: Desk) -> None:
    desk.open()
    await desk.say("David", "ada")
    await desk.say("Maya", "bob")
    await settled(desk)
    await desk.say(f"/coach link {await code_of(desk, 'ada')}", "bob")
    await seen(desk, "bob", "Are both of these you?")
    await desk.say("/coach link yes", "bob")
    await seen(desk, "ada", "Is that you?")
    await desk.say("/coach link yes", "ada")
    await seen(desk, "bob", "one person now")
    await asyncio.gather(
        *(desk.say("I want more time for my children", name) for name in ("ada", "bob")),
        *(desk.say("/coach link undo", name) for name in ("ada", "bob")),
        *(desk.say("I want less of the ward", name) for name in ("ada", "bob")),
    )
    await everybody_once(desk)
    assert len(await desk.rows("people")) == 2
    sessions = {row["id"]: row for row in await desk.rows("persona_sessions")}
    assert len({row["person_id"] for row in sessions.values()}) == 2
    for row in await desk.rows("messages"):
        assert row["person_id"] == sessions[row["session_id"]]["person_id"]
