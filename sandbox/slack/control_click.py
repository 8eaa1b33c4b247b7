"""What a person presses: buttons, menus, submit, close, shortcuts, reactions, the App Home tab."""

from __future__ import annotations

from typing import Any

from sandbox.slack import envelopes, forms, modals, reactions
from sandbox.slack.deeds import RefusedError, person, place, report
from sandbox.slack.errors import SlackError
from sandbox.slack.events import tell
from sandbox.slack.messages import Message
from sandbox.slack.people import Channel
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def message_at(workspace: Workspace, channel: Channel, user: str, ts: str) -> Message:
    """A message this user sees, ephemeral ones included."""
    found = workspace.messages.find_ephemeral(channel.id, ts)
    if found is not None and found[0] == user:
        return found[1]
    message = workspace.messages.get(channel.id, ts)
    if message is None:
        raise RefusedError(f"There is no message {ts} in {channel.id}.")
    return message


def view_at(workspace: Workspace, user: str, body: Json) -> Json:
    """The modal or App Home a verb names, which must be this user's."""
    if body.get("home"):
        home = workspace.views.homes.get(user)
        if home is None:
            raise RefusedError(f"{user} has no App Home yet.")
        return home
    found = workspace.views.find(str(body.get("view_id") or ""))
    if found is None or found[0] != user:
        raise RefusedError(f"{user} has no open view {body.get('view_id')!r}.")
    return found[1]


def element_in(blocks: list[Json], body: Json) -> Json:
    """The element a verb presses."""
    element = forms.find(blocks, str(body.get("action_id") or ""), str(body.get("block_id") or ""))
    if element is None:
        raise RefusedError(f"There is no element {body.get('action_id')!r} here.")
    return element


async def click(workspace: Workspace, body: Json) -> Json:
    """Press a button or choose from a menu, in a message, a modal or the App Home."""
    user = person(workspace, body)
    seq = workspace.core.traffic.last
    if body.get("home") or body.get("view_id"):
        view = view_at(workspace, user, body)
        element = element_in(view["blocks"], body)
        view["state"] = {"values": forms.state(view["blocks"], typed(element, body), view["state"]["values"])}
        payload = envelopes.click_in_view(workspace, user, view, forms.action(element, body, workspace.core.ids.ts()))
    else:
        channel = place(workspace, body, user)
        message = message_at(workspace, channel, user, str(body.get("message_ts") or ""))
        element = element_in(message_blocks(message), body)
        action = forms.action(element, body, workspace.core.ids.ts())
        payload = envelopes.click_on_message(workspace, user, channel, message, action)
    outcome = await workspace.delivery.send("interactive", "block_actions", payload)
    return await report(workspace, outcome, seq, body)


def typed(element: Json, body: Json) -> Json:
    """What a touch changes in a view's state."""
    values = {block: dict(fields) for block, fields in dict(body.get("values") or {}).items()}
    if element["type"] in forms.FIELD and ("selected" in body or "value" in body):
        values.setdefault(element["block_id"], {})[element["action_id"]] = body.get("selected", body.get("value"))
    return values


def message_blocks(message: Message) -> list[Json]:
    """The blocks of a message, those in attachments included."""
    nested = [block for attachment in message.get("attachments", []) for block in attachment.get("blocks", [])]
    return [*message.get("blocks", []), *nested]


async def submit(workspace: Workspace, body: Json) -> Json:
    """Press a modal's submit."""
    user = person(workspace, body)
    view = view_at(workspace, user, body)
    seq = workspace.core.traffic.last
    values = forms.state(view["blocks"], dict(body.get("values") or {}), view["state"]["values"])
    wrong = forms.missing(view["blocks"], values)
    if wrong:
        return await report(workspace, None, seq, body, errors=wrong, refused_by="client")
    view["state"] = {"values": values}
    outcome = await workspace.delivery.send(
        "interactive", "view_submission", envelopes.submission(workspace, user, view)
    )
    errors, refused = {}, None
    if outcome.acked:
        try:
            errors = modals.apply_answer(workspace, user, view, outcome.payload)
        except SlackError as error:
            refused = error.body()
    return await report(workspace, outcome, seq, body, errors=errors or None, ack_refused=refused)


