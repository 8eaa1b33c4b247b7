"""Response URLs: where an answer lands, how often, and for how long."""

from __future__ import annotations

from typing import Any

from tests.sandbox.slack import kit


async def answer(slack: kit.Sandbox, url: str, **body: Any) -> tuple[int, str]:
    async with slack.http.post(url, json=body) as response:
        return response.status, await response.text()


async def command_url(slack: kit.Sandbox, app: kit.Listener) -> str:
    await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse")
    return str(app.envelopes[-1]["payload"]["response_url"])


async def test_an_answer_is_private_unless_it_says_otherwise(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    assert await answer(slack, url, text="for you") == (200, "ok")
    assert await answer(slack, url, text="for all", response_type="in_channel") == (200, "ok")
    assert [m["text"] for m in await slack.messages("C0PULSE", "U0CEO")] == ["for you", "for all"]
    assert [m["text"] for m in await slack.messages("C0PULSE", "U0VIEWER")] == ["for all"]


async def test_a_url_works_five_times(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    statuses = [(await answer(slack, url, text=f"{number}"))[0] for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert "used_url" in (await answer(slack, url, text="again"))[1]


async def test_a_url_expires_after_half_an_hour(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    await slack.act("advance_time", seconds=1801)
    assert "expired_url" in (await answer(slack, url, text="late"))[1]


async def test_a_forged_url_is_refused(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    assert (await answer(slack, url.replace("U0CEO", "U0ADMIN"), text="x"))[0] == 404


async def test_a_placeholder_is_replaced_and_deleted(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    await answer(slack, url, text="Working on it…")
    await answer(slack, url, text="Done: all well.", replace_original=True)
    assert [m["text"] for m in await slack.messages("C0PULSE")] == ["Done: all well."]
    await answer(slack, url, delete_original=True)
    assert await slack.messages("C0PULSE") == []


async def test_an_answer_with_bad_blocks_is_refused(slack: kit.Sandbox, app: kit.Listener) -> None:
    url = await command_url(slack, app)
    status, body = await answer(slack, url, text="x", blocks=[{"type": "nonsense"}])
    assert status == 400
    assert "invalid_blocks" in body
    assert "no_text" in (await answer(slack, url))[1]


async def test_a_click_on_a_message_may_replace_it(slack: kit.Sandbox, app: kit.Listener) -> None:
    blocks = [{"type": "actions", "block_id": "b", "elements": [kit.button("Approve", value="7")]}]
    posted = await slack.api("chat.postMessage", channel="C0PULSE", text="Decide", blocks=blocks)
    pressed = await slack.act(
        "click", user="U0CEO", channel="C0PULSE", message_ts=posted["ts"], action_id="v1.thing.do"
    )
    assert pressed["acked"]
    payload = app.of("interactive")[0]["payload"]
    assert payload["container"] == {"type": "message", "message_ts": posted["ts"], "channel_id": "C0PULSE",
                                    "is_ephemeral": False}  # fmt: skip
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("v1.thing.do", "b", "7")
    await answer(slack, payload["response_url"], text="Approved by the chief.", replace_original=True)
    (message,) = await slack.messages("C0PULSE")
    assert (message["text"], message.get("blocks")) == ("Approved by the chief.", None)


async def test_effects_of_a_verb_are_reported(slack: kit.Sandbox, app: kit.Listener) -> None:
    done = await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse", wait_ms=1)
    assert done["effects"] == []
    url = app.envelopes[-1]["payload"]["response_url"]
    await answer(slack, url, text="hello")
    entry = (await slack.read(f"traffic?since={slack.workspace.core.traffic.last - 1}"))["entries"][0]
    assert (entry["kind"], entry["user"], entry["channel"], entry["ok"]) == ("response_url", "U0CEO", "C0PULSE", True)
