"""The part of the tour in which the house asks: an escalation is acknowledged, an action approved, done and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

from bot.tour import Desk, Step

_APPROVER = "U0APPROVER"
_ASKED = {"escalation": ("C0ESCAL",), "approval": ("C0SALES", "C0LOGIS", "C0ESCAL")}
Json = dict[str, Any]


def walk(desk: Desk, vendors: str) -> Iterator[Step]:
    """Acknowledge what needs a person, then approve what waits and take it back; `vendors` is where they listen."""
    yield _press(desk, _open(desk, "escalation", "escalation.ack"), "escalation.ack", "acknowledged")
    waits = _open(desk, "approval", "approval.approve")
    before = _effects(vendors)
    yield _press(desk, waits, "approval.approve", "it is done")
    yield _changed(desk, vendors, before, "the vendor holds what was approved")
    done = _open(desk, "approval", "action.undo")
    yield _press(desk, done, "action.undo", "undone again")
    yield _changed(desk, vendors, before + 1, "the vendor holds the undo")


def _open(desk: Desk, kind: str, button: str) -> Json:
    """The newest message of its kind that can be answered."""

    def look() -> Json:
        for channel in _ASKED[kind]:
            for message in reversed(desk.messages(channel, _APPROVER)):
                if desk.key(message).startswith(f"{kind}:") and desk.has(message, button):
                    return {**message, "channel": channel}
        return {}

    return desk.until(look)


def _press(desk: Desk, message: Json, button: str, word: str) -> Step:
    """Press a button as the approver does, and wait until the message says what became of it."""
    if not message:
        return Step(f"the button {button}", passed=False, saw="no message has it")
    desk.press(message, button, _APPROVER)
    key = desk.key(message)

    def told() -> Json:
        now = [one for one in desk.messages(message["channel"], _APPROVER) if desk.key(one) == key]
        return next((one for one in now if word in json.dumps(one["blocks"])), {})

    found = desk.until(told)
    return Step(f"{button} on “{desk.title(message)}”", bool(found), desk.told(found))


def _changed(desk: Desk, vendors: str, before: int, name: str) -> Step:
    """The vendors' own journal of what was changed at them has one line more."""
    found = desk.until(lambda: {"effects": _effects(vendors)} if _effects(vendors) > before else {})
    return Step(name, bool(found), f"{found.get('effects', before) - before} change more in their journal")


def _effects(vendors: str) -> int:
    with urlopen(f"{vendors}/_sandbox/journal", timeout=10) as answer:  # noqa: S310 - our own sandbox
        journal = json.load(answer)
    return sum(len(done) for name in journal if name != "next" for done in journal[name]["effects"].values())
