"""What an envelope means: the key that makes twice once, and which messages are for us."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import slack_envelope, slack_verdict
from bot.slack_envelope import Envelope

BOT = "U0BRAIN"
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
known = st.sampled_from(["type", "payload", "envelope_id", "event", "user", "actions", "message", "view", "metadata"])


def event(**fields: Any) -> Envelope:
    payload = {"event_id": "Ev1", "event": {"type": "message", "user": "U1", "text": "hi", "ts": "1.1", **fields}}
    found = slack_envelope.read({"type": "events_api", "envelope_id": "e1", "payload": payload}, BOT)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        ({"channel_type": "im"}, True),
        ({"channel_type": "im", "subtype": "message_changed"}, False),
        ({"channel_type": "im", "text": f"<@{BOT}> hi"}, True),
        ({"channel_type": "channel"}, False),
        ({"channel_type": "channel", "thread_ts": "1.0"}, True),
        ({"channel_type": "channel", "thread_ts": "1.0", "text": f"<@{BOT}> hi"}, False),
        ({"channel_type": "channel", "thread_ts": "1.0", "subtype": "channel_join"}, False),
        ({"channel_type": "im", "bot_id": "B1"}, False),
        ({"channel_type": "im", "user": BOT}, False),
        ({"type": "app_mention", "text": f"<@{BOT}> hi"}, True),
        ({"type": "app_mention", "bot_id": "B0OTHER"}, False),
        ({"type": "app_home_opened", "tab": "home"}, True),
    ],
)
def test_only_what_a_person_may_want_from_us_becomes_a_row(fields: dict[str, Any], ours: bool) -> None:
    assert event(**fields).for_us is ours


def test_a_message_that_was_rewritten_is_heard_and_forgotten() -> None:
    found = event(subtype="message_changed", message={"ts": "7.7"})
    assert found.rewritten == "7.7"
    assert not found.for_us


def test_the_same_deed_has_the_same_key_whatever_the_envelope() -> None:
    click = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "a", "action_ts": "1.2"}]}
    frames = [{"type": "interactive", "envelope_id": name, "payload": dict(click)} for name in ("e1", "e2")]
    keys = {found.key for frame in frames if (found := slack_envelope.read(frame, BOT))}
    assert keys == {"action:U1:1.2:a"}
    slash = {"type": "slash_commands", "payload": {"trigger_id": "t1", "token": "secret"}}
    one, two = (slack_envelope.read({**slash, "envelope_id": name}, BOT) for name in ("e1", "e2"))
    assert one is not None
    assert two is not None
    assert one.key == two.key
    assert "token" not in one.payload


@given(st.dictionaries(known | st.text(max_size=5), json, max_size=6))
def test_no_envelope_is_too_strange_to_read(frame: dict[str, Any]) -> None:
    for kind in ("slash_commands", "events_api", "interactive", "hello"):
        found = slack_envelope.read({"type": kind, "envelope_id": "e1", "payload": frame}, BOT)
        assert found is None or (found.key and "\x00" not in found.key)
    slack_envelope.read(frame, BOT)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [(TimeoutError(), "unknown"), (ConnectionResetError(), "unknown"), (ValueError("no json"), "unknown")],
)
def test_what_is_not_a_clear_no_is_unknown(error: Exception, meaning: str) -> None:
    assert slack_verdict.of(error).meaning == meaning
