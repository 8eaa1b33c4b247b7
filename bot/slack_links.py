"""Keeps the links to Slack alive: opens the new line before the old is closed, and never storms."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot import slack_api
from bot.slack_socket import Line, Link

LONGEST_PAUSE_S = 60.0
YOUNG_S = 5.0
"""A line that is asked to leave sooner than this counts towards a storm."""
SETTLED_S = 60.0
MOST_LEAVING = 2
LINGER_S = {"refresh_requested": 5.0, "warning": 5.0}
FIRST_LINE_S = 10.0
GHOSTS_AFTER_S = 600.0
REBUILD_AFTER = 3
FIRST_PAUSE_S = {"too_many_websockets": 4.0, "link_disabled": 8.0, "refused": 8.0}
AT_ONCE = frozenset({"start", "refresh_requested", "warning", "silent", "deaf", "asked"})
CLOSE_FIRST = frozenset({"too_many_websockets", "link_disabled"})
POLITE = frozenset({"refresh_requested", "warning"})
"""Slack closes the line itself some ten seconds after it asked: the new one must stand by then."""
LONGEST_POLITE_S = 4.0
OPEN_FAILED = (aiohttp.ClientError, ConnectionError, TimeoutError, SlackApiError, OSError, ValueError, TypeError)

log = structlog.get_logger()


class Openings:
    """At most so many openings a minute over all links: few after a failure, more when Slack itself asks for them."""

    def __init__(self, calm: int = 8, asked: int = 40) -> None:
        self._most = {False: calm, True: asked}
        self._times: dict[bool, deque[float]] = {False: deque(), True: deque()}

    def wait(self, now: float, reason: str) -> float:
        """Seconds until one more may be opened for this reason."""
        times = self._times[reason in AT_ONCE]
        while times and now - times[0] > 60:
            times.popleft()
        most = self._most[reason in AT_ONCE]
        return 60 - (now - times[-most]) if len(times) >= most else 0.0

    def count(self, now: float, reason: str) -> None:
        """One more was opened."""
        self._times[reason in AT_ONCE].append(now)


def pause(reason: str, streak: int, chance: random.Random) -> float:
    """Seconds to wait before the next opening: full jitter, growing with the streak of short or failed lines."""
    if reason in AT_ONCE and streak <= 3:
        return 0.0
    if reason in FIRST_PAUSE_S:
        base = min(LONGEST_PAUSE_S, FIRST_PAUSE_S[reason] * 2 ** min(streak, 6))
        return chance.uniform(base / 2, base)
    ceiling: float = min(LONGEST_POLITE_S if reason in POLITE else LONGEST_PAUSE_S, 0.5 * 2 ** min(streak, 8))
    return chance.uniform(0, ceiling)


class Keeper:
    """Looks after one link for as long as the process lives."""

    def __init__(self, link: Link, openings: Openings, chance: random.Random) -> None:
        self.link = link
        self._openings = openings
        self._chance = chance
        self._streak = 0
        self._asked = 0
        self._closing: set[asyncio.Task[None]] = set()
        self.begun_at: float | None = None
        self.error = ""
        self.opened = 0
        self.others = 0
        self.url: str | None = None

    async def run(self, delay: float) -> None:
        """Keep the link connected; `delay` staggers it behind the others."""
        await asyncio.sleep(delay)
        self.begun_at = self.link.now()
        while not self.link.closed:
            reason = self.link.reason or "closed"
            await self._step_back(reason)
            if await self._renew(reason):
                await self._watch()
                self._judge()

    async def _step_back(self, reason: str) -> None:
        if reason in CLOSE_FIRST and self.link.line is not None:
            self._close_later(self.link.line, 0)
        now = self.link.now()
        streak = self._asked if reason in POLITE else self._streak
        seconds = max(pause(reason, streak, self._chance), self._openings.wait(now, reason))
        if seconds:
            log.info("slack.link_waits", link=self.link.name, reason=reason, seconds=round(seconds, 1))
            await asyncio.sleep(seconds)

    async def _renew(self, reason: str) -> bool:
        """Open a new line and only then let the old one go; False when it could not be opened."""
        self._openings.count(self.link.now(), reason)
        try:
            url, self.url = self.url, None
            line = await self.link.open_line(url or await self._ticket())
        except OPEN_FAILED as error:
            await self._not_opened(error)
            return False
        self.opened += 1
        self.error, self.others = "", line.others
        log.info("slack.link_open", link=self.link.name, reason=reason, num_connections=line.others)
        old = self.link.swap(line)
        if old is not None:
            self._close_later(old, LINGER_S.get(reason, 1.0))
        while len(self.link.leaving) > MOST_LEAVING:
            self._close_later(self.link.leaving.pop(0), 0)
        return True

    async def _ticket(self) -> str:
        """A fresh address: a ticket serves for one handshake, used or not."""
        answer: Any = await self.link.web_client.apps_connections_open(app_token=self.link.app_token)
        return str(answer["url"])

    async def _not_opened(self, error: Exception) -> None:
        self._streak += 1
        self.error = type(error).__name__
        self.link.reason = "closed"
        if isinstance(error, SlackApiError):
            self.error = slack_api.error_of(error)
            self.link.reason = "refused"
            if self.error == "ratelimited":
                await asyncio.sleep(float(error.response.headers.get("Retry-After", "30")))
        log.warning("slack.link_not_opened", link=self.link.name, error=self.error, streak=self._streak)
        if self._streak % REBUILD_AFTER == 0 and not self.link.closed:
            await self.link.aiohttp_client_session.close()  # the next opening builds a new one

    async def _watch(self) -> None:
        """Ping until the line has to be replaced."""
        while not self.link.needs_new.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self.link.ping_interval):
                    await self.link.needs_new.wait()
                    return
            await self.link.ping()
            if self._streak and self.link.line and self.link.now() - self.link.line.opened_at > SETTLED_S:
                self._streak = 0

    def _judge(self) -> None:
        """A line that did not live long makes the next pause longer."""
        line = self.link.line
        age = self.link.now() - line.opened_at if line else 0.0
        if self.link.reason in POLITE:
            self._asked = self._asked + 1 if age < YOUNG_S else 0
        else:
            self._streak = self._streak + 1 if age < SETTLED_S else 0
        log.info("slack.link_replaced", link=self.link.name, reason=self.link.reason, lived=round(age, 1))

    def _close_later(self, line: Line, seconds: float) -> None:
        async def close() -> None:
            await asyncio.sleep(seconds)
            await line.close()

        task = asyncio.create_task(close(), name="slack-goodbye")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Say goodbye on every line, within a bound."""
        with suppress(TimeoutError):
            async with asyncio.timeout(6.0):
                await self.link.close()
        for task in self._closing:
            task.cancel()


