"""How a line of the traffic log looks to a reader."""

from __future__ import annotations

from typing import Any

from sandbox.slack.speech import violations
from sandbox.slack.traffic import Entry

Json = dict[str, Any]


def entry_view(entry: Entry) -> Json:
    """A log entry as JSON."""
    asked = entry.asked()
    return {
        "seq": entry.seq, "at": entry.at, "kind": entry.kind, "name": entry.name, "ok": entry.ok, "error": entry.error,
        "ms": entry.ms, "ack_ms": entry.ack_ms, "acked": entry.acked, "user": entry.user, "channel": entry.channel,
        "key": entry.key, "summary": summary(entry, asked), "request": asked, "response": entry.response,
        "violations": violations(entry),
    }  # fmt: skip


def summary(entry: Entry, asked: Json) -> str:
    """One line that says what happened."""
    if entry.kind == "ack":
        return entry.error or f"{entry.name} acknowledged in {entry.ack_ms} ms"
    event = asked.get("event") or {}
    actions = asked.get("actions") or [{}]
    said = asked.get("text") or event.get("text") or actions[0].get("action_id") or ""
    return f"{entry.name} {said}".strip()[:140]
