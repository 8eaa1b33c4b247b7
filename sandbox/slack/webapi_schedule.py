"""chat.scheduleMessage and its list: posts for later."""

from __future__ import annotations

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.paging import page
from sandbox.slack.webapi_chat import find_channel, writable, write_bot_message
from sandbox.slack.workspace import Workspace

FURTHEST_S = 120 * 86_400
WINDOW_S, MOST_IN_WINDOW = 300, 30


def schedule(workspace: Workspace, call: Call) -> Json:
    """chat.scheduleMessage. With metadata the post never appears, as with the real one."""
    channel = writable(workspace, find_channel(workspace, call))
    content = read_content(workspace, call)
    post_at, now = call.number("post_at", 0, 2**40), workspace.core.clock.now()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + FURTHEST_S:
        raise SlackError("time_too_far")
    near = [s for s in workspace.threads.scheduled.values()
            if s["channel_id"] == channel.id and abs(s["post_at"] - post_at) < WINDOW_S]  # fmt: skip
    if len(near) >= MOST_IN_WINDOW:
        raise SlackError("restricted_too_many")
    scheduled_id = workspace.core.ids.named("Q")
    workspace.threads.scheduled[scheduled_id] = {"id": scheduled_id, "channel_id": channel.id, "post_at": post_at,
                                                 "date_created": int(now), "text": content["text"]}  # fmt: skip
    args = dict(call.args)

    def post() -> None:
        if workspace.threads.scheduled.pop(scheduled_id, None) and "metadata" not in content:
            write_bot_message(workspace, channel, content, args)

    workspace.core.timers.after(post_at - now, post)
    return {
        "ok": True,
        "channel": channel.id,
        "scheduled_message_id": scheduled_id,
        "post_at": post_at,
        "message": content,
    }


def list_scheduled(workspace: Workspace, call: Call) -> Json:
    """chat.scheduledMessages.list."""
    channel = call.text("channel")
    waiting = [s for s in workspace.threads.scheduled.values() if channel in ("", s["channel_id"])]
    kept, cursor = page(
        sorted(waiting, key=lambda s: int(s["post_at"])), call.text("cursor"), call.number("limit", 100, 100)
    )
    return {"ok": True, "scheduled_messages": kept, "response_metadata": {"next_cursor": cursor}}


def unschedule(workspace: Workspace, call: Call) -> Json:
    """chat.deleteScheduledMessage."""
    if workspace.threads.scheduled.pop(call.need("scheduled_message_id"), None) is None:
        raise SlackError("invalid_scheduled_message_id")
    return {"ok": True}


METHODS = (
    Method("chat.scheduleMessage", schedule, tier=3, scopes=("chat:write",), lean=False),
    Method("chat.scheduledMessages.list", list_scheduled, tier=3, lean=False),
    Method("chat.deleteScheduledMessage", unschedule, tier=3, scopes=("chat:write",), lean=False),
)