async def close(workspace: Workspace, body: Json) -> Json:
    """Close a modal; the app hears of it only when it asked to."""
    user = person(workspace, body)
    view = view_at(workspace, user, body)
    seq = workspace.core.traffic.last
    stack = workspace.views.stack(user)
    cleared = bool(view["clear_on_close"] or body.get("all"))
    gone = list(reversed(stack)) if cleared else [view]
    for one in gone:
        workspace.views.close(user, one["id"])
    workspace.core.watchers.tell("view", only=user, user=user, view_id=view["id"])
    outcome = None
    for one in gone:
        if one["notify_on_close"]:
            payload = envelopes.closing(workspace, user, one, cleared)
            outcome = await workspace.delivery.send("interactive", "view_closed", payload)
    return await report(workspace, outcome, seq, body)


async def suggest(workspace: Workspace, body: Json) -> Json:
    """Type into an external select; the options come back in the acknowledgement."""
    user = person(workspace, body)
    seq = workspace.core.traffic.last
    where: Json
    if body.get("home") or body.get("view_id"):
        view = view_at(workspace, user, body)
        element = element_in(view["blocks"], body)
        where = {"view": view, "container": {"type": "view", "view_id": view["id"]}}
    else:
        channel = place(workspace, body, user)
        message = message_at(workspace, channel, user, str(body.get("message_ts") or ""))
        element = element_in(message_blocks(message), body)
        where = {"channel": {"id": channel.id, "name": channel.name}, "message": message,
                 "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}}  # fmt: skip
    payload = envelopes.suggestion(workspace, user, str(body.get("value") or ""), element, where)
    outcome = await workspace.delivery.send("interactive", "block_suggestion", payload)
    return await report(workspace, outcome, seq, body, **(outcome.payload or {}))


async def shortcut(workspace: Workspace, body: Json) -> Json:
    """Choose a shortcut: global, or from a message's menu."""
    user = person(workspace, body)
    seq = workspace.core.traffic.last
    callback = str(body.get("callback_id") or "")
    if body.get("message_ts"):
        channel = place(workspace, body, user)
        message = message_at(workspace, channel, user, str(body["message_ts"]))
        payload = envelopes.message_shortcut(workspace, user, callback, channel, message)
    else:
        payload = envelopes.global_shortcut(workspace, user, callback)
    outcome = await workspace.delivery.send("interactive", payload["type"], payload)
    return await report(workspace, outcome, seq, body)


async def open_home(workspace: Workspace, body: Json) -> Json:
    """Open the app's Home tab."""
    user = person(workspace, body)
    seq = workspace.core.traffic.last
    channel = workspace.people.channel(user)
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id if channel else "",
        "tab": body.get("tab", "home"),
        "event_ts": workspace.core.ids.ts(),
    }
    home = workspace.views.homes.get(user)
    if home is not None:
        event["view"] = home
    outcome = await tell(workspace, "app_home_opened", event)
    return await report(workspace, outcome, seq, body)


async def react(workspace: Workspace, body: Json) -> Json:
    """Add a reaction, or take it back when it is already there."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    message = message_at(workspace, channel, user, str(body.get("ts") or body.get("message_ts") or ""))
    seq = workspace.core.traffic.last
    name = str(body.get("name") or "eyes").strip(":")
    there = reactions.has(message, name, user)
    (reactions.remove if there else reactions.add)(workspace, channel, message, name, user)
    word = "reaction_removed" if there else "reaction_added"
    event = reactions.event(workspace, word, channel, message, (name, user))
    return await report(workspace, await tell(workspace, word, event), seq, body, added=not there)


VERBS = {"click": click, "select": click, "submit": submit, "close": close, "suggest": suggest, "shortcut": shortcut,
         "open_home": open_home, "react": react}  # fmt: skip
