import json

import pytest

from bot.discord import limits
from bot.discord.components import handle_of, handles
from bot.discord.markdown import for_discord, plain
from bot.discord.places import Place, place_of, snowflake_at, time_of
from bot.discord.render import card, coach_in, growing, render
from bot.engine.turned import Turned
from bot.inbound import Sender
from bot.inbox.contract import Post
from bot.replies import Attachment, Choice, Reply
from personas.catalogue import Catalogue

CATALOGUE = Catalogue()
DAVID = CATALOGUE.coach("salary_negotiator")
KEY = "0123456789abcdef01234567"


def post_of(reply, session="s1", **more):
    turned = Turned(reply, session=session, coach=reply.coach, **more)
    return Post(KEY, "discord:1:2:3", Sender("discord", "1", "9"), turned)


def shown(reply, coach=DAVID, identity=True, as_card=False, **more):
    if as_card:
        return (card(post_of(reply, **more), coach),)
    return render(post_of(reply, **more), coach, identity=identity)


def buttons(part):
    return [one for row in part.components for one in row["components"]]


def test_the_question_stands_out():
    (part,) = shown(Reply("You did it. What came of it?", question="What came of it?"))
    assert part.content == "You did it. **What came of it?**"


def test_without_identity_the_coach_is_named_first():
    (part,) = shown(Reply("Hello.", coach=DAVID.key), identity=False)
    assert part.content.split("\n") == [
        f"-# {DAVID.emoji} **{DAVID.name}**, {DAVID.title}",
        "Hello.",
    ]
    assert coach_in(part.content, CATALOGUE.coaches) == DAVID.key
    (part,) = shown(Reply("Hello.", coach=DAVID.key))
    assert part.content == "Hello."
    assert coach_in(part.content, CATALOGUE.coaches) is None


@pytest.mark.parametrize(("many", "kind"), [(1, 2), (5, 2), (6, 3)])
def test_choices_are_buttons_or_a_menu(many, kind):
    offered = tuple(Choice(f"id{n}", f"Choice {n}") for n in range(many))
    (part,) = shown(Reply("Pick.", choices=offered), session=None)
    found = buttons(part)
    assert {one["type"] for one in found} == {kind}
    if kind == 3:
        values = [one["value"] for one in found[0]["options"]]
    else:
        values = [handle_of(one["custom_id"]).rest for one in found]
    assert values == [one.id for one in offered]


def test_a_choice_whose_id_is_too_long_is_picked_by_its_number():
    offered = (Choice("a", "First"), Choice("x" * 90, "Second"))
    (part,) = shown(Reply("Pick.", choices=offered), session=None)
    assert [handle_of(one["custom_id"]).rest for one in buttons(part)] == ["a", "2"]


@pytest.mark.parametrize(
    ("text", "choices", "as_card"),
    [
        ("word " * 5000, 0, False),
        ("x" * 9000, 3, False),
        ("```py\n" + "print('a')\n" * 700 + "```", 30, False),
        ("A line.\n\n" * 900, 9, True),
        ("A line.\n\n" * 500, 2, True),
        ("", 1, False),
        ("short", 0, False),
    ],
)
def test_every_limit_holds_and_every_message_carries_the_key(text, choices, as_card):
    offered = tuple(Choice(f"c{n}", "Label " * 30) for n in range(choices))
    reply = Reply(
        text, choices=offered, coach=DAVID.key, notice="Said once. " * 60, reply_id="7" * 19
    )
    parts = shown(reply, identity=False, as_card=as_card)
    for number, part in enumerate(parts):
        assert len(part.content) <= limits.CONTENT
        assert all(len(one["description"]) <= limits.EMBED for one in part.embeds)
        assert sum(len(one["description"]) for one in part.embeds) <= limits.EMBEDS
        assert part.words.strip()
        assert len(part.components) <= limits.ROWS
        assert part.payload["allowed_mentions"] == {"parse": []}
        for row in part.components:
            assert 1 <= len(row["components"]) <= limits.ROW
            for one in row["components"]:
                assert len(one["custom_id"]) <= limits.CUSTOM_ID
                assert len(one.get("label", "")) <= limits.BUTTON
                assert len(one.get("options", [])) <= limits.OPTIONS
        ids = [one["custom_id"] for one in buttons(part)]
        assert len(set(ids)) == len(ids)
        found = {(one.key, one.part) for one in handles(list(part.components))}
        assert found == {(KEY, number)}
        json.dumps(part.payload)
    assert not any(part.files for part in parts[:-1])


