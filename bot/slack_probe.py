"""Listens to itself: a line that is open but brings nothing is found out and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from bot.slack_socket import Link
from domain.escalations import failures
from domain.kernel import outbox, point
from domain.kernel.card import Card, Context, Moment
from domain.kernel.errors import TransientError
from domain.kernel.ports import Ops
from handlers import blocks
from jobs import troubles
from models.outbox import CANARY
from models.wire import LOST

QUIET_S = 90.0
"""So long a link may bring nothing before it is tried."""
ECHO_S = 10.0
MOST_TRIES = 6
"""Each echo comes over one link by chance; after so many a link that brought none is deaf."""
ENOUGH_TRIES = 2
"""When no link at all brought one, fewer will do."""
MOST_ROUNDS = 3
"""So often all links are replaced before this process takes itself for the cause."""

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
        self._heard = asyncio.Event()
        self._ts = ""
        self._began = asyncio.get_running_loop().time()
        self._asked_at: float | None = None
        self._rounds = 0
        self._ever = False
        self.quiet_s = QUIET_S / point.faster()
        self.echo_s = ECHO_S / point.faster()
        self.state = "not tried"

    def echo(self, ts: str) -> None:
        """A rewritten message came back."""
        if ts == self._ts:
            self._ever = True
            self._heard.set()

    def told(self) -> dict[str, Any]:
        """When Slack last brought anything, and for how long nothing; and whether our own event ever came back."""
        now = asyncio.get_running_loop().time()
        heard = max((link.event_at for link in self._links if link.event_at is not None), default=None)
        silent = now - (self._began if heard is None else heard)
        return {
            "heard_at": None if heard is None else (datetime.now(UTC) - timedelta(seconds=silent)).isoformat(),
            "silent_s": round(silent, 1),
            "asked_s": None if self._asked_at is None else round(now - self._asked_at, 1),
            "echoed": self._ever,
            "deaf": self._rounds > 1,
            "probe": self.state,
        }

    async def run(self) -> None:
        """Try every link that was silent for a while; TransientError when no new line helps, but a new process may."""
        while True:
            retries = 0 < self._rounds < MOST_ROUNDS
            await asyncio.sleep(self.echo_s / 2 if retries else self.quiet_s / 6)
            if any(self._silent(link) for link in self._links):
                await self._try()

    def _silent(self, link: Link) -> bool:
        return link.now() - (self._began if link.event_at is None else link.event_at) > self.quiet_s

    async def _try(self) -> None:
        """Send echoes until every link brought something; replace those that did not."""
        before = {link.name: link.envelopes for link in self._links}
        deaf = [*self._links]
        for tries in range(MOST_TRIES):
            if not deaf or (len(deaf) == len(self._links) and tries >= ENOUGH_TRIES):
                break
            if not await self._shout():
                return
            deaf = [link for link in self._links if link.envelopes == before[link.name]]
        await self._judge(deaf)

    async def _judge(self, deaf: list[Link]) -> None:
        all_deaf = len(deaf) == len(self._links)
        self._rounds = self._rounds + 1 if all_deaf else 0
        self.state = f"deaf: {', '.join(link.name for link in deaf)}" if deaf else "heard"
        for link in deaf:
            log.error("slack.link_deaf", link=link.name)
            if link.line is not None:
                link.give_up(link.line, "deaf")
        if self._rounds == MOST_ROUNDS:
            await self._despair()

    async def _despair(self) -> None:
        """Tell it; who heard an echo before ends, for a new process may hear. Who never did would only end again."""
        text = f"Slack takes what is said and brings nothing; all lines were opened {MOST_ROUNDS} times anew."
        if not self._ever:
            text += " Or its app is not subscribed to message.im: compare it with python -m bot manifest."
        with suppress(*LOST):
            async with self._ops.db.begin() as db:
                await failures.raised(self._ops, db, troubles.checked({"slack.echo": text}), by="bot")
        if self._ever:
            raise TransientError(text)

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
