"""The scripted tour: what a person would try in the demo, done through the sandbox's page controls."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

_PERSON = "U0CEO"
_PULSE = "C0PULSE"
_PATIENCE = 30.0  # seconds for one answer to arrive
_MORNING = re.compile(r"pulse:[^:]+:\d{4}-\d\d-\d\d")
"""The key of a morning's pulse: its channel and its day."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One thing tried: whether the answer came, and what it said first."""

    name: str
    passed: bool
    saw: str


def walk(url: str) -> list[Step]:
    """Post, /pulse, /health, a question in the thread, Home, work handed in, what waits for a decision."""
    desk = Desk(url)
    desk.listened_to()
    pulse = desk.until(desk.pulse)
    steps = [Step("pulse in the channel", bool(pulse), _text(pulse))]
    steps += [
        desk.command("/pulse"),
        desk.command("/health"),
        desk.command("/pulse help"),
        desk.command("/health help"),
    ]
    steps += [desk.command("/pulse nonsense"), desk.ask(pulse), desk.home()]
    return [*steps, desk.command("/task what was net revenue yesterday?"), desk.command("/ops approvals")]


class Desk:
    """A person at the sandbox's page."""

    def __init__(self, url: str) -> None:
        """`url` is where the sandbox's Slack listens."""
        self._url = url

    def pulse(self) -> Json:
        """The newest pulse of a morning in the pulse channel, whatever else was said there since."""
        found = self._get(f"channels/{_PULSE}/messages?as={_PERSON}")["messages"]
        return next((message for message in reversed(found) if _MORNING.fullmatch(_key(message))), {})

    def command(self, text: str) -> Step:
        """Type a slash command and wait for the private answer."""
        before = len(self._private())
        done = self._post("command", {"user": _PERSON, "channel": _PULSE, "text": text})
        answer = self.until(lambda: next(iter(self._private()[before:][-1:]), {}))
        passed = bool(done.get("acked") and answer)
        return Step(f"{text} (acknowledged in {done.get('ack_ms') or 0:.0f} ms)", passed, _text(answer))

    def ask(self, parent: Json) -> Step:
        """Ask in the pulse's thread and wait for the answer there; the pulse's own details may still be coming in."""
        thread = str(parent.get("ts", ""))
        question = "what was net revenue yesterday?"
        asked = self._post("message", {"user": _PERSON, "channel": _PULSE, "text": question, "thread_ts": thread})
        reply = self.until(lambda: next(iter(self._answers(thread, str(asked["ts"]))), {}))
        return Step(f"“{question}” in the thread", bool(reply), _text(reply))

    def listened_to(self) -> bool:
        """Wait until the bot is connected, so that what a person does is heard."""
        return bool(self.until(lambda: {"up": True} if self._get("state")["connections"] else {}))

    def home(self) -> Step:
        """Open the app's Home tab and wait until it is drawn."""
        self._post("open_home", {"user": _PERSON})
        view = self.until(lambda: self._get(f"views/{_PERSON}")["home"] or {})
        return Step("App Home", bool(view), f"{len(view.get('blocks', []))} blocks")

    def checks(self) -> Step:
        """What the sandbox says about all the traffic so far."""
        points = self._get("checks")["points"]
        failed = [
            f"{point['number']} {point['name']}: {point['evidence'][:1]}"
            for point in points
            if point["state"] == "fail"
        ]
        passed = sum(point["state"] == "pass" for point in points)
        return Step("the sandbox's checks", not failed, "; ".join(failed) or f"{passed} points hold, none fails")

    def until(self, look: Callable[[], Json]) -> Json:
        """What `look` finds, as soon as it finds something that is not a placeholder."""
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            found = look()
            if found and "looking this up" not in str(found.get("text", "")):
                return found
            time.sleep(0.1)
        return {}

    def messages(self, channel: str, person: str) -> list[Json]:
        """What a person sees in a channel, oldest first."""
        return list(self._get(f"channels/{channel}/messages?as={person}")["messages"])

    def press(self, message: Json, button: str, person: str) -> None:
        """Press a button of a message that `messages` found, with its channel."""
        found = next(one for one in _buttons(message) if button in one["action_id"])
        place = {"channel": message["channel"], "message_ts": message["ts"], "block_id": found["block_id"]}
        self._post("click", {"user": person, "action_id": found["action_id"], **place})

    def has(self, message: Json, button: str) -> bool:
        """Whether a message has this button."""
        return any(button in one["action_id"] for one in _buttons(message))

    def key(self, message: Json) -> str:
        """The key under which the bot said it."""
        return _key(message)

    def title(self, message: Json) -> str:
        """The heading of a message."""
        return str(next((one["text"]["text"] for one in message["blocks"] if one["type"] == "header"), ""))

    def told(self, message: Json) -> str:
        """What it says first."""
        return _text(message)

    def _private(self) -> list[Json]:
        found = self._get(f"channels/{_PULSE}/messages?as={_PERSON}")["messages"]
        return [message for message in found if message.get("ephemeral")]

    def _answers(self, thread: str, question: str) -> list[Json]:
        """What the bot said in a thread after the question `ts`, but for the details that belong to the pulse."""
        found = self._get(f"channels/{_PULSE}/messages?as={_PERSON}&thread_ts={thread}")["messages"]
        return [
            message
            for message in found[1:]
            if message.get("bot_id") and str(message["ts"]) > question and not _key(message).startswith("pulse:")
        ]

    def _get(self, path: str) -> Json:
        with urlopen(f"{self._url}/_sandbox/{path}", timeout=10) as answer:  # noqa: S310 - our own sandbox
            return dict(json.load(answer))

    def _post(self, path: str, body: Json) -> Json:
        request = Request(  # noqa: S310 - our own sandbox
            f"{self._url}/_sandbox/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own sandbox
            return dict(json.load(answer))


def _buttons(message: Json) -> list[Json]:
    rows = [block for block in message.get("blocks", []) if block["type"] == "actions"]
    return [{**one, "block_id": block["block_id"]} for block in rows for one in block["elements"]]


def _key(message: Json) -> str:
    """The key under which the bot said it."""
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def _text(message: Json) -> str:
    return str(message.get("text") or "nothing")[:110]
