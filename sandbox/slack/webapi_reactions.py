"""reactions.*: the app's own reactions."""

from __future__ import annotations

from sandbox.slack import reactions
from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.events import tell_soon
from sandbox.slack.messages import Message
from sandbox.slack.people import BOT_USER, Channel
from sandbox.slack.webapi_chat import find_channel
from sandbox.slack.workspace import Workspace


def target(workspace: Workspace, call: Call) -> tuple[Channel, Message]:
    """The message a call is about."""
    channel = find_channel(workspace, call)
    message = workspace.messages.get(channel.id, call.need("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return channel, message


def add(workspace: Workspace, call: Call) -> Json:
    """reactions.add."""
    channel, message = target(workspace, call)
    name = call.need("name").strip(":")
    if reactions.has(message, name, BOT_USER):
        raise SlackError("already_reacted")
    reactions.add(workspace, channel, message, name, BOT_USER)
    event = reactions.event(workspace, "reaction_added", channel, message, (name, BOT_USER))
    tell_soon(workspace, "reaction_added", event)
    return {"ok": True}


def remove(workspace: Workspace, call: Call) -> Json:
    """reactions.remove."""
    channel, message = target(workspace, call)
    name = call.need("name").strip(":")
    if not reactions.has(message, name, BOT_USER):
        raise SlackError("no_reaction")
    reactions.remove(workspace, channel, message, name, BOT_USER)
    return {"ok": True}


def get(workspace: Workspace, call: Call) -> Json:
    """reactions.get."""
    channel, message = target(workspace, call)
    return {"ok": True, "type": "message", "channel": channel.id, "message": message}


METHODS = (
    Method("reactions.add", add, tier=3, scopes=("reactions:write",)),
    Method("reactions.remove", remove, tier=2, scopes=("reactions:write",)),
    Method("reactions.get", get, tier=3, scopes=("reactions:read",)),
)
