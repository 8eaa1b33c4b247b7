"""assistant.threads.*: the status line, the title and the suggested prompts of a thread."""

from __future__ import annotations

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.people import Channel
from sandbox.slack.workspace import Workspace

STATUS_LIFE_S = 120.0
MOST_LOADING, MOST_PROMPTS = 10, 4


def thread(workspace: Workspace, call: Call) -> tuple[Channel, str]:
    """The thread a call is about."""
    channel = workspace.people.channel(call.need("channel_id"))
    if channel is None:
        raise SlackError("channel_not_found")
    return channel, call.need("thread_ts")


def set_status(workspace: Workspace, call: Call) -> Json:
    """assistant.threads.setStatus: shown until the next message in the thread, two minutes at most."""
    channel, ts = thread(workspace, call)
    loading = call.json("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > MOST_LOADING:
        raise SlackError("invalid_arguments")
    text = call.text("status")
    key = (channel.id, ts)
    if not text:
        workspace.threads.statuses.pop(key, None)
    else:
        status = {"text": text, "loading_messages": loading, "at": workspace.core.clock.now()}
        workspace.threads.statuses[key] = status

        def fade() -> None:
            if workspace.threads.statuses.get(key) is status:
                del workspace.threads.statuses[key]
                workspace.core.watchers.tell("status", channel=channel.id, thread_ts=ts, text="")

        workspace.core.timers.after(STATUS_LIFE_S, fade)
    workspace.core.watchers.tell("status", channel=channel.id, thread_ts=ts, text=text)
    return {"ok": True}


def set_title(workspace: Workspace, call: Call) -> Json:
    """assistant.threads.setTitle."""
    channel, ts = thread(workspace, call)
    workspace.threads.titles[channel.id, ts] = call.need("title")
    return {"ok": True}


def set_prompts(workspace: Workspace, call: Call) -> Json:
    """assistant.threads.setSuggestedPrompts."""
    channel, ts = thread(workspace, call)
    prompts = call.json("prompts") or []
    if not isinstance(prompts, list) or len(prompts) > MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    workspace.threads.prompts[channel.id, ts] = {"title": call.text("title"), "prompts": prompts}
    return {"ok": True}


SCOPES = ("assistant:write", "chat:write")
METHODS = (
    Method("assistant.threads.setStatus", set_status, tier=4, scopes=SCOPES, lean=False),
    Method("assistant.threads.setTitle", set_title, tier=4, scopes=SCOPES, lean=False),
    Method("assistant.threads.setSuggestedPrompts", set_prompts, tier=4, scopes=SCOPES, lean=False),
)
