"""How what happens in a workspace looks when it is sent to an app."""

from __future__ import annotations

from typing import Any

from tests.slackserver.world import APP_ID, KINDS, Channel, Json, Message, Team, World

# What an app is subscribed to where a test names nothing else.
EVENTS = frozenset(
    {
        "agent_session_stopped",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    }
)
VERIFICATION = "verification-token"


def subscription(event: Json) -> str:
    """The name under which an app subscribes to an event."""
    if event["type"] != "message":
        return event["type"]
    return f"message.{KINDS[event['channel_type']]}"


def callback(world: World, team: Team, event: Json) -> Json:
    """An event as it is sent."""
    bot = {"team_id": team.id, "user_id": team.bot_user, "is_bot": True}
    bot |= {"enterprise_id": team.enterprise, "is_enterprise_install": team.org_wide}
    place = team.channels.get(str(event.get("channel", "")))
    return {
        "type": "event_callback",
        "token": VERIFICATION,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise,
        **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        "api_app_id": APP_ID,
        "event": event,
        "event_id": world.ids.next("Ev"),
        "event_time": int(world.clock.now()),
        "authorizations": [bot],
        "is_ext_shared_channel": place is not None and place.shared,
        "event_context": "local",
    }


def interaction(world: World, team: Team, user: str, kind: str, **more: Any) -> Json:
    """What every click, submission and shortcut carries."""
    known = team.users[user]
    return {
        "type": kind,
        "token": VERIFICATION,
        "api_app_id": APP_ID,
        "team": {"id": team.id, "domain": team.domain, **_org(team)},
        "enterprise": {"id": team.enterprise, "name": "Org"} if team.enterprise else None,
        "user": {
            "id": user,
            "username": known.name,
            "name": known.name,
            "team_id": known.team or team.id,
        },
        "is_enterprise_install": team.org_wide,
        "trigger_id": world.triggers.give(team.id, user),
        **more,
    }


def _org(team: Team) -> Json:
    return {"enterprise_id": team.enterprise} if team.enterprise else {}


def command(
    world: World, team: Team, user: str, channel: Channel, name: str, text: str, url: str
) -> Json:
    """A slash command, as a form."""
    return {
        "token": VERIFICATION,
        "team_id": team.id,
        "team_domain": team.domain,
        **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user,
        "user_name": team.users[user].name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "true" if team.org_wide else "false",
        "response_url": url,
        "trigger_id": world.triggers.give(team.id, user),
    }


def place(channel: Channel) -> Json:
    """The channel of an interaction."""
    return {"id": channel.id, "name": channel.name or "directmessage"}


def container(message: Message) -> Json:
    """Where an action was: a message."""
    made = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    if message.thread:
        made["thread_ts"] = message.thread
    return made | {"is_ephemeral": bool(message.only)}


def action(world: World, block_id: str, element: Json, chosen: Any) -> Json:
    """What a person did with an element; ``chosen`` is an option, a value or several options."""
    kind = element["type"]
    made: Json = {"type": kind, "action_id": element["action_id"], "block_id": block_id}
    made["action_ts"] = world.clock.ts()
    if kind in {"button", "icon_button"}:
        made["text"] = element["text"]
        return made | ({"value": element["value"]} if "value" in element else {})
    if kind == "feedback_buttons":
        return made | {"text": chosen["text"], "value": chosen["value"]}
    return made | state(element, chosen)


def state(element: Json, chosen: Any) -> Json:
    """What an element holds once something was chosen or typed."""
    kind = element["type"]
    single = {"static_select", "external_select", "overflow", "radio_buttons"}
    if kind in single:
        return {"type": kind, "selected_option": chosen}
    if kind in {"checkboxes", "multi_static_select", "multi_external_select"}:
        return {"type": kind, "selected_options": chosen}
    names = {
        "users_select": "selected_user",
        "channels_select": "selected_channel",
        "conversations_select": "selected_conversation",
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "datetimepicker": "selected_date_time",
    }
    return {"type": kind, names.get(kind, "value"): chosen}