def test_nothing_is_cut_from_a_reply_of_several_messages():
    words = [f"word{n}" for n in range(900)]
    parts = shown(Reply(" ".join(words), coach=DAVID.key))
    assert len(parts) > 1
    assert " ".join(part.content for part in parts).split() == words


def test_a_very_long_reply_goes_as_a_file_with_all_of_it():
    text = "Many words. " * 2000
    parts = shown(Reply(text, coach=DAVID.key))
    assert len(parts) == 2
    (file,) = parts[-1].files
    assert file.data.decode() == text


def test_a_card_is_one_message_with_all_of_it():
    words = [f"word{n}" for n in range(600)]
    (part,) = shown(Reply(" ".join(words)), as_card=True)
    assert part.words.split() == words
    (part,) = shown(Reply("Many words. " * 2000), as_card=True)
    assert part.files[0].data.decode() == "Many words. " * 2000


def test_files_go_with_the_last_message():
    picture = Attachment("chart.png", "image/png", b"x", "bars")
    parts = shown(Reply("word " * 900, attachments=(picture,)))
    assert [part.files for part in parts] == [(), (), (picture,)]


def test_feedback_and_again_stand_under_a_coach_not_while_paused():
    reply = Reply("Good.", coach=DAVID.key, reply_id="42")
    names = [handle_of(one["custom_id"]).what for one in buttons(shown(reply)[0])]
    assert names == ["up", "down", "again", "more"]
    names = [handle_of(one["custom_id"]).what for one in buttons(shown(reply, paused=True)[0])]
    assert names == ["up", "down"]


def test_a_growing_reply_shows_whole_marks_and_can_be_stopped():
    part = growing(post_of(Reply("That is **very", coach=DAVID.key)), DAVID, identity=True)
    assert part.content.strip() == "That is"
    assert [handle_of(one["custom_id"]).what for one in buttons(part)] == ["stop"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("#### Deep\ntext", "**Deep**\ntext"),
        ("# Top", "# Top"),
        ("a\n\n---\n\nb", "a\n\n───\n\nb"),
        ("![a chart](https://x.y/z.png)", "[a chart](https://x.y/z.png)"),
        ("```\n#### code\n---\n```", "```\n#### code\n---\n```"),
        ("| a | b |\n|---|---|\n| 1 | **2** |", "```\na  b\n1  2\n```"),
    ],
)
def test_marks_that_discord_does_not_know(text, wanted):
    assert for_discord(text) == wanted


def test_a_wide_table_becomes_lines():
    wide = "a very long cell " * 4
    shown = for_discord(f"| Name | What |\n|---|---|\n| x | {wide.strip()} |")
    assert shown == f"```\nName: x\nWhat: {wide.strip()}\n```"


def test_somebodys_words_are_shown_as_they_are():
    assert plain("*a* <@1>") == "\\*a\\* \\<@1\\>"


def test_places_and_times_come_back_from_their_words():
    place = Place("1", "2", "3")
    assert place_of(place.conversation) == place
    assert place.threaded
    assert not place.direct
    moment = time_of("1300000000000000000")
    assert int(snowflake_at(moment)) >> 22 == 1300000000000000000 >> 22
    with pytest.raises(ValueError, match="slack"):
        place_of("slack:1:2:3")
