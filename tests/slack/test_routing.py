import pytest

from bot import commands
from bot.slack.reading import changed, deleted, edited, mentions, plain, senders_team, spoken
from bot.slack.routing import Situation, private, route

THREAD = {"direct": False, "threaded": True}
MINE = {**THREAD, "owner": "self", "session": True, "coach": "life_coach"}
DIRECT = {"direct": True, "threaded": False}


def parsed(text):
    return commands.parse(text)


@pytest.mark.parametrize(
    ("situation", "where"),
    [
        ({"direct": False, "threaded": False}, "ignore"),
        ({"direct": False, "threaded": False, "called": True}, "offer"),
        (THREAD, "ignore"),
        ({**THREAD, "called": True}, "offer"),
        ({**THREAD, "owner": "other"}, "not_yours"),
        ({**THREAD, "owner": "other", "called": True}, "not_yours"),
        ({**MINE}, "turn"),
        ({**MINE, "says_stop": True, "writing": True}, "stop"),
        ({**MINE, "says_stop": True}, "turn"),
        ({**MINE, "command": parsed("switch to David")}, "switch"),
        ({**MINE, "command": parsed("next")}, "turn"),
        ({**MINE, "command": parsed("plan")}, "turn"),
        ({**MINE, "command": parsed("summary")}, "private"),
        ({**MINE, "command": parsed("profile")}, "private"),
        ({**MINE, "command": parsed("/coach forget")}, "private"),
        ({**MINE, "command": parsed("coaches")}, "whisper"),
        ({**MINE, "command": parsed("help")}, "whisper"),
        ({**THREAD, "owner": "self", "coach": "life_coach"}, "take_up"),
        (DIRECT, "ask"),
        ({**DIRECT, "last_open": True}, "go_on"),
        ({**DIRECT, "last_open": True, "command": parsed("summary")}, "ask"),
        ({**DIRECT, "last_open": True, "names_coach": True}, "ask"),
        ({**DIRECT, "threaded": True, "owner": "self"}, "ask"),
        ({**DIRECT, "threaded": True, "owner": "self", "coach": "life_coach"}, "take_up"),
        ({**DIRECT, "threaded": True, "last_open": True}, "go_on"),
        ({**DIRECT, "threaded": True, "owner": "self", "session": True}, "turn"),
    ],
)
def test_a_message_goes_where_the_table_says(situation, where):
    assert route(Situation(**situation)) == where


def test_what_is_about_the_person_is_private():
    shown = {command.name for command in commands.COMMANDS if not private(command.name)}
    assert shown == {"next", "plan", "advice", "again", "undo", "end", "switch", "panel"}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("<@UBOT> hello", "hello"),
        ("ask <@U2> and <@U3|ann>", "ask @somebody and @ann"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("<https://x.example/a?b=1&amp;c|x.example>", "x.example (https://x.example/a?b=1&c)"),
        ("<https://x.example>", "https://x.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!here> <#C1|jobs> <!subteam^S1|@team>", "@here #jobs @team"),
    ],
)
def test_messages_are_read_as_people_see_them(sent, words):
    assert plain(sent, "UBOT") == words


def test_only_what_people_write_is_read():
    said = {"type": "message", "user": "U1", "text": "hi"}
    assert spoken(said, "UBOT")
    assert spoken({**said, "subtype": "file_share"}, "UBOT")
    for more in (
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"bot_id": "B1"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"hidden": True},
        {"user": None},
    ):
        assert not spoken({**said, **more}, "UBOT")


def test_edits_are_of_words_and_by_people():
    now = {"user": "U1", "text": "new", "edited": {"ts": "2.0"}, "ts": "1.0"}
    event = {"subtype": "message_changed", "message": now, "previous_message": {"text": "old"}}
    assert changed(event)
    assert edited(event) == now
    assert edited({**event, "previous_message": {"text": "new"}}) is None
    assert edited({**event, "message": {**now, "bot_id": "B1"}}) is None
    gone = {"subtype": "message_deleted", "previous_message": {"user": "U1", "text": "x"}}
    assert deleted(gone) == gone["previous_message"]
    assert deleted({**gone, "previous_message": {"bot_id": "B1", "user": "UBOT"}}) is None


def test_mentions_and_teams_are_seen():
    assert mentions({"type": "app_mention", "text": "x"}, "UBOT")
    assert mentions({"type": "message", "text": "hey <@UBOT>"}, "UBOT")
    assert not mentions({"type": "message", "text": "hey <@U2>"}, "UBOT")
    assert senders_team({"team": "T1", "user_team": "T2"}) == "T2"
    assert senders_team({}) is None
