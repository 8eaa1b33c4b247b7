"""Modals and the App Home: triggers, stacks, hashes, submissions."""

from __future__ import annotations

from typing import Any

from tests.sandbox.slack import kit


async def trigger(slack: kit.Sandbox, app: kit.Listener) -> str:
    await slack.act("shortcut", user="U0CEO", callback_id="v1.ask")
    return str(app.envelopes[-1]["payload"]["trigger_id"])


async def opened(slack: kit.Sandbox, app: kit.Listener, **more: Any) -> dict[str, Any]:
    answer = await slack.api("views.open", trigger_id=await trigger(slack, app), view=kit.modal(**more))
    assert answer["ok"], answer
    view: dict[str, Any] = answer["view"]
    return view


async def stack(slack: kit.Sandbox) -> list[str]:
    return [view["title"]["text"] for view in (await slack.read("views/U0CEO"))["modals"]]


def titled(text: str) -> dict[str, Any]:
    return {"title": {"type": "plain_text", "text": text}}


async def test_a_trigger_is_good_once_and_for_three_seconds(slack: kit.Sandbox, app: kit.Listener) -> None:
    used = await trigger(slack, app)
    assert (await slack.api("views.open", trigger_id=used, view=kit.modal()))["ok"]
    assert (await slack.api("views.open", trigger_id=used, view=kit.modal()))["error"] == "exchanged_trigger_id"
    late = await trigger(slack, app)
    await slack.act("advance_time", seconds=4)
    assert (await slack.api("views.open", trigger_id=late, view=kit.modal()))["error"] == "expired_trigger_id"
    assert (await slack.api("views.open", trigger_id="1.2.3", view=kit.modal()))["error"] == "invalid_trigger_id"


async def test_a_stack_holds_three_modals(slack: kit.Sandbox, app: kit.Listener) -> None:
    await opened(slack, app, **titled("one"))
    for name in ("two", "three"):
        assert (await slack.api("views.push", trigger_id=await trigger(slack, app), view=kit.modal(**titled(name))))[
            "ok"
        ]
    assert await stack(slack) == ["one", "two", "three"]
    fourth = await slack.api("views.push", trigger_id=await trigger(slack, app), view=kit.modal())
    assert fourth["error"] == "push_limit_reached"


async def test_a_stale_hash_is_refused(slack: kit.Sandbox, app: kit.Listener) -> None:
    view = await opened(slack, app)
    first = await slack.api("views.update", view_id=view["id"], hash=view["hash"], view=kit.modal(**titled("new")))
    assert first["view"]["id"] == view["id"]
    stale = await slack.api("views.update", view_id=view["id"], hash=view["hash"], view=kit.modal())
    assert stale["error"] == "hash_conflict"
    assert (await slack.api("views.update", view_id="V0NONE", view=kit.modal()))["error"] == "not_found"


async def test_a_bad_view_is_refused(slack: kit.Sandbox, app: kit.Listener) -> None:
    long = await slack.api("views.open", trigger_id=await trigger(slack, app), view=kit.modal(**titled("x" * 25)))
    assert long["error"] == "invalid_arguments"
    assert "/view/title" in long["response_metadata"]["messages"][0]
    unsent = kit.modal()
    del unsent["submit"]
    assert (await slack.api("views.open", trigger_id="1.2.3", view=unsent))["error"] == "invalid_arguments"
    huge = kit.modal(blocks=[kit.section("x" * 2900)] * 100)
    assert (await slack.api("views.open", trigger_id="1.2.3", view=huge))["error"] == "view_too_large"


async def test_the_client_refuses_an_empty_required_field_itself(slack: kit.Sandbox, app: kit.Listener) -> None:
    view = await opened(slack, app)
    answer = await slack.act("submit", user="U0CEO", view_id=view["id"], values={})
    assert answer["errors"] == {"reason": "This is a required field."}
    assert app.of("view_submission") == []


async def test_errors_keep_the_modal_open_and_success_closes_it(slack: kit.Sandbox, app: kit.Listener) -> None:
    view = await opened(slack, app, private_metadata="escalation:7")
    app.reply = lambda _envelope: {"response_action": "errors", "errors": {"reason": "Say more."}}
    short = await slack.act("submit", user="U0CEO", view_id=view["id"], values={"reason": {"text": "no"}})
    assert short["errors"] == {"reason": "Say more."}
    assert len(await stack(slack)) == 1
    app.reply = lambda _envelope: None
    done = await slack.act("submit", user="U0CEO", view_id=view["id"], values={"reason": {"text": "Too dear"}})
    assert (done["acked"], done["errors"], await stack(slack)) == (True, None, [])
    sent = app.of("view_submission")[-1]["payload"]
    assert sent["view"]["state"]["values"]["reason"]["text"] == {"type": "plain_text_input", "value": "Too dear"}
    assert (sent["view"]["private_metadata"], sent["response_urls"]) == ("escalation:7", [])
    assert "response_url" not in sent


