import pytest

from bot.discord.calls import EPHEMERAL, Ticket, call_of, now, ticket_of
from bot.discord.reading import notes, said
from bot.discord.syncing import covers
from bot.discord.table import commands_json
from bot.platforms import wording

ME = "99"


def told(**more):
    return {
        "id": "1300000000000000000",
        "channel_id": "3",
        "guild_id": "1",
        "type": 0,
        "author": {"id": "7", "username": "ada"},
        "content": "hello",
        "mentions": [],
        **more,
    }


def test_words_are_plain():
    one = said(
        told(
            content=f"<@{ME}> ask <@!8> in <#5> <:rocket:123> **now**",
            mentions=[{"id": ME, "username": "coach"}, {"id": "8", "username": "bob"}],
        ),
        ME,
    )
    assert one.text == "ask @bob in #channel :rocket: **now**"
    assert one.calls


@pytest.mark.parametrize(
    "more",
    [
        {"author": {"id": "7", "bot": True}},
        {"webhook_id": "5"},
        {"type": 7},
        {"type": 18},
    ],
)
def test_what_no_person_wrote_is_not_read(more):
    assert said(told(**more), ME) is None


def test_an_answer_to_us_is_known_and_one_to_others_is_not():
    ours = {"id": "12", "content": "-# x\nhello", "author": {"id": ME}}
    assert said(told(type=19, referenced_message=ours), ME).answers == ("12", "-# x\nhello")
    theirs = {**ours, "author": {"id": "8"}}
    assert said(told(type=19, referenced_message=theirs), ME).answers is None


def test_words_kept_back_are_told_from_messages_without_words():
    assert said(told(content=""), ME).hidden
    assert not said(told(content="", sticker_items=[{"name": "wave"}]), ME).hidden
    assert not said(told(content="", poll={"question": {"text": "?"}}), ME).hidden


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"sticker_items": [{"name": "wave"}]}, [wording.STICKER]),
        ({"poll": {"question": {}}}, [wording.POLL]),
        ({"attachments": [{"content_type": "image/png"}]}, [wording.PICTURE]),
        ({"attachments": [{"content_type": "audio/ogg"}], "flags": 1 << 13}, [wording.VOICE_NOTE]),
        (
            {"attachments": [{"content_type": "application/zip", "filename": "a.zip"}]},
            [wording.NOT_TEXT.format(name="a.zip")],
        ),
        ({"attachments": [{"content_type": "text/plain", "filename": "a.txt"}]}, []),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(more, wanted):
    assert notes(said(told(**more), ME)) == wanted


def test_a_call_from_a_thread_is_read():
    call = call_of(
        {
            "id": "1300000000000000000",
            "application_id": "9",
            "type": 3,
            "token": "t:o:k",
            "guild_id": "1",
            "channel_id": "3",
            "channel": {"id": "3", "type": 12, "parent_id": "2"},
            "member": {"user": {"id": "7"}},
            "locale": "pt-BR",
            "data": {"custom_id": "rc:pick:k:0:a:b", "component_type": 2},
            "message": {"id": "5", "flags": EPHEMERAL},
            "authorizing_integration_owners": {"1": "7"},
        }
    )
    assert call.place.conversation == "discord:1:2:3"
    assert (call.user, call.locale, call.public, call.ephemeral) == ("7", "pt_BR", False, True)
    assert not call.installed
    assert ticket_of(str(call.ticket)) == Ticket("9", "1300000000000000000", "t:o:k")
    assert not call.ticket.good(now())
    assert ticket_of("1300000000000000000") is None


def test_commands_that_discord_completed_are_the_same_and_changed_ones_are_not():
    wanted = commands_json()
    there = [
        {**one, "id": "1", "version": "2", "nsfw": False, "contexts": [2, 1, 0]} for one in wanted
    ]
    assert covers(there, wanted)
    there[0]["options"] = [{**one} for one in there[0]["options"]]
    there[0]["options"][0]["description"] = "something else"
    assert not covers(there, wanted)
    assert not covers(there[:1], wanted)
