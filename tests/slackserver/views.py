"""Modals and the home tab."""

from __future__ import annotations

import copy
from typing import Any

from tests.slackserver.blocks import view_wrong
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method
from tests.slackserver.world import APP_ID, Json, Team, World, number_blocks

STACK = 3


def _checked(call: Call, kind: str) -> Json:
    view = call.args.get("view")
    mistakes = view_wrong(view)
    if not mistakes and view is not None and view["type"] != kind:
        mistakes = ["must be a valid enum value [json-pointer:/view/type]"]
    if mistakes or view is None:
        raise wrong("invalid_arguments", mistakes)
    return copy.deepcopy(view)


def make_view(world: World, team: Team, view: Json, **more: Any) -> Json:
    """A view as Slack keeps it."""
    number_blocks(view["blocks"], world.ids)
    number = world.ids.next("V")
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "state": {"values": {}},
        **view,
        "id": number,
        "root_view_id": number,
        "previous_view_id": None,
        "team_id": team.id,
        "app_id": APP_ID,
        "app_installed_team_id": team.id,
        "bot_id": team.bot,
        "hash": f"{world.clock.ts()}.{number}",
        **more,
    }


def push_view(world: World, team: Team, user: str, view: Json) -> Json:
    """Put a modal on a person's stack."""
    stack = team.stacks.setdefault(user, [])
    if len(stack) >= STACK:
        raise RefusedError("push_limit_reached")
    more = {"root_view_id": stack[0], "previous_view_id": stack[-1]} if stack else {}
    made = make_view(world, team, view, **more)
    team.views[made["id"]] = made
    stack.append(made["id"])
    world.on_change()
    return made


def replace_view(world: World, team: Team, old: Json, view: Json) -> Json:
    """Put another modal in the place of one; what was filled in stays where the ids stay."""
    kept = {one: old[one] for one in ("id", "root_view_id", "previous_view_id")}
    made = make_view(world, team, view, **kept, state=old["state"])
    team.views[made["id"]] = made
    world.on_change()
    return made


@method("views.open", tier=100)
def open_view(call: Call) -> Json:
    call.need("trigger_id")
    view = _checked(call, "modal")
    user = call.world.triggers.use(call.team.id, call.args["trigger_id"])
    # A newly opened modal takes the place of all that were open.
    for one in call.team.stacks.pop(user, []):
        call.team.views.pop(one, None)
    return {"view": push_view(call.world, call.team, user, view)}


@method("views.push", tier=100)
def push(call: Call) -> Json:
    call.need("trigger_id")
    view = _checked(call, "modal")
    user = call.world.triggers.use(call.team.id, call.args["trigger_id"])
    if not call.team.stacks.get(user):
        raise RefusedError("not_found")
    return {"view": push_view(call.world, call.team, user, view)}


@method("views.update", tier=100)
def update(call: Call) -> Json:
    view = _checked(call, "modal")
    found = _find(call)
    given = call.args.get("hash")
    if given and given != found["hash"]:
        raise RefusedError("hash_conflict")
    return {"view": replace_view(call.world, call.team, found, view)}


def _find(call: Call) -> Json:
    number, outside = call.args.get("view_id"), call.args.get("external_id")
    if not number and not outside:
        raise wrong("invalid_arguments", ["missing required field: view_id"])
    for one in call.team.views.values():
        if one["id"] == number or (outside and one["external_id"] == outside):
            return one
    raise RefusedError("not_found")


@method("views.publish", tier=100)
def publish(call: Call) -> Json:
    (user,) = call.need("user_id")
    view = _checked(call, "home")
    if call.world.user(call.team, user).deleted:
        raise RefusedError("not_enabled")
    old = call.team.homes.get(user)
    given = call.args.get("hash")
    if given and old is not None and given != old["hash"]:
        raise RefusedError("hash_conflict")
    kept = {"id": old["id"], "root_view_id": old["id"]} if old else {}
    call.team.homes[user] = make_view(call.world, call.team, view, **kept)
    call.world.on_change()
    return {"view": call.team.homes[user]}