async def test_an_answer_may_update_push_or_clear(slack: kit.Sandbox, app: kit.Listener) -> None:
    view = await opened(slack, app)
    values = {"reason": {"text": "because"}}
    app.reply = lambda _envelope: {"response_action": "update", "view": kit.modal(**titled("updated"))}
    await slack.act("submit", user="U0CEO", view_id=view["id"], values=values)
    assert await stack(slack) == ["updated"]
    app.reply = lambda _envelope: {"response_action": "push", "view": kit.modal(**titled("pushed"))}
    await slack.act("submit", user="U0CEO", view_id=view["id"], values=values)
    assert await stack(slack) == ["updated", "pushed"]
    app.reply = lambda _envelope: {"response_action": "clear"}
    await slack.act("submit", user="U0CEO", view_id=view["id"], values=values)
    assert await stack(slack) == []


async def test_closing_is_told_only_when_asked_for(slack: kit.Sandbox, app: kit.Listener) -> None:
    quiet = await opened(slack, app)
    await slack.act("close", user="U0CEO", view_id=quiet["id"])
    assert app.of("view_closed") == []
    told = await opened(slack, app, notify_on_close=True)
    await slack.act("close", user="U0CEO", view_id=told["id"])
    assert app.of("view_closed")[0]["payload"]["view"]["id"] == told["id"]


async def test_nobody_submits_somebody_elses_modal(slack: kit.Sandbox, app: kit.Listener) -> None:
    view = await opened(slack, app)
    assert "error" in await slack.act("submit", user="U0ADMIN", view_id=view["id"], values={})


async def test_the_home_is_published_and_pressed(slack: kit.Sandbox, app: kit.Listener) -> None:
    await slack.act("open_home", user="U0CEO")
    event = app.events("app_home_opened")[0]["payload"]["event"]
    assert (event["user"], event["tab"], event["channel"]) == ("U0CEO", "home", "D0CEO")
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [kit.button("Refresh")]}]}
    view = (await slack.api("views.publish", user_id="U0CEO", view=home))["view"]
    assert (await slack.api("views.publish", user_id="U0CEO", view=home, hash="old"))["error"] == "hash_conflict"
    pressed = await slack.act("click", user="U0CEO", home=True, action_id="v1.thing.do")
    assert pressed["acked"]
    payload = app.of("block_actions")[0]["payload"]
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    await slack.act("open_home", user="U0CEO")
    assert app.events("app_home_opened")[-1]["payload"]["event"]["view"]["id"] == view["id"]


async def test_a_choice_arrives_with_its_option(slack: kit.Sandbox, app: kit.Listener) -> None:
    menu = {
        "type": "static_select",
        "action_id": "v1.pick",
        "options": [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Low", "High")],
    }
    blocks = [kit.section("Pick") | {"accessory": menu, "block_id": "b"}]
    ts = (await slack.api("chat.postMessage", channel="C0PULSE", text="Pick", blocks=blocks))["ts"]
    await slack.act("click", user="U0CEO", channel="C0PULSE", message_ts=ts, action_id="v1.pick", selected="high")
    action = app.of("block_actions")[0]["payload"]["actions"][0]
    assert action["selected_option"]["text"]["text"] == "High"


async def test_an_external_menu_asks_for_its_options(slack: kit.Sandbox, app: kit.Listener) -> None:
    menu = {"type": "external_select", "action_id": "v1.sku"}
    blocks = [kit.section("Pick") | {"accessory": menu}]
    ts = (await slack.api("chat.postMessage", channel="C0PULSE", text="Pick", blocks=blocks))["ts"]
    app.reply = lambda _envelope: {"options": [{"text": {"type": "plain_text", "text": "Lamp"}, "value": "85123A"}]}
    place = {"channel": "C0PULSE", "message_ts": ts, "action_id": "v1.sku"}
    found = await slack.act("suggest", user="U0CEO", value="la", **place)
    assert found["options"][0]["value"] == "85123A"
    assert app.of("block_suggestion")[0]["payload"]["value"] == "la"


async def test_a_message_shortcut_carries_the_message(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = (await slack.act("message", user="U0CEO", channel="C0PULSE", text="look"))["ts"]
    await slack.act("shortcut", user="U0CEO", callback_id="v1.task", channel="C0PULSE", message_ts=ts)
    payload = app.of("message_action")[0]["payload"]
    assert (payload["message"]["text"], payload["callback_id"]) == ("look", "v1.task")


async def test_a_reaction_is_an_event(slack: kit.Sandbox, app: kit.Listener) -> None:
    ts = (await slack.act("message", user="U0CEO", channel="C0PULSE", text="look"))["ts"]
    await slack.act("react", user="U0CEO", channel="C0PULSE", ts=ts, name="eyes")
    await slack.act("react", user="U0CEO", channel="C0PULSE", ts=ts, name="eyes")
    words = [e["payload"]["event"]["type"] for e in app.of("events_api")][-2:]
    assert words == ["reaction_added", "reaction_removed"]
