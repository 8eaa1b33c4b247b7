"""Socket Mode in, messages out: everything of Slack in one process, from preflight to the last goodbye."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import structlog

from bot import slack_api, slack_app, slack_asks, slack_forgotten, slack_preflight, slack_verdict
from bot.settings import Settings
from bot.slack_directory import Directory
from bot.slack_dispatch import Dispatch, Work
from bot.slack_envelope import Envelope
from bot.slack_intake import Intake
from bot.slack_links import Links
from bot.slack_outbox import Sender
from bot.slack_post import Bucket, Poster
from bot.slack_preflight import Passed, Tokens
from bot.slack_presence import Presence
from bot.slack_probe import Probe
from bot.slack_socket import InboxHandler, Link
from domain.kernel.errors import SystemicError
from domain.kernel.ports import Ops
from domain.watch import executors
from handlers import guard, manifest
from handlers.menu import MENU
from handlers.surface import Answer, Ask, Surface
from models.wire import LOST

DIRECTORY_S = 3_600.0
REFRESH_S = 120.0
DRAIN_S = 5.0
TOKEN_S = 60.0
"""How often the token is tried."""

log = structlog.get_logger()


async def run(ops: Ops, found: Settings, stop: asyncio.Event, *, menu: Sequence[Surface] = MENU) -> None:
    """Be in Slack until `stop` is set, then leave in good order. RefusedError when a token is wrong."""
    async with slack_api.session() as pool:
        slack = await _unless(stop, opened(ops, found, menu, pool))
        if slack is not None:
            async with executors.alive(ops, "bot", slack.status):
                await slack.run(stop)


async def _unless(stop: asyncio.Event, opening: Coroutine[Any, Any, Slack]) -> Slack | None:
    """What `opening` gives; None as soon as `stop` is set, for it may wait for Slack without end."""
    ending, task = asyncio.create_task(stop.wait()), asyncio.create_task(opening)
    try:
        await asyncio.wait({ending, task}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        ending.cancel()
        task.cancel()
        await asyncio.gather(ending, task, return_exceptions=True)


async def opened(ops: Ops, found: Settings, menu: Sequence[Surface], pool: aiohttp.ClientSession) -> Slack:
    """Everything built and both tokens tried; nothing runs yet. RefusedError when a token is wrong."""
    tokens = slack_preflight.tokens(found)
    bot = slack_api.client(tokens.bot, found.slack_api_url, pool)
    app = slack_api.client(tokens.app, found.slack_api_url, pool)
    passed = await slack_preflight.check(bot, app)
    return Slack(ops, menu, (bot, app), (tokens, passed), pool)


def owner_number(boot_id: str) -> int:
    """The number of this boot in the inbox."""
    return int.from_bytes(hashlib.sha256(boot_id.encode()).digest()[:4]) >> 1


class Slack:
    """The parts, wired; `status()` tells how they are."""

    def __init__(
        self,
        ops: Ops,
        menu: Sequence[Surface],
        apis: tuple[Any, Any],
        passed: tuple[Tokens, Passed],
        pool: aiohttp.ClientSession,
    ) -> None:
        (self._bot, app_api), (tokens, self.passed), chance = apis, passed, random.Random()  # noqa: S311 - jitter
        self.directory = Directory(self._bot, ops.db, self.passed.identity.team_id, ops.policy)
        self._ops = ops = replace(ops, people=self.directory)
        self._menu = menu
        poster = Poster(self._bot, pool, self.directory, Bucket(ops.policy.slack.posts_per_second))
        poster.voices = {one.key: one for one in ops.departments}
        self.sender = Sender(ops.db, poster, chance)
        owner = owner_number(ops.boot_id)
        self.intake = Intake(ops.db, owner, self.passed.identity.user_id)
        app = slack_app.build(ops, menu, self._bot, self.passed.identity, self._resolve)
        self.dispatch = Dispatch(app, ops.db, owner)
        links = [Link(name, tokens.app, app_api) for name in "abcd"[: ops.policy.slack.connections]]
        self.handlers = [InboxHandler(app, link, self.intake.accept) for link in links]
        self.links = Links(links, stagger=ops.policy.slack.stagger_seconds, chance=chance)
        self.probe = Probe(ops, self._bot, links)
        self.presence = Presence(ops.db, owner, bell=self.sender.bell, leads=self.sender.leads)
        self.token_s = TOKEN_S
        self._rates = guard.Rates(ops.policy.slack.commands_per_minute)
        self._join(pool)

    def _join(self, pool: aiohttp.ClientSession) -> None:
        """Let the parts know of each other."""

        async def whisper(url: str, text: str) -> None:
            body = {"response_type": "ephemeral", "replace_original": False, "text": text}
            with suppress(*slack_verdict.FAILED):
                async with pool.post(url, json=body, proxy=self._bot.proxy):
                    pass

        self.intake.limit = self._limit
        self.intake.work = self.dispatch.submit
        self.intake.echo = self.probe.echo
        self.intake.whisper = whisper
        self.intake.turn_away = self._turn_away
        self.dispatch.quiet = self.intake.quiet
        self.dispatch.settle = self.intake.settle
        self.dispatch.give_up = self._give_up
        self.presence.on_lead = self.sender.adopt
        self.presence.on_connect = self.dispatch.sweep_soon

    def _limit(self, envelope: Envelope) -> str | None:
        """Talk among people in threads is nobody's asking."""
        if envelope.kind not in ("command", "action", "event") or not envelope.user or envelope.talk:
            return None
        return self._rates.refuse(envelope.user, asyncio.get_running_loop().time())

    async def _turn_away(self, envelope: Envelope, text: str) -> None:
        """Who asks too often in words is told once; a page that is opened too often says nothing."""
        ask = slack_asks.read(Work(envelope.key, envelope.kind, envelope.payload, datetime.now(UTC)), envelope.payload)
        if ask.thread_ts and self._rates.tell(envelope.user, asyncio.get_running_loop().time()):
            with suppress(*LOST):
                await guard.turn_away(self._ops, ask, text)

    async def _resolve(self, ask: Ask) -> Ask:
        """Add who asks, whether another company reads the channel, and whether the bot may speak there."""
        now = asyncio.get_running_loop().time()
        person = await self.directory.person(ask.person.id, now)
        outside, absent = ask.shared_outside, False
        if ask.channel and not outside:
            try:
                place = await self.directory.place(ask.channel, now)
                outside = place is not None and place.is_shared_outside
                absent = place is None or not place.is_member
            except slack_verdict.FAILED as error:  # what cannot be checked is not shared
                word = slack_verdict.of(error).word
                absent = word == "channel_not_found" and ask.kind != "event"
                outside = not (absent or ask.channel.startswith("D"))
                log.info("slack.channel_not_checked", channel=ask.channel, error=word)
        return replace(ask, person=person, shared_outside=outside, absent=absent)

    async def _give_up(self, work: Work) -> None:
        """Work that ended its process twice is not tried again; the person is told."""

        async def broke(_ops: Ops, _ask: Ask) -> Answer | None:
            raise SystemicError("I had to stop while working on this, twice, so I do not try it again.")

        await guard.serve(self._ops, await self._resolve(slack_asks.read(work, work.payload)), broke)

    # Running

    async def run(self, stop: asyncio.Event) -> None:
        """Run every part until `stop` is set or one of them breaks, then close them in order."""
        tasks = [asyncio.create_task(part, name=name) for name, part in self._parts().items()]
        self.links.start(self.passed.url)
        ending = asyncio.create_task(stop.wait(), name="slack-stop")
        try:
            await asyncio.wait({ending, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            await self._leave(tasks)
        for task in tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                raise task.exception() or RuntimeError(task.get_name())

    def _parts(self) -> dict[str, Coroutine[Any, Any, None]]:
        return {
            "slack-presence": self.presence.run(),
            "slack-intake": self.intake.run(),
            "slack-dispatch": self.dispatch.run(),
            "slack-sender": self.sender.run(),
            "slack-directory": self._keep_directory(),
            "slack-probe": self.probe.run(),
            "slack-refresh": self._refresh(),
            "slack-token": self._keep_token(),
            "slack-watch": self._watch(),
            "slack-forgotten": slack_forgotten.run(self._ops, self._bot, self.directory),
        }

    async def _leave(self, tasks: list[asyncio.Task[None]]) -> None:
        """Take nothing more, finish what was taken, deliver what was said; every step within a bound."""
        await _within(1.0, self.intake.quiet())
        await self.links.stop()
        await _within(1.5, self.intake.quiet())
        await self.dispatch.stop(DRAIN_S)
        self.sender.bell.set()
        await asyncio.sleep(0.05)
        await self.sender.stop(DRAIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.intake.close()

    async def _keep_directory(self) -> None:
        pause = 5.0
        while True:
            try:
                await self.directory.load()
            except (*slack_verdict.FAILED, *LOST) as error:
                log.warning("slack.directory_not_read", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(300.0, pause * 2)
            else:
                pause = 5.0
                await asyncio.sleep(DIRECTORY_S)

    async def _refresh(self) -> None:
        """Renew what stands open, such as home pages."""
        while True:
            await asyncio.sleep(REFRESH_S)
            for surface in self._menu:
                if surface.refresh is not None:
                    with suppress(*LOST):
                        await surface.refresh(self._ops)

    async def _keep_token(self) -> None:
        """Whether the bot's token works, though nothing is posted for hours: a person must know before they need it."""
        while True:
            await asyncio.sleep(self.token_s)
            verdict = None
            try:
                await self._bot.auth_test()
            except slack_verdict.FAILED as error:
                verdict = slack_verdict.of(error)
            self.sender.shut(verdict)

    async def _watch(self) -> None:
        """A keeper must never end; connections that are not ours are named."""
        for problem in slack_preflight.missing_scopes(self.passed, manifest.scopes(self._menu)):
            log.warning("slack.scope", problem=problem)
        told = 0
        while True:
            await asyncio.sleep(5.0)
            broken = self.links.failed()
            if broken is not None:
                raise broken
            ghosts = self.links.ghosts(asyncio.get_running_loop().time())
            if ghosts and ghosts != told:
                log.error("slack.ghosts", connections=ghosts)
            told = ghosts

    def status(self) -> dict[str, Any]:
        """How the Slack side is, for the heartbeat of this process; empty while the first line is being opened."""
        counts, now = self.intake.counts, asyncio.get_running_loop().time()
        if not self.links.wanted(now):
            return {}
        links = [keeper.link for keeper in self.links.keepers]
        heard = max((link.line.heard_at for link in links if link.line is not None), default=None)
        problems = [*self.directory.problems]
        problems += slack_preflight.missing_scopes(self.passed, manifest.scopes(self._menu))
        return {
            "slack": {
                "links": self.links.up(),
                "links_wanted": self.links.wanted(now),
                "link_errors": [keeper.error for keeper in self.links.keepers if keeper.error],
                "heard_seconds_ago": None if heard is None else round(now - heard, 1),
                "opened": sum(keeper.opened for keeper in self.links.keepers),
                "ghosts": self.links.ghosts(now),
                **self.probe.told(),
                "taken": counts.taken,
                "doubled": counts.doubled,
                "degraded": counts.degraded,
                "waiting": self.dispatch.waiting(),
                "sends": self.sender.leads.is_set(),
                "delivered": self.sender.delivered,
                "closed": self.sender.closed,
                "problems": problems,
                "called": sorted(self._bot.called),
                "refused": dict(self._bot.refused),
            }
        }


async def _within(seconds: float, work: Awaitable[None]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work
