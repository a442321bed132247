"""What becomes of a modal when it is sent in."""

from __future__ import annotations

from tests.slackserver.api import record
from tests.slackserver.blocks import view_wrong
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.views import push_view, replace_view
from tests.slackserver.world import Json, Team, World


def submitted(world: World, outgoing: Outgoing) -> None:
    """Do what the app's acknowledgement says. Raises RefusedError where it says nonsense."""
    answer = outgoing.answer
    world.teams[outgoing.team].form_errors.pop(outgoing.user, None)
    team, user = world.teams[outgoing.team], outgoing.user
    if not answer:
        close_top(team, user)
        world.on_change()
        return
    view = outgoing.payload["view"]
    record("view_submission_ack", answer)
    kind = answer.get("response_action")
    if kind == "errors":
        team.form_errors[user] = _errors(view, answer.get("errors"))
    elif kind == "clear":
        close_all(team, user)
    elif kind in {"update", "push"}:
        mistakes = view_wrong(answer.get("view"))
        if mistakes:
            raise wrong("invalid_arguments", mistakes)
        if kind == "update":
            replace_view(world, team, view, answer["view"])
        else:
            push_view(world, team, user, answer["view"])
    else:
        raise RefusedError("invalid_response_action")
    world.on_change()


def _errors(view: Json, errors: object) -> Json:
    """What the person sees beside the fields."""
    if not isinstance(errors, dict) or not errors:
        raise RefusedError("invalid_errors")
    inputs = {one["block_id"] for one in view["blocks"] if one["type"] == "input"}
    for block in errors:
        if block not in inputs:
            raise RefusedError("invalid_errors", more={"errors": [f"no input block: {block}"]})
    return dict(errors)


def close_top(team: Team, user: str) -> None:
    """The topmost modal closes; the one below comes to light."""
    stack = team.stacks.get(user, [])
    if stack:
        team.views.pop(stack.pop(), None)


def close_all(team: Team, user: str) -> None:
    while team.stacks.get(user):
        close_top(team, user)
