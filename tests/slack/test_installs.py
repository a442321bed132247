"""Many workspaces: installing, what is kept of it, tokens that change, the end."""

from __future__ import annotations

import sqlite3

import pytest
from aiohttp import ClientSession, CookieJar

from bot.settings import SettingsError
from bot.slack.installs import Vault
from tests.slack.house import KEY, House, by_app, replies
from tests.slack.test_threads import STORY, begun
from tests.slackserver.auth import CLIENT_ID, CLIENT_SECRET
from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server

MANY = {
    "slack_bot_token": None,
    "slack_client_id": CLIENT_ID,
    "slack_client_secret": CLIENT_SECRET,
    "token_keys": (KEY,),
}


@pytest.fixture
async def house(server: Server, make_house) -> House:
    return await make_house(**MANY)


async def install(house: House, workspace: Workspace, user: str, *, state: str | None = None):
    """Somebody goes through the install page; returns status and page of the end of it."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{house.address}/slack/install") as page:
            text = await page.text()
            cookie = page.headers["Set-Cookie"].partition(";")[0]
        given = state or text.partition("state=")[2].partition("&")[0].partition('"')[0]
        code = workspace.install(user)
        address = f"{house.address}/slack/oauth_redirect?code={code}&state={given}"
        async with browser.get(address, headers={"Cookie": cookie}) as end:
            return end.status, await end.text()


def workspace_of(server: Server, team: str, **more) -> Workspace:
    made = Workspace(server, team, installed=False, **more)
    made.user("UANN", "ann")
    made.user("UBEN", "ben")
    made.channel("C1", "UANN", "UBEN", name="careers")
    made.team.installed = True
    return made


async def test_installing_greets_the_installer_with_one_button(house: House, server: Server):
    acme = workspace_of(server, "T1")
    status, page = await install(house, acme, "UANN")
    assert status == 200
    assert "Installed" in page
    ann = acme.user("UANN")
    hello = await house.until(lambda: by_app(ann.sees()))
    assert [e["text"]["text"] for _, e in hello[0].elements()] == ["Pick a coach"]
    await begun(house, acme, "UANN")


async def test_a_state_is_good_for_once_and_for_its_browser(house: House, server: Server):
    acme = workspace_of(server, "T1")
    status, page = await install(house, acme, "UANN", state="made-up")
    assert status >= 400
    assert "Nothing was installed" in page
    assert await house.slack.desk.workspaces.tokens.all() == []


async def test_tokens_lie_encrypted(house: House, server: Server):
    acme = workspace_of(server, "T1")
    await install(house, acme, "UANN")
    await house.rest()
    file = sqlite3.connect(house.database)
    (kept,) = file.execute("SELECT secret FROM installations").fetchone()
    dump = "\n".join(file.iterdump())
    file.close()
    found = await house.slack.desk.workspaces.of("T1")
    assert found is not None
    token = found.credentials.token
    assert token.startswith("xoxb-")
    assert token not in dump
    assert Vault([KEY]).unlock(kept)["token"] == token
    other = "VSY-uv9WbdyKut8mB0xnchTqNnqexiTG9s9QHVYN0KY="
    assert Vault([other]).unlock(kept) is None
    assert Vault([other, KEY]).unlock(kept)["token"] == token


@pytest.mark.parametrize("keys", [(), ("short",)])
def test_a_key_that_is_none_is_refused(keys):
    with pytest.raises(SettingsError, match="TOKEN_KEYS"):
        Vault(keys)


async def test_two_workspaces_share_ids_and_nothing_else(house: House, server: Server):
    one, two = workspace_of(server, "T1"), workspace_of(server, "T2")
    await install(house, one, "UANN")
    await install(house, two, "UANN")
    root = await begun(house, one, "UANN", "david")
    other = await begun(house, two, "UANN", "maya")
    one.user("UANN").dm(STORY, root)
    await house.until(lambda: len(replies(one.user("UANN").sees(thread=root))) == 2)
    two.user("UANN").dm("I have no energy left", other)
    await house.until(lambda: len(replies(two.user("UANN").sees(thread=other))) == 2)
    people = house.slack.desk.people
    for team, coach in (("T1", "salary_negotiator"), ("T2", "life_coach")):
        workspace = await house.slack.desk.workspaces.of(team)
        sender = await people.sender(workspace, "UANN")
        found = await house.app.engine.sessions(sender)
        assert [row["coach"] for row in found] == [coach]
    assert {call.team.id for call in server.called("chat.postMessage")} == {"T1", "T2"}


async def test_uninstalling_deletes_tokens_and_what_was_said(house: House, server: Server):
    one, two = workspace_of(server, "T1"), workspace_of(server, "T2")
    await install(house, one, "UANN")
    await install(house, two, "UANN")
    await begun(house, one, "UANN")
    await begun(house, two, "UANN")
    one.uninstall()
    await house.rest()

    def counts():
        file = sqlite3.connect(house.database)
        try:
            return [
                file.execute(statement).fetchall()
                for statement in (
                    "SELECT tenant FROM installations",
                    "SELECT DISTINCT tenant FROM accounts",
                    "SELECT DISTINCT tenant FROM persona_sessions",
                )
            ]
        finally:
            file.close()

    assert counts() == [[("T2",)]] * 3
    # And the other goes on.
    two.user("UANN").dm(STORY)
    await house.until(lambda: len(replies(two.user("UANN").sees())) == 2)
    # It can come back.
    one.team.installed = True
    await install(house, one, "UBEN")
    await begun(house, one, "UBEN")


async def test_tokens_that_run_out_are_renewed(house: House, server: Server):
    server.world.codes.rotation = True
    acme = workspace_of(server, "T1")
    await install(house, acme, "UANN")
    root = await begun(house, acme, "UANN")
    before = (await house.slack.desk.workspaces.of("T1")).credentials.token
    server.clock.advance(42_000)
    house.slack.desk.workspaces.forget("T1")
    await _nearly_over(house)
    acme.user("UANN").dm(STORY, root)
    await house.until(lambda: len(replies(acme.user("UANN").sees(thread=root))) == 2)
    after = (await house.slack.desk.workspaces.of("T1")).credentials.token
    assert after != before


async def _nearly_over(house: House) -> None:
    """Our own clock can't be moved: what is kept says that it soon runs out."""
    kept = house.slack._installations
    data = await kept.kept("T1")
    data["expires"] -= 42_000
    from datetime import UTC, datetime

    from storage import platforms

    locked = kept._vault.lock(data)
    await house.app.database.write(
        lambda one: platforms.keep_installation(one, "slack", "T1", locked, datetime.now(UTC))
    )


async def test_an_organisation_is_one_tenant(house: House, server: Server):
    acme = workspace_of(server, "T1", enterprise="E1")
    acme.team.org_wide = True
    await install(house, acme, "UANN")
    root = await begun(house, acme, "UANN")
    acme.user("UANN").dm(STORY, root)
    await house.until(lambda: len(replies(acme.user("UANN").sees(thread=root))) == 2)
    file = sqlite3.connect(house.database)
    try:
        assert file.execute("SELECT DISTINCT tenant FROM accounts").fetchall() == [("E1",)]
    finally:
        file.close()


async def test_a_revoked_token_is_no_reason_to_lose_a_session(house: House, server: Server):
    acme = workspace_of(server, "T1")
    await install(house, acme, "UANN")
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    acme.revoke()
    ann.dm(STORY, root)
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 1
    await install(house, acme, "UANN")
    ann.dm("It is about two hundred a month", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    workspace = await house.slack.desk.workspaces.of("T1")
    sender = await house.slack.desk.people.sender(workspace, "UANN")
    assert len(await house.app.engine.sessions(sender)) == 1
