"""The thirty points: each that can be broken by a message is shown kept and broken; the others over a scene."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.slack import kit

Json = dict[str, Any]
DATE = "<!date^1735689600^{date_short_pretty} {time}|2025-01-01 00:00 UTC>"
HEADER: Json = {"type": "header", "text": {"type": "plain_text", "text": "Revenue is on plan"}}
CONTEXT: Json = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Shop, as of {DATE}"}]}


def pulse(key: str = "pulse:2025-01-01:C0PULSE", **more: Any) -> Json:
    metadata = {"event_type": "pulse", "event_payload": {"key": key}}
    return {"channel": "C0PULSE", "text": "Health 82 of 100", "blocks": [HEADER, CONTEXT], "metadata": metadata} | more


def actions(*buttons: Json) -> list[Json]:
    return [HEADER, {"type": "actions", "elements": list(buttons)}]


def image(alt: str) -> list[Json]:
    return [HEADER, {"type": "image", "image_url": "http://127.0.0.1/x.png", "alt_text": alt}]


SURE = {"title": {"type": "plain_text", "text": "Sure?"}, "text": {"type": "plain_text", "text": "The order ends."}}
KEPT: list[tuple[int, Json]] = [
    (10, {}),
    (11, {"blocks": [HEADER]}),
    (12, pulse()),
    (13, {"text": ":warning: Sales fell"}),
    (14, {"blocks": image("Revenue by day, rising since Monday")}),
    (15, {"blocks": actions(kit.button("Approve the order", style="primary"))}),
    (16, {"blocks": actions(kit.button("Cancel the order", style="danger", confirm=SURE))}),
    (17, {"blocks": actions(kit.button("Approve", "v1.escalation.approve", value="escalation:7"))}),
    (24, {}),
    (25, {"text": "The shop did not answer. Try again at noon. Error 7F3A."}),
    (26, {"text": "See <http://127.0.0.1/x|the dashboard>", "unfurl_links": False, "unfurl_media": False}),
    (29, {"text": f"As of {DATE}"}),
    (30, {}),
]
BROKEN: list[tuple[int, Json]] = [
    (10, {"text": "New message"}),
    (10, {"text": "x" * 301}),
    (10, {"text": "", "blocks": [HEADER]}),
    (11, {"blocks": [kit.section("plain")]}),
    (11, pulse(blocks=[HEADER, *[CONTEXT] * 15])),
    (12, pulse(blocks=[HEADER])),
    (13, {"blocks": [HEADER, kit.section(":red_circle:")]}),
    (14, {"blocks": image("chart-0001.png")}),
    (15, {"blocks": actions(kit.button("OK"))}),
    (15, {"blocks": actions(kit.button("Approve", "v1.a", style="danger"))}),
    (15, {"blocks": actions(kit.button("Do", "v1.a", style="primary"), kit.button("Go", "v1.b", style="primary"))}),
    (16, {"blocks": actions(kit.button("Approve £120 reship"))}),
    (17, {"blocks": actions(kit.button("Approve", "approve_button"))}),
    (17, {"blocks": actions(kit.button("Approve", value='{"amount": 120}'))}),
    (24, {"text": "<!channel> sales fell"}),
    (25, {"text": "Something went wrong"}),
    (25, {"text": "Traceback (most recent call last)"}),
    (25, {"text": "token xoxb-123 is bad"}),
    (26, {"text": "See http://127.0.0.1/x", "unfurl_links": False, "unfurl_media": False}),
    (26, {"text": "See <http://127.0.0.1/x|the dashboard>"}),
    (29, {"text": "As of 09:30"}),
]


def post(args: Json) -> Json:
    return {"channel": "C0PULSE", "text": "Sales rose by a tenth"} | args


@pytest.mark.parametrize(("number", "args"), KEPT, ids=lambda value: str(value)[:40])
async def test_a_message_that_keeps_a_point_passes(slack: kit.Sandbox, number: int, args: Json) -> None:
    assert (await slack.api("chat.postMessage", **post(args)))["ok"]
    assert (await slack.point(number))["state"] == "pass"


@pytest.mark.parametrize(("number", "args"), BROKEN, ids=lambda value: str(value)[:40])
async def test_a_message_that_breaks_a_point_fails(slack: kit.Sandbox, number: int, args: Json) -> None:
    assert (await slack.api("chat.postMessage", **post(args)))["ok"]
    point = await slack.point(number)
    assert point["state"] == "fail"
    assert point["evidence"]
    if number != 16:
        noted = (await slack.read("traffic"))["entries"][-1]["violations"]
        assert number in [violation["point"] for violation in noted]


async def test_nothing_is_judged_before_anything_is_seen(slack: kit.Sandbox) -> None:
    report = await slack.read("checks")
    assert [point["number"] for point in report["points"]] == list(range(1, 31))
    assert {point["state"] for point in report["points"]} == {"not seen"}
    assert report["failed"] == 0


async def states(slack: kit.Sandbox, *numbers: int) -> list[str]:
    return [(await slack.point(number))["state"] for number in numbers]


async def ask(slack: kit.Sandbox, app: kit.Listener, text: str, reply: Json | None) -> None:
    app.reply = lambda envelope: reply if envelope["type"] == "slash_commands" else None
    await slack.act("command", user="U0CEO", channel="C0PULSE", text=text)


async def test_commands_are_judged_by_their_answers(slack: kit.Sandbox, app: kit.Listener) -> None:
    await ask(slack, app, "/pulse", {"text": "Health 82 of 100"})
    await ask(slack, app, "/pulse help", {"text": "Try `/pulse share`."})
    await ask(slack, app, "/pulse share", {"text": "Health 82 of 100", "response_type": "in_channel"})
    assert await states(slack, 1, 2, 3, 4, 5) == ["pass"] * 5
    await ask(slack, app, "/pulse", {"text": "Health 82 of 100", "response_type": "in_channel"})
    assert await states(slack, 3, 5) == ["pass", "fail"]
    slack.workspace.core.traffic.clear()
    await ask(slack, app, "/pulse", None)
    await ask(slack, app, "/pulse help", {"text": "No idea."})
    assert await states(slack, 2, 3) == ["fail", "fail"]


async def test_an_answer_in_two_parts_whose_first_line_was_cut_is_no_placeholder(
    slack: kit.Sandbox, app: kit.Listener
) -> None:
    for text, state in (("Net revenue and orders of every channel over the last year, by month …", "pass"),
                        ("Please wait …", "fail")):  # fmt: skip
        slack.workspace.core.traffic.clear()
        await ask(slack, app, "/pulse", {})
        url = app.envelopes[-1]["payload"]["response_url"]
        for line in (text, "The rest of it"):
            async with slack.http.post(url, json={"text": line}) as answer:
                assert answer.status == 200
        assert await states(slack, 4) == [state]


async def test_an_envelope_without_ack_fails_the_first_point(slack: kit.Sandbox) -> None:
    await slack.act("command", user="U0CEO", channel="C0PULSE", text="/pulse")
    assert await states(slack, 1) == ["fail"]


async def test_a_pulse_comes_once_with_its_detail_below(slack: kit.Sandbox) -> None:
    ts = (await slack.api("chat.postMessage", **pulse()))["ts"]
    await slack.api("chat.postMessage", channel="C0PULSE", text="Detail by department", thread_ts=ts)
    assert await states(slack, 6, 7, 8) == ["pass"] * 3
    await slack.api("chat.postMessage", **pulse())
    await slack.api("chat.postMessage", channel="C0PULSE", text="Detail beside it")
    for _ in range(2):
        await slack.api("chat.postMessage", channel="C0PULSE", text="All look", thread_ts=ts, reply_broadcast=True)
    assert await states(slack, 6, 7, 8, 30) == ["fail"] * 4


async def test_a_question_is_answered_where_it_was_asked(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = (await slack.act("message", user="U0CEO", channel="C0PULSE", text="<@U0BRAIN> why?"))["ts"]
    await slack.api("chat.postMessage", channel="C0PULSE", text="Returns rose", thread_ts=ts)
    assert await states(slack, 9) == ["pass"]
    slack.workspace.core.traffic.clear()
    await slack.act("message", user="U0CEO", channel="C0SALES", text="<@U0BRAIN> why?")
    await slack.api("chat.postMessage", channel="C0SALES", text="Returns rose")
    assert await states(slack, 9) == ["fail"]


@pytest.mark.parametrize(
    ("broken", "in_thread_again", "state"),
    [(True, False, "pass"), (False, False, "fail"), (True, True, "fail")],
    ids=["held back by a fault", "merely slow", "the next question came first"],
)
async def test_a_late_answer_counts_only_when_a_fault_held_it_back(
    slack: kit.Sandbox, app: kit.Listener, *, broken: bool, in_thread_again: bool, state: str
) -> None:
    place = {"user": "U0CEO", "channel": "C0PULSE"}
    ts = (await slack.act("message", text="<@U0BRAIN> why?", **place))["ts"]
    if broken:
        await slack.act("fault", kind="ratelimited", method="chat.postMessage", n=1)
        assert not (await slack.api("chat.postMessage", channel="C0PULSE", text="Returns rose", thread_ts=ts))["ok"]
    await slack.act("fault", kind="clock_jump", by=18)
    await slack.act("message", text="<@U0BRAIN> why?", thread_ts=ts if in_thread_again else "", **place)
    assert await states(slack, 9) == ["fail"]
    await slack.api("chat.postMessage", channel="C0PULSE", text="Returns rose", thread_ts=ts)
    assert await states(slack, 9) == [state]


async def decide(slack: kit.Sandbox, user: str, ts: str, action: str = "v1.escalation.approve") -> None:
    await slack.act("click", user=user, channel="C0ESCAL", message_ts=ts, action_id=action)


async def escalation(slack: kit.Sandbox, **more: Any) -> str:
    words = f"*What* a\n*Why* b\n*Advice* c\n*Otherwise* d, <@U0APPROVER> by {DATE}"
    buttons = [kit.button("Approve", "v1.escalation.approve"), kit.button("Reject", "v1.escalation.reject")]
    blocks = [HEADER, kit.section(words), {"type": "actions", "elements": buttons}]
    args = {"channel": "C0ESCAL", "text": "Stock of one product ends on Friday", "blocks": blocks} | more
    return str((await slack.api("chat.postMessage", **args))["ts"])


async def test_a_decision_is_shown_once_and_only_by_who_may(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = await escalation(slack)
    place = {"channel": "C0ESCAL", "user": "U0VIEWER"}
    await decide(slack, "U0VIEWER", ts)
    await slack.api("chat.postEphemeral", text="Only an approver can decide this.", **place)
    await decide(slack, "U0APPROVER", ts)
    await slack.api("chat.update", channel="C0ESCAL", ts=ts, text="Approved by the approver", blocks=[HEADER])
    message = slack.workspace.messages.get("C0ESCAL", ts)
    assert message is not None
    message["blocks"] = actions(kit.button("Approve", "v1.escalation.approve"))  # a page that was not reloaded yet
    await decide(slack, "U0CEO", ts)
    await slack.api("chat.postEphemeral", channel="C0ESCAL", user="U0CEO", text="It is already decided.")
    assert await states(slack, 18, 19, 20, 23) == ["pass"] * 4


async def test_a_refusal_that_changes_the_message_fails(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = await escalation(slack)
    await decide(slack, "U0VIEWER", ts)
    await slack.api("chat.postEphemeral", channel="C0ESCAL", user="U0VIEWER", text="Only an approver can decide this.")
    await slack.api("chat.update", channel="C0ESCAL", ts=ts, text="Approved by the viewer", blocks=[HEADER])
    assert await states(slack, 20) == ["fail"]


async def test_a_second_click_that_is_told_nothing_fails(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = await escalation(slack)
    await decide(slack, "U0APPROVER", ts)
    await slack.api("chat.update", channel="C0ESCAL", ts=ts, text="Approved by the approver", blocks=[HEADER])
    message = slack.workspace.messages.get("C0ESCAL", ts)
    assert message is not None
    message["blocks"] = actions(kit.button("Approve", "v1.escalation.approve"))
    await decide(slack, "U0CEO", ts)
    assert await states(slack, 19) == ["fail"]


async def test_a_decision_without_a_trace_fails(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = await escalation(slack)
    await decide(slack, "U0APPROVER", ts)
    await decide(slack, "U0APPROVER", ts, "v1.escalation.reject")
    await escalation(slack, blocks=actions(kit.button("Approve")))
    assert await states(slack, 18, 21, 23) == ["fail"] * 3


async def test_a_rejection_asks_why_in_a_good_modal(slack: kit.Sandbox, app: kit.Listener) -> None:
    await decide(slack, "U0APPROVER", await escalation(slack), "v1.escalation.reject")
    trigger = app.of("block_actions")[0]["payload"]["trigger_id"]
    view = (await slack.api("views.open", trigger_id=trigger, view=kit.modal()))["view"]
    assert await states(slack, 21, 22) == ["pass", "pass"]
    await slack.api("views.update", view_id=view["id"], view=kit.modal())
    assert await states(slack, 22) == ["fail"]


async def test_the_home_must_be_published_when_it_is_opened(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("open_home", user="U0CEO")
    assert await states(slack, 28) == ["fail"]
    await slack.api("views.publish", user_id="U0CEO", view={"type": "home", "blocks": [HEADER]})
    assert await states(slack, 28) == ["pass"]


async def test_what_people_type_must_come_back_inert(slack: kit.Sandbox, app: kit.Listener) -> None:
    await ask(slack, app, "/pulse <!channel>", {"text": "There is no day &lt;!channel&gt;."})
    assert await states(slack, 27) == ["pass"]
    await ask(slack, app, "/pulse <!channel>", {"text": "There is no day <!channel>."})
    assert await states(slack, 27) == ["fail"]


async def test_a_wait_that_was_told_must_be_kept(slack: kit.Sandbox) -> None:
    refused = {"kind": "ratelimited", "method": "chat.postMessage", "retry_after": 5, "n": 1}
    await slack.act("fault", **refused)
    await slack.api("chat.postMessage", **post({}))
    await slack.act("advance_time", seconds=5)
    await slack.api("chat.postMessage", **post({}))
    assert await states(slack, 30) == ["pass"]
    await slack.act("fault", **refused)
    await slack.api("chat.postMessage", **post({}))
    await slack.api("chat.postMessage", **post({}))
    assert await states(slack, 30) == ["fail"]
