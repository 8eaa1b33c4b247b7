"""Views: making them from what the app sent, and what a submission's answer does to the stack."""

from __future__ import annotations

import json
from typing import Any

from sandbox.slack import forms
from sandbox.slack.errors import SlackError
from sandbox.slack.people import APP_ID, BOT_ID, TEAM
from sandbox.slack.posting import name_blocks
from sandbox.slack.validate import check_view
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
MOST_BYTES = 250_000
MOST_STACKED = 3
KEPT = ("title", "close", "submit", "callback_id", "external_id", "submit_disabled")


def checked(raw: Any, kind: str) -> Json:
    """A view the app sent, if Slack would take it."""
    if not isinstance(raw, dict):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
    if len(json.dumps(raw)) > MOST_BYTES:
        raise SlackError("view_too_large")
    problems = check_view(raw, kind)
    if problems:
        lines = [f"[ERROR] {p['message']} [json-pointer:/view{p['pointer']}]" for p in problems]
        raise SlackError("invalid_arguments", response_metadata={"messages": lines})
    return raw


def build(workspace: Workspace, raw: Json, before: Json | None = None) -> Json:
    """A view object as Slack keeps it; `before` is the one it replaces."""
    blocks = name_blocks(workspace, raw.get("blocks", []))
    now = workspace.core.clock.now()
    view_id = before["id"] if before else workspace.core.ids.named("V")
    old_state = before["state"]["values"] if before else None
    return {
        "id": view_id, "team_id": TEAM, "type": raw["type"], "blocks": blocks,
        "private_metadata": raw.get("private_metadata", ""), "callback_id": "", "external_id": "",
        "state": {"values": forms.state(blocks, {}, old_state)}, "hash": f"{int(now)}.{workspace.core.ids.short()}",
        "title": None, "clear_on_close": bool(raw.get("clear_on_close")),
        "notify_on_close": bool(raw.get("notify_on_close")), "close": None, "submit": None,
        "previous_view_id": before["previous_view_id"] if before else None,
        "root_view_id": before["root_view_id"] if before else view_id, "app_id": APP_ID,
        "app_installed_team_id": TEAM, "bot_id": BOT_ID,
        **{key: raw[key] for key in KEPT if raw.get(key) is not None},
    }  # fmt: skip


def push(workspace: Workspace, user: str, raw: Json) -> Json:
    """Put one more modal on a user's stack: a root and two above it, no more."""
    stack = workspace.views.stack(user)
    if len(stack) >= MOST_STACKED:
        raise SlackError("push_limit_reached")
    view = build(workspace, raw)
    if stack:
        view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
    stack.append(view)
    show(workspace, user, view)
    return view


def show(workspace: Workspace, user: str, view: Json) -> None:
    """Tell the user's pages that a view changed."""
    workspace.core.watchers.tell("home" if view["type"] == "home" else "view", only=user, user=user, view_id=view["id"])


def replace(workspace: Workspace, user: str, old: Json, raw: Json) -> Json:
    """Put new content into an open view."""
    view = build(workspace, raw, old)
    if old["type"] == "home":
        workspace.views.homes[user] = view
        workspace.journal.write("home", user=user, view=view)
    else:
        stack = workspace.views.stack(user)
        stack[[v["id"] for v in stack].index(old["id"])] = view
    show(workspace, user, view)
    return view


def apply_answer(workspace: Workspace, user: str, view: Json, payload: Json | None) -> Json:
    """What a submission's acknowledgement does: close, show errors, update, push or clear; returns the errors."""
    answer = payload or {}
    word = answer.get("response_action")
    if word == "errors":
        return dict(answer.get("errors") or {})
    if word == "update":
        replace(workspace, user, view, checked(answer.get("view"), "modal"))
    elif word == "push":
        push(workspace, user, checked(answer.get("view"), "modal"))
    elif word == "clear":
        workspace.views.stacks[user] = []
    elif word is None:
        workspace.views.close(user, view["id"])
    else:
        raise SlackError("invalid_response_action")
    workspace.core.watchers.tell("view", only=user, user=user, view_id=view["id"])
    return {}
