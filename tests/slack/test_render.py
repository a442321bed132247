import json

import pytest

from bot.engine.turned import Turned
from bot.inbound import Sender
from bot.inbox.contract import Post
from bot.replies import Attachment, Choice, Reply
from bot.slack import limits
from bot.slack.render import key_in, render
from personas.catalogue import Catalogue

CATALOGUE = Catalogue()
DAVID = CATALOGUE.coach("salary_negotiator")
KEY = "0123456789abcdef01234567"


def post_of(reply, **more):
    turned = Turned(reply, session="s1", coach=reply.coach, **more)
    return Post(KEY, "slack:T1:D1:1.0", Sender("slack", "T1", "U1"), turned)


def shown(reply, coach=DAVID, identity=True, files=True, **more):
    return render(post_of(reply, **more), coach, identity=identity, files=files)


def of_kind(part, kind):
    return [block for block in part.blocks if block["type"] == kind]


def test_the_question_stands_out():
    (part,) = shown(Reply("You did it. What came of it?", question="What came of it?")).parts
    assert of_kind(part, "markdown")[0]["text"] == "You did it. **What came of it?**"
    assert part.text == "You did it. *What came of it?*"


def test_without_identity_the_coach_is_named_first():
    (part,) = shown(Reply("Hello.", coach=DAVID.key), identity=False).parts
    assert "David ValueMax" in part.blocks[0]["elements"][0]["text"]
    (part,) = shown(Reply("Hello.", coach=DAVID.key)).parts
    assert part.blocks[0]["type"] == "markdown"


@pytest.mark.parametrize(("many", "kind"), [(1, "button"), (5, "button"), (6, "static_select")])
def test_choices_are_buttons_or_a_menu(many, kind):
    offered = tuple(Choice(f"id{n}", f"Choice {n}") for n in range(many))
    (part,) = shown(Reply("Pick.", choices=offered)).parts
    row = next(block for block in of_kind(part, "actions") if block["block_id"] == f"pick:{KEY}")
    elements = row["elements"]
    assert {element["type"] for element in elements} == {kind}
    values = [one["value"] for one in elements[0].get("options", elements)]
    assert values == [choice.id for choice in offered]
    assert len({element["action_id"] for element in elements}) == len(elements)
    assert key_in(row["block_id"]) == KEY


def test_long_labels_are_written_out_above():
    label = "I have tried " + "many things " * 12
    (part,) = shown(Reply("Which?", choices=(Choice("1", label), Choice("2", "none")))).parts
    assert label in of_kind(part, "markdown")[0]["text"]
    buttons = of_kind(part, "actions")[0]["elements"]
    assert all(len(button["text"]["text"]) <= limits.BUTTON for button in buttons)


def test_notice_and_error_show_beside():
    (part,) = shown(Reply("Hello.", notice="I am an AI. `/coach me`", error="It was empty.")).parts
    small = [block["elements"][0]["text"] for block in of_kind(part, "context")]
    assert small == ["It was empty.", "I am an AI. `/coach me`"]


def test_a_session_reply_can_be_rated_and_worded_again():
    reply = Reply("Hello.", coach=DAVID.key, reply_id="77")
    (part,) = shown(reply).parts
    thumbs = of_kind(part, "context_actions")[0]
    assert thumbs["block_id"] == f"thumbs:{KEY}:77"
    assert [one["action_id"] for one in of_kind(part, "actions")[0]["elements"]] == [
        "again",
        "more",
    ]
    (part,) = shown(reply, paused=True).parts
    assert not of_kind(part, "actions")


def test_long_replies_are_several_messages_with_the_choices_last():
    text = "\n\n".join(f"Paragraph {n}. " + "Words and words. " * 20 for n in range(30))
    rendered = shown(Reply(text, choices=(Choice("1", "one"),)))
    assert 2 <= len(rendered.parts) <= limits.PARTS
    for part in rendered.parts:
        assert len(json.dumps(part.blocks)) + len(part.text) < 13_000
        assert len(part.blocks) <= limits.BLOCKS
    assert not of_kind(rendered.parts[0], "actions")
    assert of_kind(rendered.parts[-1], "actions")
    joined = "".join(of_kind(part, "markdown")[0]["text"] for part in rendered.parts)
    assert "".join(joined.split()) == "".join(text.split())


def test_what_is_longer_still_becomes_a_file():
    text = "\n\n".join("Words and words. " * 40 for _ in range(60))
    rendered = shown(Reply(text))
    assert rendered.whole == text
    assert "file" in rendered.parts[-1].text
    assert shown(Reply(text), files=False).whole is None


def test_without_files_their_words_show():
    picture = Attachment("p.png", "image/png", b"x", "Progress: 40 of 100")
    (part,) = shown(Reply("So far.", attachments=(picture,)), files=False).parts
    assert "Progress: 40 of 100" in json.dumps(part.blocks)
    (part,) = shown(Reply("So far.", attachments=(picture,))).parts
    assert "Progress: 40 of 100" not in json.dumps(part.blocks)


def test_nothing_in_a_reply_pings():
    loud = "<!channel> <@U1> @here"
    reply = Reply(
        f"You said {loud}. {loud} ok?",
        question=f"{loud} ok?",
        choices=(Choice("1", loud),),
        notice=loud,
        error=f"{loud}!",
        coach=DAVID.key,
    )
    for part in shown(reply, identity=False).parts:
        whole = json.dumps([part.blocks, part.text], ensure_ascii=False)
        assert not [one for one in ("<!channel", "<@U1", "@here") if one in whole]
