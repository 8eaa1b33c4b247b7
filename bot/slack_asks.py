"""What a person did, read out of Slack's payloads."""

from __future__ import annotations

import re
from typing import Any

from bot.slack_dispatch import Work
from handlers import dialogs
from handlers.surface import Ask, Kind, Person

_VERSION = re.compile(r"^v\d+\.|\.\d+$")
_KINDS: dict[str, Kind] = {"command": "command", "action": "action", "event": "event", "shortcut": "shortcut"}

Body = dict[str, Any]


def read(work: Work, body: Body) -> Ask:
    """The ask in a payload; the person is not checked yet."""
    kind = _KINDS.get(work.kind, "view")
    reader = {"command": _command, "action": _action, "event": _event, "shortcut": _shortcut}.get(work.kind, _view)
    fields = reader(body)
    user = fields.pop("user")
    return Ask(key=work.key, kind=kind, person=Person(str(user), "unknown"), received_at=work.received_at, **fields)


def values(body: Body) -> dict[str, str]:
    """The values of a dialog by block id, as text; of several chosen at once one to a line."""
    state = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    return {str(block): _value(field) for block, fields in state.items() for field in fields.values()}


def _value(field: Body) -> str:
    chosen = (field.get(name) for name in ("value", "selected_option", "selected_date", "selected_user"))
    several = field.get("selected_options") or field.get("selected_users") or ()
    return "\n".join(map(_plain, several)) or next((_plain(one) for one in chosen if one), "")


def _plain(chosen: Any) -> str:
    return str(chosen.get("value") or "") if isinstance(chosen, dict) else str(chosen)


def _command(body: Body) -> Body:
    return {
        "name": str(body.get("command", "")),
        "user": body.get("user_id", ""),
        "channel": str(body.get("channel_id", "")),
        "text": " ".join(str(body.get("text", "")).split()),
        "response_url": body.get("response_url"),
        "trigger_id": body.get("trigger_id"),
        "body": body,
    }


def _event(body: Body) -> Body:
    event = body.get("event") or {}
    channel, user = event.get("channel"), event.get("user")
    ts = str(event.get("ts") or "")
    return {
        "name": str(event.get("type", "")),
        "user": user if isinstance(user, str) else "",
        "channel": channel if isinstance(channel, str) else "",
        "text": str(event.get("text") or ""),
        "ts": ts,
        "thread_ts": str(event.get("thread_ts") or ts),
        "shared_outside": bool(body.get("is_ext_shared_channel")),
        "body": event,
    }


def _interaction(body: Body) -> Body:
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    return {
        "user": (body.get("user") or {}).get("id", ""),
        "channel": str(channel.get("id") or container.get("channel_id") or ""),
        "ts": str(container.get("message_ts") or body.get("message_ts") or ""),
        "thread_ts": str(container.get("thread_ts") or ""),
        "response_url": body.get("response_url"),
        "trigger_id": body.get("trigger_id"),
        "body": body,
    }


def _action(body: Body) -> Body:
    action = (body.get("actions") or [{}])[0]
    chosen = action.get("selected_option") or {}
    value = action.get("value") or chosen.get("value") or ""
    return _interaction(body) | {"name": _VERSION.sub("", str(action.get("action_id", ""))), "value": str(value)}


def _shortcut(body: Body) -> Body:
    message = body.get("message") or {}
    on = {"text": str(message.get("text") or ""), "thread_ts": str(message.get("thread_ts") or "")}
    return _interaction(body) | on | {"name": str(body.get("callback_id", ""))}


def _view(body: Body) -> Body:
    """Slack tells no place of a dialog: it carries its own."""
    view = body.get("view") or {}
    place = dialogs.carried(str(view.get("private_metadata") or ""))
    return _interaction(body) | place | {"name": str(view.get("callback_id", "")), "values": values(body)}
