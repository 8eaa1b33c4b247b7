"""Listens to itself: a line that is open but brings nothing is found out and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from bot.slack_socket import Link
from domain.kernel import outbox
from domain.kernel.card import Card, Context, Moment
from domain.kernel.ports import Ops
from handlers import blocks
from models.outbox import CANARY
from models.wire import LOST

QUIET_S = 240.0
"""So long a link may bring nothing before it is tried."""
ECHO_S = 10.0
MOST_TRIES = 6
"""Each echo comes over one link by chance; after so many a link that brought none is deaf."""

log = structlog.get_logger()


def card(at: datetime) -> Card:
    """The one message the probe rewrites."""
    note = Context(("Last tried ", Moment(at)))
    return Card("I can hear Slack", "I rewrite this line now and then to be sure that Slack still reaches me.", (note,))


class Probe:
    """Rewrites a message in an owner's direct message, which notifies nobody, and waits for the echo."""

    def __init__(self, ops: Ops, api: AsyncWebClient, links: Sequence[Link]) -> None:
        self._ops = ops
        self._api = api
        self._links = links
        self._seen = dict.fromkeys((link.name for link in links), 0)
        self._heard = asyncio.Event()
        self._ts = ""
        self._began = asyncio.get_running_loop().time()
        self._asked_at: float | None = None
        self.quiet_s = QUIET_S
        self.echo_s = ECHO_S
        self.state = "not tried"

    def echo(self, ts: str) -> None:
        """A rewritten message came back."""
        if ts == self._ts:
            self._heard.set()

    def told(self) -> dict[str, Any]:
        """When Slack last brought an event, for how long none, and how long ago one of our own was asked for."""
        now = asyncio.get_running_loop().time()
        heard = max((link.event_at for link in self._links if link.event_at is not None), default=None)
        silent = now - (self._began if heard is None else heard)
        return {
            "heard_at": None if heard is None else (datetime.now(UTC) - timedelta(seconds=silent)).isoformat(),
            "silent_s": round(silent, 1),
            "asked_s": None if self._asked_at is None else round(now - self._asked_at, 1),
            "probe": self.state,
        }

    async def run(self) -> None:
        """Try every link that was silent for a while."""
        while True:
            await asyncio.sleep(self.quiet_s)
            silent = [link for link in self._links if link.envelopes == self._seen[link.name]]
            self._seen = {link.name: link.envelopes for link in self._links}
            if silent:
                await self._try()

    async def _try(self) -> None:
        """Send echoes until every link brought something; replace those that did not."""
        before = {link.name: link.envelopes for link in self._links}
        for _ in range(MOST_TRIES):
            deaf = [link for link in self._links if link.envelopes == before[link.name]]
            if not deaf:
                break
            if not await self._shout():
                return
        self._judge([link for link in self._links if link.envelopes == before[link.name]])

    def _judge(self, deaf: list[Link]) -> None:
        self.state = f"deaf: {', '.join(link.name for link in deaf)}" if deaf else "heard"
        for link in deaf:
            log.error("slack.link_deaf", link=link.name)
            if link.line is not None:
                link.give_up(link.line, "deaf")
        self._seen = {link.name: link.envelopes for link in self._links}

    async def _shout(self) -> bool:
        """Rewrite the message and wait for its echo; False when it could not be rewritten."""
        self._heard.clear()
        try:
            place = await self._place()
            if place is None:
                return False
            self._ts = place[1]
            message = blocks.of(card(datetime.now(UTC)))[0]
            body = {"channel": place[0], "ts": place[1], "text": message.text, "blocks": list(message.blocks)}
            await slack_api.write(self._api, "chat.update", body)
            self._asked_at = asyncio.get_running_loop().time()
            async with asyncio.timeout(self.echo_s):
                await self._heard.wait()
        except TimeoutError:
            log.warning("slack.no_echo")
        except (*slack_verdict.FAILED, *LOST) as error:
            self.state = f"not possible: {type(error).__name__}"
            return False
        return True

    async def _place(self) -> tuple[str, str] | None:
        """Channel and ts of the message; it is written on first use, and None until it stands."""
        owners = self._ops.policy.people.owners
        if not owners:
            self.state = "no owner to write to"
            return None
        async with self._ops.db.begin() as db:
            found = await outbox.delivery(db, CANARY)
            if found is None:
                told = card(self._ops.clock.now())
                await outbox.say(db, channel="@" + owners[0].removeprefix("@"), card=told, key=CANARY)
        if found is None or found.state != "sent" or found.channel_id is None or found.ts is None:
            self.state = "no message yet" if found is None else f"the message is {found.state}"
            return None
        return found.channel_id, found.ts
