"""The doctor against the local Slack."""

from __future__ import annotations

import pytest

from bot.settings import Settings, SettingsError
from bot.slack.doctor import examine
from bot.slack.manifest import SCOPES
from tests.slack.house import KEY
from tests.slackserver.auth import CLIENT_ID, CLIENT_SECRET
from tests.slackserver.driver import Workspace
from tests.slackserver.server import APP_TOKEN, Server


@pytest.fixture(params=["socket"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


def settings(server: Server, **given) -> Settings:
    base = {"slack_api_url": server.api_url, "slack_app_token": APP_TOKEN}
    return Settings(_env_file=None, **{**base, **given})


async def test_all_is_well(server: Server):
    Workspace(server, "T1", scopes=SCOPES)
    found = await examine(settings(server, slack_bot_token="xoxb-T1-1"))
    assert {one.state for one in found} == {"good"}
    assert "T1" in found[1].says


async def test_a_missing_permission_says_what_it_is_for(server: Server):
    Workspace(server, "T1", scopes=set(SCOPES) - {"chat:write.customize", "im:history"})
    found = await examine(settings(server, slack_bot_token="xoxb-T1-1"))
    states = {one.about: one for one in found}
    assert states["permission chat:write.customize"].state == "less"
    assert "own name" in states["permission chat:write.customize"].says
    assert states["permission im:history"].state == "bad"
    assert "im:history" in states["permission im:history"].todo


async def test_wrong_tokens_say_what_to_click(server: Server):
    Workspace(server, "T1")
    wrong = settings(server, slack_bot_token="xoxb-wrong", slack_app_token="xapp-wrong")
    found = await examine(wrong)
    bad = [one for one in found if one.state == "bad"]
    assert [one.about for one in bad] == ["socket", "token"]
    assert all("api.slack.com/apps" in one.todo for one in bad)


async def test_installations_are_looked_at(server: Server, tmp_path):
    found = await examine(
        settings(
            server,
            slack_client_id=CLIENT_ID,
            slack_client_secret=CLIENT_SECRET,
            token_keys=(KEY,),
            database_url=str(tmp_path / "rocket.db"),
        )
    )
    assert "/slack/install" in next(one for one in found if one.about == "installations").todo


async def test_by_http_the_address_is_named_and_how_slack_verifies_it(server: Server):
    Workspace(server, "T1", scopes=SCOPES)
    by_http = {"slack_bot_token": "xoxb-T1-1", "slack_app_token": None}
    given = settings(server, **by_http, slack_signing_secret="s", public_url="https://a.example")
    events = (await examine(given))[0]
    assert (events.about, events.state) == ("events", "good")
    assert "https://a.example" in events.says
    assert "Retry" in events.todo
    bare = (await examine(settings(server, **by_http, slack_signing_secret="s")))[0]
    assert bare.state == "less"
    assert "PUBLIC_URL" in bare.todo
    none = (await examine(settings(server, **by_http)))[0]
    assert none.state == "bad"
    assert "SLACK_APP_TOKEN" in none.todo


async def test_nothing_set_up_says_how_to_begin(server: Server):
    with pytest.raises(SettingsError, match="rocket slack manifest"):
        await examine(settings(server, slack_app_token=None))
