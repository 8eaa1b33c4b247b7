"""The page draws blocks, text, dates and emoji as a person expects them, and nothing else."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.sandbox.page.conftest import OpenPage, World


def mrkdwn(text: str) -> dict[str, str]:
    """A mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def row(*cells: str) -> list[dict[str, str]]:
    """One row of a table block."""
    return [{"type": "raw_text", "text": cell} for cell in cells]


LOGISTICS = ":warning: *Logistics* needs _attention_, see <https://example.com/a_b|the list> and <#C0LOGIS>"
AS_OF = "As of <!date^1772694000^{date_num} {time}|2026-03-05 07:00 UTC>"
PULSE: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Pulse: 74 of 100"}},
    {"type": "section", "block_id": "parts", "fields": [mrkdwn("*Revenue*\n£412,390"), mrkdwn("*Orders*\n1,204")]},
    {"type": "divider"},
    {"type": "section", "text": mrkdwn(LOGISTICS)},
    {"type": "context", "elements": [mrkdwn(AS_OF)]},
    {"type": "table", "rows": [row("Article", "Days"), row("Cakestand", "6")]},
]


async def render(page: Page, module: str, call: str, *arguments: Any) -> str:
    """The markup a drawing function of the page makes."""
    script = """async ([module, call, args]) => {
        const made = (await import(`/page/${module}.js`))[call](...args);
        const box = document.createElement("div");
        box.append(...made);
        return box.innerHTML;
    }"""
    return str(await page.evaluate(script, [module, call, list(arguments)]))


async def test_a_pulse_is_drawn_block_by_block(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Pulse: 74 of 100", blocks=PULSE)
    page = await open_page("C0PULSE")
    message = page.locator(f'[data-ts="{ts}"]')
    await expect(message.get_by_role("heading", name="Pulse: 74 of 100")).to_be_visible()
    await expect(message.locator('[data-block-id="parts"] .field-cell')).to_have_count(2)
    await expect(message.locator("strong", has_text="Logistics")).to_be_visible()
    await expect(message.locator("em")).to_have_text("attention")
    await expect(message.get_by_role("link", name="the list")).to_have_attribute("href", "https://example.com/a_b")
    await expect(message.get_by_role("img", name="warning")).to_be_visible()
    await expect(message.locator("table td").last).to_have_text("6")
    await message.locator("[data-channel-link]").click()
    await expect(page.get_by_test_id("title")).to_have_text("ops-logistics")


async def test_a_time_is_shown_in_the_readers_zone(world: World, open_page: OpenPage) -> None:
    await world.post("C0PULSE", "Pulse: 74 of 100", blocks=PULSE)
    page = await open_page("C0PULSE", timezone_id="America/New_York")
    shown = page.locator("time[data-fallback]")
    await expect(shown).to_have_text("2026-03-05 02:00")
    await expect(shown).to_have_attribute("title", "2026-03-05 07:00 UTC")


async def test_each_kind_of_text_keeps_its_own_rules_and_an_unknown_block_says_what_it_is(open_page: OpenPage) -> None:
    page = await open_page()
    drawn = await render(page, "blocks", "renderBlocks", [{"type": "hologram"}, {"type": "divider"}], {"fields": {}})
    assert "unsupported block: hologram" in drawn
    assert "<hr>" in drawn
    typed = "*b* _i_ ~s~ `*c*` 2*3*4 snake_case_name\n> said\n• one\n```x\n  y```"
    slack = await render(page, "mrkdwn", "mrkdwn", typed)
    assert "<strong>b</strong> <em>i</em> <s>s</s> <code>*c*</code> 2*3*4 snake_case_name" in slack
    assert "<blockquote>" in slack
    assert "<pre>x\n  y</pre>" in slack
    typed = "# Head\n**b** *i* ~~s~~ [go](https://example.com)\n\n| a | b |\n|:-|-:|\n| 1 | 2 |"
    plain = await render(page, "markdown", "markdown", typed)
    assert 'class="md-h md-h1">Head<' in plain
    assert "<strong>b</strong> <em>i</em> <s>s</s>" in plain
    assert '<td class="align-right">2</td>' in plain


async def test_what_people_type_stays_text(world: World, open_page: OpenPage) -> None:
    page = await open_page("C0GENER")
    typed = '<script>window.hurt = 1</script> <!channel> <img src=x onerror="window.hurt = 2"> &amp;'
    await page.get_by_test_id("composer-box").fill(typed)
    await page.keyboard.press("Enter")
    message = page.get_by_test_id("message").last
    await expect(message.locator(".message-body")).to_have_text(typed)
    await expect(message.locator("[data-mention], script, img")).to_have_count(0)
    assert await page.evaluate("window.hurt") is None


async def test_what_the_app_posts_cannot_run(world: World, open_page: OpenPage) -> None:
    evil = "<script>window.hurt = 1</script> &lt;!channel&gt; <javascript:alert(1)|press>"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": evil}}
    ts = await world.post("C0PULSE", evil, blocks=[block], username="<b>x</b>")
    page = await open_page("C0PULSE")
    message = page.locator(f'[data-ts="{ts}"]')
    await expect(message.locator(".author")).to_have_text("<b>x</b>")
    await expect(message.locator(".message-body")).to_contain_text("<script>window.hurt = 1</script> <!channel>")
    await expect(message.locator("script, a, [data-mention]")).to_have_count(0)
    assert await page.evaluate("window.hurt") is None


async def test_a_changed_message_changes_in_place(world: World, open_page: OpenPage) -> None:
    ts = await world.post("C0PULSE", "Reading the sources")
    page = await open_page("C0PULSE")
    await expect(page.get_by_test_id("message")).to_contain_text(["Reading the sources"])
    await world.bot.chat_update(channel="C0PULSE", ts=ts, text="All sources read")
    await expect(page.get_by_test_id("message")).to_contain_text(["All sources read"])
    await world.bot.chat_delete(channel="C0PULSE", ts=ts)
    await expect(page.get_by_test_id("message")).to_have_count(0)
