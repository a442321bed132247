import pytest

from bot.settings import SettingsError, read_settings

ONE_KEY = "not-a-real-key"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_lists_are_written_with_commas(monkeypatch):
    monkeypatch.setenv("SLACK_CHANNELS", "C1, C2,,")
    monkeypatch.setenv("COACHES_OFF", "life_coach")
    settings = read_settings()
    assert settings.slack_channels == ("C1", "C2")
    assert settings.coaches_off == ("life_coach",)
    assert settings.slack_people == ()


@pytest.mark.parametrize(("typed", "meant"), [("career", "/career"), ("/coach", "/coach")])
def test_the_command_has_one_slash(monkeypatch, typed, meant):
    monkeypatch.setenv("SLACK_COMMAND", typed)
    assert read_settings().slack_command == meant


@pytest.mark.parametrize(
    ("name", "value"), [("SLACK_COMMAND", "Big Name"), ("SLACK_API_URL", "slack.com")]
)
def test_what_cannot_be_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_secrets_are_not_printed(monkeypatch):
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "TOKEN_KEYS"):
        monkeypatch.setenv(name, ONE_KEY)
    settings = read_settings()
    assert settings.slack_bot_token == ONE_KEY
    assert ONE_KEY not in repr(settings)
