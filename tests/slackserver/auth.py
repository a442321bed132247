"""Tokens: what they are good for, how an app gets and loses them."""

from __future__ import annotations

from tests.slackserver.errors import RefusedError
from tests.slackserver.methods import Call, method
from tests.slackserver.world import APP_ID, SCOPES, Json, Team, Token, World

CLIENT_ID, CLIENT_SECRET = "4401.1101", "the-secret-of-the-app"
TOKEN_LIFE_S = 43_200.0


@method("auth.test", tier=300)
def auth_test(call: Call) -> Json:
    team = call.team
    name = team.users[team.bot_user].name
    shown = {"url": team.url, "team": team.name, "user": name, "team_id": team.id}
    shown |= {"user_id": team.bot_user, "bot_id": team.bot, "is_enterprise_install": team.org_wide}
    if team.enterprise:
        shown["enterprise_id"] = team.enterprise
    return shown


@method("auth.revoke", tier=50)
def revoke(call: Call) -> Json:
    assert call.token is not None
    if call.args.get("test"):
        return {"revoked": False}
    call.token.revoked = True
    return {"revoked": True}


@method("apps.uninstall", token=False)
def uninstall(call: Call) -> Json:
    _check_app(call)
    if call.token is None:
        raise RefusedError("not_authed")
    uninstalled(call.world, call.team)
    return {}


def uninstalled(world: World, team: Team) -> None:
    """The app is gone from a workspace: it is told so, twice as a rule, and its tokens are dead."""
    for one in world.tokens.values():
        if one.team == team.id:
            one.revoked = True
    tokens = {"oauth": [], "bot": [team.bot_user]}
    world.on_event(team, {"type": "tokens_revoked", "tokens": tokens})
    world.on_event(team, {"type": "app_uninstalled"})
    team.installed = False


@method("oauth.v2.access", token=False, tier=600)
def access(call: Call) -> Json:
    _check_app(call)
    if call.args.get("grant_type") == "refresh_token":
        return _renewed(call)
    (code,) = call.need("code")
    found, user = call.world.codes.use(code)
    team = call.world.teams[found]
    made = _granted(call, team)
    enterprise = {"id": team.enterprise, "name": "Org"} if team.enterprise else None
    return made | {
        "app_id": APP_ID,
        "authed_user": {"id": user},
        "team": None if team.org_wide else {"id": team.id, "name": team.name},
        "enterprise": enterprise,
        "is_enterprise_install": team.org_wide,
        "bot_user_id": team.bot_user,
    }


def _granted(call: Call, team: Team, scopes: frozenset[str] = SCOPES) -> Json:
    number = call.world.ids.next("")
    made: Json = {"token_type": "bot", "scope": ",".join(sorted(scopes))}
    if not call.world.codes.rotation:
        token = call.world.grant(team.id, f"xoxb-{team.id}-{number}", scopes)
        return made | {"access_token": token.text}
    until = call.world.clock.now() + TOKEN_LIFE_S
    token = call.world.grant(team.id, f"xoxe.xoxb-{team.id}-{number}", scopes, until)
    token.refresh = f"xoxe-{team.id}-{number}"
    made |= {"access_token": token.text, "refresh_token": token.refresh}
    return made | {"expires_in": int(TOKEN_LIFE_S)}


def _renewed(call: Call) -> Json:
    (given,) = call.need("refresh_token")
    for one in list(call.world.tokens.values()):
        if one.refresh == given and not one.revoked:
            one.refresh = ""
            team = call.world.teams[one.team]
            shown = {"id": team.id, "name": team.name}
            return _granted(call, team, one.scopes) | {"team": shown, "app_id": APP_ID}
    raise RefusedError("invalid_refresh_token")


def _check_app(call: Call) -> None:
    given = call.basic or (str(call.args.get("client_id")), str(call.args.get("client_secret")))
    if given[0] != CLIENT_ID:
        raise RefusedError("invalid_client_id")
    if given[1] != CLIENT_SECRET:
        raise RefusedError("bad_client_secret")


def valid(world: World, text: str) -> Token:
    """The token that a call came with. Raises RefusedError."""
    if not text:
        raise RefusedError("not_authed")
    found = world.tokens.get(text)
    if found is None:
        raise RefusedError("invalid_auth")
    team = world.teams[found.team]
    if found.revoked or not team.installed:
        raise RefusedError("token_revoked" if found.revoked else "account_inactive")
    if found.expires and world.clock.now() >= found.expires:
        raise RefusedError("token_expired")
    return found
