"""What a page test may ask for: a sandbox, a small app connected to it, one browser, and a fresh page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import manifest as manifests
from sandbox.slack.server import Server
from sandbox.slack.workspace import Options
from tests.sandbox.page.small_app import MANIFEST, build

CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

OpenPage = Callable[..., Awaitable[Page]]


class World:
    """A running sandbox with its small app: what the app says, and what people do elsewhere."""

    def __init__(self, url: str, bot: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.bot = bot
        self._session = session

    async def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """A control verb."""
        async with self._session.post(f"{self.url}/_sandbox/{verb}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def sent(self, name: str) -> list[dict[str, Any]]:
        """The envelopes of one name that were sent to the app, oldest first."""
        async with self._session.get(f"{self.url}/_sandbox/traffic") as response:
            entries: list[dict[str, Any]] = (await response.json())["entries"]
        return [entry for entry in entries if entry["kind"] == "envelope" and entry["name"] == name]

    async def post(self, channel: str, text: str, **fields: Any) -> str:
        """The app posts; answers the message's ts."""
        posted = await self.bot.chat_postMessage(channel=channel, text=text, **fields)
        return str(posted["ts"])


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[World]:
    """The sandbox and the app, started once."""
    server = Server(Options(limits=False, seed=7), manifests.from_dict(MANIFEST))
    url = await server.start()
    bot = AsyncWebClient(token="xoxb-sandbox-bot", base_url=f"{url}/api/")
    web_client = AsyncWebClient(token="xapp-sandbox-app", base_url=f"{url}/api/")
    handler = AsyncSocketModeHandler(build(bot), "xapp-sandbox-app", web_client=web_client)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
    async with aiohttp.ClientSession() as session:
        yield World(url, bot, session)
    await handler.close_async()  # type: ignore[no-untyped-call]  # the same
    await server.stop()


@pytest.fixture
async def world(running: World) -> World:
    """The running sandbox, emptied."""
    await running.do("reset")
    return running


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for the session."""
    binary = shutil.which("chromium")
    assert binary, "These tests need chromium: install the package of your system, as README says."
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=binary, args=CHROMIUM_FLAGS)
        yield started
        await started.close()


class Contexts:
    """One browser context per kind of reader, so that the page's files are fetched once for each."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: dict[str, BrowserContext] = {}

    async def page(self, width: int, **options: Any) -> Page:
        """A new page in the context of these options."""
        key = repr((width, sorted(options.items())))
        if key not in self._kept:
            size: ViewportSize = {"width": width, "height": 900 if width > 500 else 844}
            self._kept[key] = await self._browser.new_context(
                viewport=size, locale="en-GB", reduced_motion="reduce", **options
            )
        return await self._kept[key].new_page()


@pytest.fixture(scope="session")
async def contexts(browser: Browser) -> Contexts:
    """The contexts of this session; they end with their browser."""
    return Contexts(browser)


@pytest.fixture
async def open_page(world: World, contexts: Contexts) -> AsyncIterator[OpenPage]:
    """Opens the page at a place, as a person; any error of its scripts fails the test."""
    pages: list[Page] = []
    faults: list[str] = []

    async def open_at(place: str = "C0PULSE", *, as_user: str = "U0CEO", width: int = 1440, **options: Any) -> Page:
        page = await contexts.page(width, **options)
        pages.append(page)
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{world.url}/?as={as_user}#/{place}")
        await page.wait_for_selector("body[data-ready]")
        return page

    yield open_at
    for page in pages:
        await page.evaluate("localStorage.clear()")
        await page.close()
    assert faults == []
