"""views.*: open, push, update and publish."""

from __future__ import annotations

from sandbox.slack import modals
from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Workspace


def open_view(workspace: Workspace, call: Call) -> Json:
    """views.open: a new root modal for whoever pressed."""
    raw = modals.checked(call.json("view"), "modal")
    user = workspace.hooks.spend_trigger(call.text("trigger_id") or call.text("interactivity_pointer"))
    workspace.views.stacks[user] = []
    return {"ok": True, "view": modals.push(workspace, user, raw)}


def push_view(workspace: Workspace, call: Call) -> Json:
    """views.push: a modal on top of the one that was pressed in."""
    raw = modals.checked(call.json("view"), "modal")
    user = workspace.hooks.spend_trigger(call.text("trigger_id") or call.text("interactivity_pointer"))
    return {"ok": True, "view": modals.push(workspace, user, raw)}


def update_view(workspace: Workspace, call: Call) -> Json:
    """views.update: by view id or the app's own id; a stale hash is refused."""
    found = workspace.views.find(call.text("view_id"), call.text("external_id"))
    if found is None:
        raise SlackError("not_found")
    user, old = found
    if call.text("hash") and call.text("hash") != old["hash"]:
        raise SlackError("hash_conflict")
    raw = modals.checked(call.json("view"), old["type"])
    return {"ok": True, "view": modals.replace(workspace, user, old, raw)}


def publish_view(workspace: Workspace, call: Call) -> Json:
    """views.publish: a user's App Home."""
    user = call.need("user_id")
    if user not in workspace.people.users:
        raise SlackError("user_not_found")
    if workspace.manifest.given and not workspace.manifest.home_tab:
        raise SlackError("not_enabled")
    raw = modals.checked(call.json("view"), "home")
    old = workspace.views.homes.get(user)
    if call.text("hash") and old is not None and call.text("hash") != old["hash"]:
        raise SlackError("hash_conflict")
    view = modals.build(workspace, raw, old)
    workspace.views.homes[user] = view
    workspace.journal.write("home", user=user, view=view)
    modals.show(workspace, user, view)
    return {"ok": True, "view": view}


METHODS = (
    Method("views.open", open_view, tier=4),
    Method("views.push", push_view, tier=4),
    Method("views.update", update_view, tier=4),
    Method("views.publish", publish_view, tier=4),
)
