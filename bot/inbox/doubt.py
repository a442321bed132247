"""Replies of which it is not known whether they were shown: offered again, and shown on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.engine.turned import Turned
from bot.inbound import Choice
from bot.inbox import policy
from bot.inbox.codec import outcome_from
from bot.inbox.contract import Post
from bot.inbox.holding import Held, body_of, settle_with
from bot.inbox.merging import Work, reply_key
from bot.replies import Choice as Offered
from bot.replies import Reply
from storage import inbox


def is_offer(post: Post) -> bool:
    """Whether it is such an offer; one whose own fate is not known is not offered again."""
    return post.turned.reply.text == policy.UNSURE


def offer(connection: Connection, held: Held, unsure: Post, at: datetime) -> None:
    """Offer to show once more what may not have come through."""
    choices = (Offered(f"{policy.REPEAT} {unsure.key}", policy.SHOW_AGAIN),)
    turned = Turned(Reply(policy.UNSURE, choices=choices))
    post = replace(unsure, key=reply_key(f"unsure:{unsure.key}"), turned=turned)
    inbox.keep_reply(
        connection,
        key=post.key,
        inbox_id=0,
        person=held.person,
        conversation=post.conversation,
        body=body_of(post),
        now=at,
    )


def show_again(connection: Connection, held: Held, work: Work, at: datetime) -> Turned | None:
    """Settle a wish to see the reply with that reply; None where the words mean something else."""
    event = work.event
    key = event.choice.removeprefix(policy.REPEAT).strip() if isinstance(event, Choice) else ""
    row = inbox.doubtful(connection, held.person, event.conversation, key)
    if row is not None:
        turned = outcome_from(row["body"]["turn"])
        inbox.mark_reply(connection, row["reply_key"], state="repeated", settled_at=at)
    elif isinstance(event, Choice):
        turned = Turned(Reply(policy.NOTHING_TO_SHOW, error=policy.NOTHING_TO_SHOW))
    else:
        return None
    settle_with(connection, held, work, turned, at)
    return turned
