"""users.*, usergroups.* and emoji.*: who there is."""

from __future__ import annotations

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.paging import page
from sandbox.slack.workspace import Workspace


def info(workspace: Workspace, call: Call) -> Json:
    """users.info."""
    user = workspace.people.users.get(call.need("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": shown(workspace, user)}


def shown(workspace: Workspace, user: Json) -> Json:
    """A user object; the e-mail address only with its own scope."""
    if workspace.manifest.has("users:read.email"):
        return user
    profile = {key: value for key, value in user["profile"].items() if key != "email"}
    return user | {"profile": profile}


def list_all(workspace: Workspace, call: Call) -> Json:
    """users.list."""
    kept, cursor = page(list(workspace.people.users.values()), call.text("cursor"), call.number("limit", 1000, 1000))
    now = int(workspace.core.clock.now())
    return {"ok": True, "members": [shown(workspace, user) for user in kept], "cache_ts": now,
            "response_metadata": {"next_cursor": cursor}}  # fmt: skip


def lookup(workspace: Workspace, call: Call) -> Json:
    """users.lookupByEmail."""
    email = call.need("email").lower()
    for user in workspace.people.users.values():
        if user["profile"].get("email") == email:
            return {"ok": True, "user": user}
    raise SlackError("users_not_found")


def profile(workspace: Workspace, call: Call) -> Json:
    """users.profile.get."""
    user = workspace.people.users.get(call.need("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"ok": True, "profile": shown(workspace, user)["profile"]}


def group_users(workspace: Workspace, call: Call) -> Json:
    """usergroups.users.list: the one group is S0OPS, the approver and the admin."""
    if call.need("usergroup") != "S0OPS":
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": [user for user in ("U0APPROVER", "U0ADMIN") if user in workspace.people.users]}


def emoji(_workspace: Workspace, _call: Call) -> Json:
    """emoji.list: no custom emoji here."""
    return {"ok": True, "emoji": {}, "cache_ts": "0"}


METHODS = (
    Method("users.info", info, tier=4, scopes=("users:read",)),
    Method("users.list", list_all, tier=2, scopes=("users:read",)),
    Method("users.lookupByEmail", lookup, tier=3, scopes=("users:read.email",)),
    Method("users.profile.get", profile, tier=4, scopes=("users.profile:read", "users:read")),
    Method("usergroups.users.list", group_users, tier=2, scopes=("usergroups:read",)),
    Method("emoji.list", emoji, tier=2, scopes=("emoji:read",)),
)
