"""Buttons, confirmations, modals and the App Home."""

from __future__ import annotations

from playwright.async_api import expect

from tests.sandbox.page.conftest import OpenPage, World
from tests.sandbox.page.small_app import DECISION


async def test_a_costly_click_asks_first_and_then_changes_the_message(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0ESCAL", "Approve the reorder?", blocks=DECISION)
    page = await open_page("C0ESCAL", as_user="U0APPROVER")
    message = page.locator(f'[data-ts="{ts}"]')
    approve = message.locator('[data-block-id="decide"] [data-action-id="v1.approve"]')
    await approve.click()
    confirm = page.get_by_test_id("confirm")
    await expect(confirm).to_contain_text("Order 480 pieces?")
    await page.get_by_test_id("confirm-deny").click()
    await expect(confirm).to_have_count(0)
    assert await world.sent("block_actions") == []
    await approve.click()
    await page.get_by_test_id("confirm-yes").click()
    await expect(message).to_contain_text("Approved by @approver")
    await expect(message.locator("button[data-action-id]")).to_have_count(0)


async def test_a_modal_keeps_what_was_typed_while_it_shows_errors(world: World, open_page: OpenPage) -> None:
    await world.post("C0ESCAL", "Approve the reorder?", blocks=DECISION)
    page = await open_page("C0ESCAL", as_user="U0APPROVER")
    await page.locator('[data-action-id="v1.reject"]').click()
    modal = page.get_by_role("dialog", name="Reject the reorder")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal.locator('[data-error-for="reason"]')).to_have_text("Please fill in this field.")
    await expect(modal.locator('[data-error-for="kind"]')).to_be_visible()
    await expect(modal.locator('[data-error-for="tell"]')).to_be_hidden()
    await modal.get_by_label("Reason").fill("No")
    await modal.get_by_label("Kind").select_option(label="Wrong time")
    await modal.get_by_label("Sales").check()
    await page.get_by_test_id("modal-submit").click()
    await expect(modal.locator('[data-error-for="reason"]')).to_have_text("Please write more than one word.")
    await expect(modal.get_by_label("Reason")).to_have_value("No")
    await modal.get_by_label("Reason").fill("Ordered by telephone")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal).to_have_count(0)
    said = page.get_by_test_id("message").last
    await expect(said).to_contain_text("U0APPROVER rejected: Ordered by telephone (time, ['sales'])")


async def test_what_was_typed_survives_a_covering_modal_and_an_update(world: World, open_page: OpenPage) -> None:
    await world.post("C0ESCAL", "Approve the reorder?", blocks=DECISION)
    page = await open_page("C0ESCAL")
    await page.locator('[data-action-id="v1.reject"]').click()
    reason = page.get_by_label("Reason")
    await reason.fill("Ordered by telephone")
    await page.locator('[data-action-id="v1.examples"]').click()
    await expect(page.get_by_role("dialog", name="Examples")).to_be_visible()
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("dialog", name="Reject the reorder")).to_be_visible()
    await expect(reason).to_have_value("Ordered by telephone")
    await page.locator('[data-action-id="v1.shorter"]').click()
    await expect(page.get_by_role("dialog", name="Reject, in short")).to_be_visible()
    await expect(page.locator('[data-block-id="tell"]')).to_have_count(0)
    await expect(reason).to_have_value("Ordered by telephone")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_have_count(0)


async def test_a_message_shortcut_reaches_the_app(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Pulse: 74 of 100")
    page = await open_page("C0PULSE")
    await page.locator(f'[data-ts="{ts}"]').hover()
    await page.get_by_test_id("more").click()
    await page.get_by_test_id("shortcut-task").focus()
    async with page.expect_response("**/_sandbox/shortcut") as sent:
        await page.keyboard.press("Enter")
    assert (await (await sent.value).json())["acked"] is True
    (shortcut,) = await world.sent("message_action")
    assert (shortcut["request"]["callback_id"], shortcut["request"]["message"]["ts"]) == ("task", ts)


async def test_the_home_is_each_persons_own(world: World, open_page: OpenPage) -> None:
    page = await open_page("home")
    home = page.get_by_test_id("home")
    await expect(home).to_contain_text("Waiting for @ceo: nothing")
    await page.get_by_test_id("act-as").click()
    await page.get_by_test_id("act-as-viewer").click()
    await expect(home).to_contain_text("Waiting for @viewer: nothing")
    async with page.expect_response("**/_sandbox/click") as pressed:
        await home.locator('[data-action-id="v1.look"]').click()
    assert (await (await pressed.value).json())["acked"] is True
    await page.get_by_test_id("tab-messages").click()
    await expect(page.get_by_test_id("composer-box")).to_be_visible()
    assert page.url.endswith("#/D0VIEWER")
