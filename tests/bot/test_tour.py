"""What a person at the demo looks at: the morning's pulse, and not what was said after it."""

from __future__ import annotations

from slack_sdk import WebClient

from bot.tour import Desk
from tests.bot.slack_rig import sandbox_process


def test_the_pulse_of_the_tour_is_the_mornings_and_not_the_newest_post() -> None:
    with sandbox_process("--no-limits") as url:
        slack = WebClient("xoxb-sandbox-bot", base_url=f"{url}/api/")
        slack.proxy = None
        assert Desk(url).pulse() == {}
        for key in ("pulse:ops-pulse:2026-11-20", "pulse:ops-pulse:2026-11-21", "share:/pulse:2026-11-21"):
            metadata = {"event_type": "operations_brain", "event_payload": {"key": key}}
            slack.chat_postMessage(channel="C0PULSE", text=key, metadata=metadata)
        assert Desk(url).pulse()["text"] == "pulse:ops-pulse:2026-11-21"
