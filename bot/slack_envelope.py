"""What a Socket Mode envelope means: its kind, the key that makes twice once, and whether it is for us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LATE = frozenset({"view", "suggestion"})
"""These are acknowledged with what the handler says, so Slack waits for it; the row still comes first."""
_KINDS = {
    "block_actions": "action",
    "view_submission": "view",
    "view_closed": "closed",
    "block_suggestion": "suggestion",
    "shortcut": "shortcut",
    "message_action": "shortcut",
}
_TYPED = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that a person wrote."""

Json = Mapping[str, Any]


@dataclass(slots=True)
class Envelope:
    """`for_us` is False for what is acknowledged and forgotten;
    `rewritten` is the ts of a message that changed, `talk` marks what people write in channels without naming us.
    """

    id: str
    key: str
    kind: str
    user: str
    payload: dict[str, Any] = field(repr=False)
    for_us: bool = True
    rewritten: str = ""
    talk: bool = False

    @property
    def late(self) -> bool:
        """Whether the acknowledgement carries what the handler says."""
        return self.kind in LATE


def read(frame: Json, bot_user: str) -> Envelope | None:
    """The envelope in a frame; None when it has no shape anybody knows."""
    payload, envelope_id = frame.get("payload"), frame.get("envelope_id")
    if not isinstance(payload, dict) or not isinstance(envelope_id, str):
        return None
    payload.pop("token", None)  # the old verification token is a secret and tells us nothing
    match frame.get("type"):
        case "slash_commands":
            key = f"command:{payload.get('trigger_id') or envelope_id}"
            return Envelope(envelope_id, _safe(key), "command", str(payload.get("user_id", "")), payload)
        case "events_api":
            return _event(envelope_id, payload, bot_user)
        case "interactive":
            return _interaction(envelope_id, payload)
        case _:
            return None


def _safe(key: str) -> str:
    return key.replace("\x00", "")[:400]


def _interaction(envelope_id: str, payload: dict[str, Any]) -> Envelope:
    kind = _KINDS.get(str(payload.get("type")), "other")
    user = str(_dict(payload, "user").get("id", ""))
    if kind == "action":
        actions = payload.get("actions")
        first = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
        key = f"action:{user}:{first.get('action_ts', envelope_id)}:{first.get('action_id', '')}"
    elif kind == "shortcut":
        key = f"shortcut:{user}:{payload.get('action_ts') or envelope_id}:{payload.get('callback_id', '')}"
    else:
        key = f"{kind}:{payload.get('trigger_id') or envelope_id}"
    return Envelope(envelope_id, _safe(key), kind, user, payload)


def _event(envelope_id: str, payload: dict[str, Any], bot_user: str) -> Envelope:
    event = _dict(payload, "event")
    user = event.get("user")
    found = Envelope(
        envelope_id,
        _safe(f"event:{payload.get('event_id') or envelope_id}"),
        "event",
        user if isinstance(user, str) else "",
        payload,
    )
    if event.get("subtype") == "message_changed":
        found.rewritten = str(_dict(event, "message").get("ts") or "")
    found.talk = event.get("type") == "message" and event.get("channel_type") != "im"
    found.for_us = _concerns_us(event, found.user, bot_user)
    return found


def _concerns_us(event: Json, user: str, bot_user: str) -> bool:
    """Bots are never answered; a plain message only when it may be a question to us."""
    if user == bot_user or event.get("bot_id") or event.get("subtype") == "bot_message":
        return False
    if event.get("type") != "message":
        return True
    text = str(event.get("text") or "")
    if event.get("subtype") not in _TYPED or not user or f"<@{bot_user}>" in text:
        return event.get("channel_type") == "im" and bool(user) and event.get("subtype") in _TYPED
    return event.get("channel_type") == "im" or bool(event.get("thread_ts"))


def _dict(holder: Json, name: str) -> dict[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}
