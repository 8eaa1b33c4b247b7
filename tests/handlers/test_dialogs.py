"""A dialog is drawn within Slack's limits, formats nothing it is told, and carries the place it was opened in."""

from __future__ import annotations

import json

import pytest

from domain.kernel.card import Button, Buttons, Card, Prose
from handlers import dialogs
from handlers.surface import Ask, Dialog, Field, FieldKind, Person
from sandbox.slack.validate import MODAL, check_view

LONG = "<!channel> *bold* " * 300
OPTIONS = tuple((f"v{number}", LONG) for number in range(150))
ASK = Ask("k", "action", "press", Person("U1"), "C1", ts="1.1", thread_ts="1.0")
KINDS: tuple[FieldKind, ...] = ("text", "lines", "choice", "choices", "person", "date")


def dialog(*fields: Field) -> Dialog:
    intro = Card("Before", LONG, (Prose(LONG), Buttons((Button("a", "Press"),)), *[Prose("more")] * 80))
    return Dialog("form", LONG, LONG, fields, "A-1", intro)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_field_is_told_slack_takes_it(kind: FieldKind) -> None:
    initial = {"choice": "v3", "choices": "v3\nv4", "person": "U1", "date": "2026-01-31"}.get(kind, LONG)
    fields = (Field("one", LONG, kind, LONG, True, OPTIONS, initial, 9_000), Field("two", "Two", kind, options=OPTIONS))
    view = dialogs.draw(dialog(*fields), ASK)
    assert check_view(view, MODAL) == []
    assert "<!channel>" not in json.dumps([block for block in view["blocks"] if block["type"] != "input"])
    assert not [block for block in view["blocks"] if block["type"] == "actions"]
    assert any(key.startswith("initial_") for key in view["blocks"][-2]["element"])


@pytest.mark.parametrize(
    ("metadata", "carried"),
    [
        ("A-1|C1|1.1|1.0", ("A-1", "C1", "1.1", "1.0")),
        ("A-1|C1|1.1", ("A-1", "C1", "1.1", "")),
        ("A-1", ("A-1", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_a_dialog_carries_the_place_it_was_opened_in(metadata: str, carried: tuple[str, ...]) -> None:
    assert tuple(dialogs.carried(metadata).values()) == carried
    assert dialogs.draw(dialog(), ASK)["private_metadata"] == "A-1|C1|1.1|1.0"
