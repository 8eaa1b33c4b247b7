"""The traffic, sorted for judging: what was asked, what the app said, and which answer belongs to what."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sandbox.slack.traffic import Entry

Json = dict[str, Any]
POSTS = {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.scheduleMessage"}
PULSE_CHANNEL, ESCALATION_CHANNEL = "C0PULSE", "C0ESCAL"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the app said, whichever road it took."""

    entry: Entry
    args: Json
    text: str
    blocks: list[Json]
    private: bool
    update: bool

    @property
    def thread(self) -> str:
        """The thread it went into, empty at the top level."""
        return str(self.args.get("thread_ts") or "")

    @property
    def key(self) -> str:
        """The app's own key in the metadata."""
        metadata = self.args.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        return str(payload.get("key") or "") if isinstance(payload, dict) else ""

    @property
    def kind(self) -> str:
        """The event type in the metadata."""
        metadata = self.args.get("metadata")
        return str(metadata.get("event_type") or "") if isinstance(metadata, dict) else ""

    @property
    def is_post(self) -> bool:
        """Whether it is a new message everybody in the channel sees, at the top level."""
        return not (self.private or self.update or self.thread)

    @property
    def is_pulse(self) -> bool:
        """Whether it is the pulse of a day."""
        named = "pulse" in self.kind or self.key.startswith("pulse")
        return self.is_post and self.entry.name == "chat.postMessage" and named

    @property
    def is_escalation(self) -> bool:
        """Whether it asks a person to decide."""
        asks = self.entry.channel == ESCALATION_CHANNEL and any(b.get("type") == "actions" for b in self.blocks)
        return self.is_post and (asks or "escalation" in self.kind or self.key.startswith("escalation"))


def said_in(entry: Entry) -> Said | None:
    """What the app said in this entry, if it said something that was taken."""
    if not entry.ok:
        return None
    if entry.kind == "api" and entry.name in POSTS:
        args = parsed(entry.asked())
        private = entry.name == "chat.postEphemeral"
        return Said(entry, args, str(args.get("text") or ""), blocks_of(args), private, entry.name == "chat.update")
    if entry.kind == "response_url" and not entry.asked().get("delete_original"):
        args = entry.asked()
        private = args.get("response_type") != "in_channel"
        return Said(
            entry, args, str(args.get("text") or ""), blocks_of(args), private, bool(args.get("replace_original"))
        )
    if entry.kind == "ack" and (entry.answered().get("text") or entry.answered().get("blocks")):
        args = entry.answered()
        private = args.get("response_type") != "in_channel"
        return Said(entry, args, str(args.get("text") or ""), blocks_of(args), private, False)
    return None


def parsed(args: Json) -> Json:
    """Arguments with those that were sent as JSON text opened."""
    opened = dict(args)
    for name in ("blocks", "metadata", "attachments", "view"):
        if isinstance(opened.get(name), str):
            try:
                opened[name] = json.loads(opened[name])
            except ValueError:
                opened.pop(name)
    return opened


def blocks_of(args: Json) -> list[Json]:
    """The blocks of what was said."""
    blocks = args.get("blocks")
    return [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []


def texts(node: Any) -> Iterator[str]:
    """Every text object's text below a node."""
    if isinstance(node, dict):
        if node.get("type") in {"plain_text", "mrkdwn", "markdown", "text"} and isinstance(node.get("text"), str):
            yield node["text"]
        for key, value in node.items():
            if key not in {"value", "private_metadata"}:
                yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def buttons(blocks: list[Json]) -> Iterator[Json]:
    """Every button of the blocks."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory")):
            if isinstance(element, dict) and element.get("type") == "button":
                yield element


def wording(said: Said) -> str:
    """All its words: the top-level text and every text in the blocks."""
    return "\n".join([said.text, *texts(said.blocks)])


@dataclass(slots=True)
class Evidence:
    """The whole log, sorted once."""

    said: list[Said] = field(default_factory=list)
    commands: list[Entry] = field(default_factory=list)
    clicks: list[Entry] = field(default_factory=list)
    submits: list[Entry] = field(default_factory=list)
    events: list[Entry] = field(default_factory=list)
    calls: list[Entry] = field(default_factory=list)
    acks: dict[str, Entry] = field(default_factory=dict)

    def answers(self, command: Entry, within_s: float) -> list[Said]:
        """What was said to a command or click: in its acknowledgement, its response URL, or beside it."""
        found = []
        first = bisect_left(self.said, command.at, key=lambda one: one.entry.at)
        for one in islice(self.said, first, None):
            if one.entry.at - command.at > within_s:
                break
            same_link = bool(command.link) and one.entry.link == command.link
            in_ack = one.entry.kind == "ack" and one.entry.key == command.key
            beside = one.entry.kind == "api" and one.entry.channel == command.channel
            whispered = beside and one.entry.name == "chat.postEphemeral" and one.entry.user == command.user
            if same_link or in_ack or whispered or (beside and one.entry.name == "chat.postMessage" and not one.key):
                found.append(one)
        return found

    def opened_by(self, envelope: Entry) -> Entry | None:
        """The call that opened a modal with this envelope's trigger."""
        trigger = envelope.asked().get("trigger_id")
        for call in self.calls:
            if call.name in {"views.open", "views.push"} and call.asked().get("trigger_id") == trigger:
                return call
        return None


def sort(entries: Iterable[Entry]) -> Evidence:
    """Sort the log into evidence."""
    found = Evidence()
    for entry in entries:
        if entry.kind == "envelope":
            shelf(found, entry).append(entry)
        elif entry.kind == "ack":
            found.acks[entry.key] = entry
        elif entry.kind == "api":
            found.calls.append(entry)
        said = said_in(entry)
        if said is not None:
            found.said.append(said)
    found.said.sort(key=lambda one: one.entry.at)
    return found


def shelf(found: Evidence, entry: Entry) -> list[Entry]:
    """Where an envelope belongs."""
    if entry.name.startswith("/"):
        return found.commands
    if entry.name == "view_submission":
        return found.submits
    if entry.name in {"block_actions", "shortcut", "message_action", "view_closed", "block_suggestion"}:
        return found.clicks
    return found.events