class Links:
    """All links of this process; they open one after the other so that their ends are apart too."""

    def __init__(self, links: Sequence[Link], *, stagger: float, chance: random.Random) -> None:
        openings = Openings()
        self.keepers = [Keeper(link, openings, chance) for link in links]
        self._stagger = stagger
        self._tasks: list[asyncio.Task[None]] = []
        self._ghosts_since: float | None = None

    def start(self, url: str | None = None) -> None:
        """Begin; `url` is an address that was opened already and would go to waste."""
        self.keepers[0].url = url
        for number, keeper in enumerate(self.keepers):
            keeper.link.reason = "start"
            task = asyncio.create_task(keeper.run(number * self._stagger), name=f"slack-keeper-{number}")
            self._tasks.append(task)

    async def stop(self) -> None:
        """Close every line with a close frame; nothing is taken in after this."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(keeper.close() for keeper in self.keepers))

    def failed(self) -> BaseException | None:
        """What ended a keeper, which must not happen."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled()]
        return next((task.exception() for task in ended if task.exception() is not None), None)

    def own(self) -> int:
        """How many lines this process has open."""
        return sum(
            (keeper.link.line is not None and keeper.link.line.open) + len(keeper.link.leaving)
            for keeper in self.keepers
        )

    def ghosts(self, now: float) -> int:
        """Connections Slack counts beyond ours for ten minutes or more: payloads may go to them and vanish."""
        newest = max(self.keepers, key=lambda keeper: keeper.link.line.opened_at if keeper.link.line else 0.0)
        extra = newest.others - self.own()
        if extra <= 0:
            self._ghosts_since = None
            return 0
        self._ghosts_since = self._ghosts_since if self._ghosts_since is not None else now
        return extra if now - self._ghosts_since > GHOSTS_AFTER_S else 0

    def wanted(self, now: float) -> int:
        """How many links should be connected by now: those whose turn came a while ago, or that were up before."""
        begun = [one for one in self.keepers if one.begun_at is not None]
        return sum(one.opened > 0 or now - (one.begun_at or now) > FIRST_LINE_S for one in begun)

    def up(self) -> int:
        """How many links are connected."""
        return sum(keeper.link.line is not None and keeper.link.line.open for keeper in self.keepers)
