"""Who am I, who are they, and the door to Socket Mode."""

from __future__ import annotations

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.people import APP_ID, BOT_ID, BOT_USER, DOMAIN, OTHER_BOT, TEAM, TEAM_NAME
from sandbox.slack.workspace import Workspace


def api_test(_workspace: Workspace, call: Call) -> Json:
    """api.test: says back what it was given."""
    args = {key: value for key, value in call.args.items() if key != "token"}
    if args.get("error"):
        raise SlackError(str(args["error"]), args=args)
    return {"ok": True, "args": args}


def auth_test(workspace: Workspace, call: Call) -> Json:
    """auth.test, for either kind of token."""
    if call.args.get("token") == "app":
        return {"ok": True, "app_name": "Operations Brain", "app_id": APP_ID}
    return {"ok": True, "url": f"{workspace.url}/", "team": TEAM_NAME, "user": "brain", "team_id": TEAM,
            "user_id": BOT_USER, "bot_id": BOT_ID, "is_enterprise_install": False}  # fmt: skip


def connections_open(workspace: Workspace, call: Call) -> Json:
    """apps.connections.open: a WebSocket address good for one handshake."""
    faults = workspace.core.faults
    broken = faults.find("open_error") if faults.armed else None
    if broken is not None:
        word = str(broken.fields.get("error", "internal_error"))
        limited = word == "ratelimited"
        raise SlackError(word, status=429 if limited else 200,
                         retry_after=int(broken.fields.get("retry_after", 1)) if limited else 0)  # fmt: skip
    address = (call.base or workspace.url).replace("http", "ws", 1)
    return {"ok": True, "url": f"{address}/link/?ticket={workspace.hub.ticket()}&app_id={APP_ID}"}


def team_info(_workspace: Workspace, _call: Call) -> Json:
    """team.info."""
    team = {"id": TEAM, "name": TEAM_NAME, "domain": DOMAIN, "email_domain": "sandbox.example",
            "url": f"https://{DOMAIN}.slack.com/", "is_verified": False}  # fmt: skip
    return {"ok": True, "team": team}


def bots_info(_workspace: Workspace, call: Call) -> Json:
    """bots.info."""
    known = {BOT_ID: (BOT_USER, APP_ID, "Operations Brain"), "B0OTHER": (OTHER_BOT, "A0OTHER", "Another bot")}
    bot = call.text("bot", BOT_ID)
    if bot not in known:
        raise SlackError("bot_not_found")
    user, app, name = known[bot]
    return {"ok": True, "bot": {"id": bot, "deleted": False, "name": name, "updated": 1_700_000_000, "app_id": app,
                                "user_id": user, "icons": {}}}  # fmt: skip


METHODS = (
    Method("api.test", api_test, tier=4, caller="nobody"),
    Method("auth.test", auth_test, tier=0, caller="any"),
    Method("apps.connections.open", connections_open, tier=3, caller="app"),
    Method("team.info", team_info, tier=3, scopes=("team:read",)),
    Method("bots.info", bots_info, tier=3, scopes=("users:read",)),
)
