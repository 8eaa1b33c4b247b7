"""The drawer behind the scenes, the themes, and the page on a phone."""

from __future__ import annotations

import json
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.sandbox.page.conftest import OpenPage, World
from tests.sandbox.page.small_app import DECISION
from tests.sandbox.page.test_drawing import PULSE


def answering(body: dict[str, Any]) -> Any:
    """A route that answers this body."""

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="application/json", body=json.dumps(body))

    return answer


async def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def test_the_traffic_lists_calls_and_opens_their_json(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    await page.get_by_test_id("open-traffic").click()
    await world.post("C0PULSE", "Pulse: 74 of 100")
    row = page.locator('[data-testid="traffic-row"][data-name="chat.postMessage"]').first
    await expect(row).to_contain_text("ms")
    await row.get_by_role("button").first.click()
    await expect(row.get_by_label("Request", exact=True)).to_contain_text("Pulse: 74 of 100")
    await page.get_by_test_id("filter-envelopes").click()
    await expect(row).to_have_count(0)
    await page.get_by_test_id("drawer-close").click()
    await expect(page.get_by_test_id("drawer")).to_be_hidden()


async def test_a_broken_rule_is_red_and_counted(open_page: OpenPage, world: World) -> None:
    page = await open_page("C0PULSE")
    entry = {
        "seq": 1, "at": 1_772_694_000, "kind": "api", "name": "chat.postMessage", "ok": True, "error": None, "ms": 1.5,
        "ack_ms": None, "acked": None, "user": "", "channel": "C0PULSE", "key": "", "summary": "chat.postMessage hi",
        "request": {"text": "hi"}, "response": {"ok": True}, "violations": [{"point": 10, "text": "no conclusion"}],
    }  # fmt: skip
    await page.route("**/_sandbox/traffic*", answering({"entries": [entry], "next": 1, "last": 1}))
    await page.reload()
    await page.get_by_test_id("ack-pill").click()
    await page.get_by_test_id("filter-wrong").click()
    await expect(page.get_by_test_id("traffic-row")).to_contain_text(["Point 10 no conclusion"])
    await expect(page.get_by_test_id("ack-pill")).to_have_text("1 broken rule")


async def test_the_points_show_failures_first_with_their_evidence(open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    states = ["pass", "fail", "not seen"]
    points = [
        {"number": n, "name": f"Rule {n}", "state": states[n % 3], "evidence": [f"saw {n}"]} for n in range(1, 31)
    ]
    await page.route("**/_sandbox/checks", answering({"points": points, "failed": 10}))
    await page.get_by_test_id("open-checks").click()
    await expect(page.get_by_test_id("check")).to_have_count(30)
    await expect(page.get_by_test_id("check").first).to_have_attribute("data-state", "fail")
    await expect(page.get_by_test_id("check").first).to_contain_text("saw 1")
    await expect(page.get_by_test_id("check-tally")).to_have_text("10 passed · 10 failed · 10 not seen yet")


async def test_a_fault_is_armed_and_cleared(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    await page.get_by_test_id("open-faults").click()
    duplicate = page.get_by_test_id("fault-duplicate_envelope")
    await duplicate.click()
    await expect(duplicate).to_contain_text("armed now")
    await page.get_by_test_id("fault-clear").click()
    await expect(page.get_by_test_id("faults")).to_contain_text("Nothing waits to go wrong.")


async def test_the_theme_follows_the_system_until_it_is_chosen(open_page: OpenPage) -> None:
    page = await open_page("C0PULSE", color_scheme="dark")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.get_by_test_id("theme").click()
    await expect(root).to_have_attribute("data-theme", "light")
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "light")


async def test_on_a_phone_nothing_scrolls_sideways(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Pulse: 74 of 100", blocks=[*PULSE, *DECISION])
    await world.post("C0PULSE", "one" + "-and-on" * 60, thread_ts=ts)
    page = await open_page("", width=390, has_touch=True, is_mobile=True)
    await expect(page.get_by_test_id("main")).to_be_hidden()
    assert await overflow(page) == 0
    await page.get_by_test_id("channel-ops-pulse").tap()
    await expect(page.get_by_test_id("message")).to_be_visible()
    await expect(page.get_by_test_id("sidebar")).to_be_hidden()
    assert await overflow(page) == 0
    await page.get_by_test_id("thread-line").tap()
    await expect(page.get_by_test_id("thread-messages")).to_contain_text("-and-on")
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Back", exact=True).tap()
    await page.get_by_test_id("open-traffic").tap()
    await expect(page.get_by_test_id("traffic-row").first).to_be_visible()
    assert await overflow(page) == 0
    await page.get_by_test_id("drawer-close").tap()
    await page.get_by_test_id("back").tap()
    await expect(page.get_by_test_id("sidebar")).to_be_visible()
