"""``/coach link``: the same person on two platforms, from the code to being two again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.engine import Engine
from bot.engine.linking import TRIES
from bot.engine.turned import Turned
from bot.inbound import Sender
from bot.inbox.codec import event_from
from storage.database import Database
from storage.queries import Row, table
from tests.conftest import Talk

WORDS = "I was passed over twice for the ward sister post and I want to lead people well."


class At(Talk):
    """A person on some platform; what the other account has them told is read from the inbox."""

    def __init__(self, engine: Engine, platform: str, user: str) -> None:
        super().__init__(engine, user, f"{platform}:T1:{user}:")
        self.sender = Sender(platform, "T1", user)

    async def link(self, argument: str = "") -> Turned:
        return await self.command("link", argument)

    async def person(self) -> str:
        return await self.engine.person(self.sender)

    async def told(self) -> list[Turned]:
        """What came from the other account, taken as the inbox would."""
        lane, rows = await self.engine.lane(self.sender), table("inbox")
        waiting = (rows.c.person_id == lane) & (rows.c.kind == "linking")
        found = await self.engine.database.write(
            lambda c: [
                dict(row)
                for row in c.execute(
                    rows.update()
                    .where(waiting, rows.c.settled_at.is_(None))
                    .values(settled_at=datetime.now(UTC))
                    .returning(rows)
                ).mappings()
            ]
        )
        return [await self.engine.handle(event_from("linking", row["payload"])) for row in found]

    async def rows(self, name: str) -> list[Row]:
        person = await self.person()
        return await self.engine.look(person, lambda scope: scope.rows(name))


@pytest.fixture
def ann(engine: Engine) -> At:
    return At(engine, "slack", "U1")


@pytest.fixture
def seven(engine: Engine) -> At:
    return At(engine, "discord", "7")


def code_in(turned: Turned) -> str:
    found = re.search(r"\*\*(\w{4}-\w{4})\*\*", turned.reply.text)
    assert found is not None, turned.reply.text
    return found[1]


def pick(turned: Turned, label: str) -> str:
    """The argument of the choice that begins so."""
    choice = next(one.id for one in turned.reply.choices if one.label.startswith(label))
    return choice.removeprefix("/coach link ")


async def linked(maker: At, taker: At) -> Turned:
    """Both say yes; returns what the maker reads at last."""
    shown = await taker.link(code_in(await maker.link()))
    await taker.link(pick(shown, "Yes"))
    (asked,) = await maker.told()
    return await maker.link(pick(asked, "Yes"))


async def coached(talk: At, coach: str, words: str = WORDS) -> None:
    await talk.open(coach)
    await talk(words)


async def everything(database: Database) -> dict[str, list[Row]]:
    def look(connection):
        found = {}
        for name, one in table("people").metadata.tables.items():
            if name not in {"mailbox", "inbox", "link_tries", "links", "link_offers"}:
                rows = connection.execute(one.select()).mappings()
                found[name] = sorted((dict(row) for row in rows), key=repr)
        return found

    return await database.read(look)


async def test_from_a_code_to_one_person_and_back(ann: At, seven: At, database: Database) -> None:
    await coached(ann, "david")
    await coached(seven, "maya", "I want more time for my children and less for the ward.")
    before = await everything(database)
    first = await ann.link()
    shown = await seven.link(code_in(first))
    text = shown.reply.text
    assert "1 session with David" in text
    assert "1 session with Dr. Maya" in text
    assert "ward sister" not in text
    assert shown.session is None
    assert await ann.person() != await seven.person()
    asked = await seven.link(pick(shown, "Yes"))
    assert "Slack account `U1`" in asked.reply.text
    assert await ann.person() != await seven.person()
    (question,) = await ann.told()
    assert "Discord account `7`" in question.reply.text
    assert "children" not in question.reply.text
    assert question.session is None
    done = await ann.link(pick(question, "Yes"))
    assert done.reply.text.startswith("Done")
    assert await ann.person() == await seven.person()
    assert [one["coach"] for one in await seven.rows("persona_sessions")].count(
        "salary_negotiator"
    ) == 1
    (there,) = await seven.told()
    assert "one person" in there.reply.text
    assert await ann.told() == []
    parted = await seven.link(pick(there, "Undo"))
    assert "two people again" in parted.reply.text
    after = await everything(database)
    for one in (before, after):
        for row in (*one["people"], *one["persona_sessions"]):
            # The buttons of the last reply.
            row.pop("offered", None)
            row["memory"] = {**row.get("memory", {}), "offered": None}
    assert after == before
    (news,) = await ann.told()
    assert "two again" in news.reply.text


async def test_the_summary_is_over_both(ann: At, seven: At) -> None:
    await coached(ann, "david")
    await coached(seven, "maya", "I want more time for my children and less for the ward.")
    await linked(ann, seven)
    told = await seven.command("summary")
    assert "David" in told.reply.text
    assert "Maya" in told.reply.text


async def test_the_code_is_not_in_the_database_and_good_for_one_use(
    ann: At, seven: At, engine: Engine
) -> None:
    code = code_in(await ann.link())
    other = At(engine, "terminal", "eve")
    kept = repr(await everything(engine.database))
    offers = await engine.database.read(
        lambda c: [dict(row) for row in c.execute(table("link_offers").select()).mappings()]
    )
    for written in (code, code.replace("-", "")):
        assert written not in kept + repr(offers)
    assert len((await seven.link(code.lower().replace("-", " "))).reply.choices) == 2
    refused = await other.link(code)
    assert "no code I know" in (refused.reply.error or "")
    assert refused.reply.choices == ()


async def test_a_code_of_ones_own_a_wrong_and_an_old_one(
    ann: At, seven: At, engine: Engine
) -> None:
    code = code_in(await ann.link())
    assert "your own code" in (await ann.link(code)).reply.text
    assert "no code I know" in (await seven.link("ABCD-EFGH")).reply.text
    assert "no code I know" in (await seven.link("what is this")).reply.text
    start = engine.clock()
    engine.clock = lambda: start + timedelta(minutes=16)
    assert "no code I know" in (await seven.link(code)).reply.text


async def test_a_new_code_makes_the_one_before_worthless(ann: At, seven: At) -> None:
    first, second = code_in(await ann.link()), code_in(await ann.link())
    assert first != second
    assert "no code I know" in (await seven.link(first)).reply.text
    assert (await seven.link(second)).reply.choices


async def test_guessing_ends(ann: At, seven: At, engine: Engine) -> None:
    code = code_in(await ann.link())
    for _ in range(TRIES):
        assert "no code I know" in (await seven.link("ABCD-EFGH")).reply.text
    refused = await seven.link(code)
    assert re.search(
        r"too many codes in an hour\. Try again in (59|60) minutes", refused.reply.text
    )
    start = engine.clock()
    engine.clock = lambda: start + timedelta(minutes=61)
    code = code_in(await ann.link())
    assert (await seven.link(code)).reply.choices


@pytest.mark.parametrize("who", ["taker", "maker"])
async def test_a_no_ends_it(ann: At, seven: At, who: str) -> None:
    shown = await seven.link(code_in(await ann.link()))
    if who == "taker":
        assert "nothing is linked" in (await seven.link(pick(shown, "No"))).reply.text
    else:
        await seven.link(pick(shown, "Yes"))
        (asked,) = await ann.told()
        assert "nothing is linked" in (await ann.link(pick(asked, "No"))).reply.text
        (news,) = await seven.told()
        assert "said no" in news.reply.text
    for one in (ann, seven):
        assert "nothing here that waits" in (await one.link("yes")).reply.text
    assert await ann.person() != await seven.person()


async def test_nobody_else_can_answer(ann: At, seven: At, engine: Engine) -> None:
    eve = At(engine, "slack", "U666")
    shown = await seven.link(code_in(await ann.link()))
    yes = pick(shown, "Yes")
    for one in (eve, ann):
        assert "nothing here that waits" in (await one.link(yes)).reply.text
    await seven.link(yes)
    for one in (eve, seven):
        assert "nothing here that waits" in (await one.link(yes)).reply.text
    assert len({await one.person() for one in (ann, seven, eve)}) == 3


async def test_a_late_answer_is_none(ann: At, seven: At, engine: Engine) -> None:
    shown = await seven.link(code_in(await ann.link()))
    await seven.link(pick(shown, "Yes"))
    (asked,) = await ann.told()
    start = engine.clock()
    engine.clock = lambda: start + timedelta(minutes=61)
    assert "nothing here that waits" in (await ann.link(pick(asked, "Yes"))).reply.text
    assert await ann.person() != await seven.person()


async def test_what_waits_for_an_answer_is_shown_again(ann: At, seven: At) -> None:
    shown = await seven.link(code_in(await ann.link()))
    assert (await seven.link()).reply.text == shown.reply.text
    await seven.link(pick(shown, "Yes"))
    again = await ann.link()
    (asked,) = await ann.told()
    assert again.reply.text == asked.reply.text
    assert (await ann.link("yes")).reply.text.startswith("Done")


async def test_three_accounts_are_one_person_and_parted_one_by_one(
    ann: At, seven: At, engine: Engine
) -> None:
    third = At(engine, "terminal", "ada")
    for one, coach in ((ann, "david"), (seven, "maya"), (third, "marcus")):
        await coached(one, coach)
    people = [await one.person() for one in (ann, seven, third)]
    await linked(ann, seven)
    await seven.told()
    await linked(third, ann)
    assert len({await one.person() for one in (ann, seven, third)}) == 1
    assert len(await ann.rows("persona_sessions")) == 3
    await seven.link("undo")
    assert await ann.person() == await seven.person() != await third.person()
    await third.told()
    await ann.link("undo")
    assert [await one.person() for one in (ann, seven, third)] == people
    assert "No accounts of yours" in (await ann.link("undo")).reply.text


async def test_what_was_switched_off_stays_off_and_comes_back_when_parted(
    ann: At, seven: At
) -> None:
    await ann.open("david")
    await ann.command("me", "zone Europe/Lisbon")
    await seven.command("reminders", "off")
    await seven.command("me", "off")
    await linked(ann, seven)

    async def me(one: At) -> Row:
        return await one.engine.look(await one.person(), lambda scope: scope.me())

    both = await me(ann)
    assert (both["reminders"], both["share_memory"]) == (False, False)
    assert both["time_zone"] == "Europe/Lisbon"
    await ann.command("me", "zone America/Chicago")
    await ann.link("undo")
    here, there = await me(ann), await me(seven)
    assert (here["reminders"], here["share_memory"]) == (True, True)
    assert (there["reminders"], there["share_memory"]) == (False, False)
    # What was set in between holds for both.
    assert here["time_zone"] == there["time_zone"] == "America/Chicago"


async def test_the_export_names_the_accounts(ann: At, seven: At, engine: Engine) -> None:
    await coached(ann, "david")
    await linked(ann, seven)
    found = await engine.export(seven.sender)
    assert {one["platform"] for one in found["data"]["accounts"]} == {"slack", "discord"}
    assert len(found["data"]["links"]) == 1
    told = await engine.export_markdown(ann.sender)
    assert "- Slack: T1, U1" in told
    assert "- Discord: T1, 7" in told
    assert "linked" in told
    assert "Linked accounts: " in (await ann.command("me")).reply.text


@pytest.mark.parametrize("by", ["slack", "discord"])
async def test_forgetting_deletes_both_sides(ann: At, seven: At, engine: Engine, by: str) -> None:
    await coached(ann, "david")
    await coached(seven, "maya", "I want more time for my children and less for the ward.")
    await ann.command("goal", "lead the emergency ward")
    await linked(ann, seven)
    await seven.told()
    await (ann if by == "slack" else seven).command("forget", "everything")
    kept = repr(await everything(engine.database))
    rest = await engine.database.read(
        lambda c: [
            dict(row)
            for name in ("inbox", "outbox", "links", "link_offers")
            for row in c.execute(table(name).select()).mappings()
        ]
    )
    for said in ("passed over", "children", "emergency ward", "U1", "'7'"):
        assert said not in kept + repr([row for row in rest if "event_key" not in row])
    assert all(row["payload"] is None for row in rest if "event_key" in row)
