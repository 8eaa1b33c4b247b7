"""A person writes, completes, mentions, opens threads and reacts."""

from __future__ import annotations

from playwright.async_api import expect

from tests.sandbox.page.conftest import OpenPage, World


async def test_a_command_is_completed_sent_and_answered_in_private(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    box = page.get_by_test_id("composer-box")
    await box.press_sequentially("/p")
    options = page.get_by_role("option")
    await expect(options).to_contain_text(["/pulse", "/plan"])
    await box.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await box.press("ArrowUp")
    await box.press("Enter")
    await expect(box).to_have_value("/pulse ")
    await expect(page.get_by_test_id("main").locator(".composer-hint")).to_contain_text("/pulse [share]")
    await box.press_sequentially("share")
    await box.press("Enter")
    answer = page.locator('[data-ephemeral="true"]')
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("Pulse: 74 of 100")
    (sent,) = await world.sent("/pulse")
    assert sent["request"]["text"] == "share"


async def test_an_unanswered_command_says_so(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    await page.get_by_test_id("composer-box").fill("/nonsense")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-ephemeral="true"]')).to_contain_text("/nonsense is not a valid command")


async def test_a_mention_becomes_an_id_and_is_answered_in_its_thread(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    box = page.get_by_test_id("composer-box")
    await box.press_sequentially("Ask @bra")
    await page.get_by_role("option", name="Operations Brain").click()
    await box.press_sequentially("why?")
    await box.press("Enter")
    await expect(page.locator('[data-mention="user"]')).to_have_text("@brain")
    await page.get_by_test_id("thread-line").click()
    thread = page.get_by_test_id("thread")
    await expect(thread).to_contain_text("Because wholesale grew 12 %.")
    (mention,) = await world.sent("app_mention")
    assert mention["request"]["event"]["text"] == "Ask <@U0BRAIN> why?"


async def test_a_thread_is_opened_replied_to_and_closed_by_keys(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Pulse: 74 of 100")
    page = await open_page("C0PULSE")
    message = page.locator(f'[data-testid="main"] [data-ts="{ts}"]')
    await message.hover()
    await message.get_by_test_id("reply").click()
    box = page.get_by_test_id("thread-composer-box")
    await expect(box).to_be_focused()
    await box.press_sequentially("Good.")
    await box.press("Shift+Enter")
    await box.press_sequentially("Thank you.")
    await box.press("Enter")
    await expect(page.get_by_test_id("thread-messages").get_by_test_id("message")).to_have_count(2)
    await expect(page.get_by_test_id("thread-messages")).to_contain_text("Good.\nThank you.")
    await expect(message.get_by_test_id("thread-line")).to_contain_text("1 reply")
    assert page.url.endswith(f"#/C0PULSE/{ts}")
    await box.press("Escape")
    await expect(page.get_by_test_id("thread")).to_be_hidden()


async def test_a_permalink_leads_to_its_message(world: World, open_page: OpenPage) -> None:
    first = await world.post("C0SALES", "The first of many")
    for number in range(30):
        await world.post("C0SALES", f"Line {number}")
    page = await open_page("C0PULSE")
    link = await world.bot.chat_getPermalink(channel="C0SALES", message_ts=first)
    path = str(link["permalink"]).split("/archives/")[1]
    await page.goto(f"{world.url}/archives/{path}")
    await expect(page.locator(f'[data-ts="{first}"]')).to_be_in_viewport()
    await expect(page).to_have_title("#ops-sales · Sandbox Company")


async def test_a_reaction_is_added_and_taken_back(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Pulse: 74 of 100")
    page = await open_page("C0PULSE")
    message = page.locator(f'[data-ts="{ts}"]')
    await message.hover()
    await message.get_by_test_id("react").click()
    await page.get_by_role("menuitem", name="eyes").click()
    reaction = message.locator('[data-reaction="eyes"]')
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_have_count(0)


async def test_another_channel_counts_what_is_unread(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0PULSE")
    await world.post("C0SALES", "Two leads went cold")
    row = page.get_by_test_id("channel-ops-sales")
    await expect(row.locator(".side-count")).to_have_text("1")
    await row.click()
    await expect(page.get_by_test_id("message")).to_contain_text(["Two leads went cold"])
    await expect(row.locator(".side-count")).to_have_count(0)


async def test_only_the_one_addressed_sees_an_ephemeral_message(world: World, open_page: OpenPage) -> None:
    await world.bot.chat_postEphemeral(channel="C0PULSE", user="U0APPROVER", text="Only for the approver")
    page = await open_page("C0PULSE")
    await expect(page.get_by_test_id("message")).to_have_count(0)
    await page.get_by_test_id("act-as").click()
    await page.get_by_test_id("act-as-approver").click()
    await expect(page.locator('[data-ephemeral="true"]')).to_contain_text("Only for the approver")
    await expect(page.get_by_test_id("act-as")).to_contain_text("Operations lead")
    await page.get_by_test_id("app-messages").click()
    await page.get_by_test_id("composer-box").fill("hello")
    async with page.expect_response("**/_sandbox/message"):
        await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("message")).to_contain_text(["hello"])
    assert [entry["user"] for entry in await world.sent("message.im")] == ["U0APPROVER"]
    assert page.url.endswith("#/D0APPROVER")
