"""What a platform keeps of accounts, and what is called off."""

from datetime import UTC, datetime, timedelta

from bot.inbound import Sender, TenantGone
from bot.inbox.codec import event_json, kind_of
from storage import platforms
from storage.inbox import Arrival, accept

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_one_account_is_one_person_in_every_server(engine):
    database = engine.database
    first = await engine.person(Sender("discord", "1", "7"))
    calls = platforms.who_calls
    assert await database.read(lambda one: calls(one, "discord", "2", "7")) == (None, True)
    assert await database.read(lambda one: calls(one, "discord", "1", "7")) == (first, False)
    assert await database.read(lambda one: calls(one, "discord", "1", "8")) == (None, False)
    await database.write(lambda one: platforms.adopt_account(one, "discord", "2", "7"))
    await database.write(lambda one: platforms.adopt_account(one, "discord", "2", "8"))
    assert await engine.person(Sender("discord", "2", "7")) == first
    assert await engine.person(Sender("discord", "2", "8")) != first
    assert await database.read(lambda one: platforms.any_account_of(one, first, "discord")) == "7"
    assert sorted(await database.read(lambda one: platforms.tenants_of(one, "discord"))) == [
        "1",
        "2",
    ]


async def test_what_is_due_can_be_called_off_by_its_key(database):
    def gone(guild: str, due: datetime | None) -> Arrival:
        event = TenantGone(f"discord:{guild}:x:x", "", Sender("discord", guild, "7"), NOW)
        return Arrival(
            f"discord:gone:{guild}:7",
            ("discord", guild, "7"),
            None,
            event.conversation,
            kind_of(event),
            event_json(event),
            due_at=due,
        )

    later = NOW + timedelta(days=7)
    await database.write(lambda one: accept(one, [gone("1", later), gone("12", later)], NOW, 99))
    assert await database.write(lambda one: platforms.drop_due(one, "discord:gone:1:")) == 1
    assert await database.write(lambda one: platforms.drop_due(one, "discord:gone:1:")) == 0
    assert await database.write(lambda one: platforms.drop_due(one, "discord:gone:12:")) == 1
