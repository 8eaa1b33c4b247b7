"""What the demo's terminal shows while it waits: how much history is stored, and whether the pulse is posted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bot import settings, stores
from domain.kernel import card as cards
from domain.kernel.errors import RefusedError
from handlers import plain
from models import outbox, window
from models.db import UNREADY, Database

_LOOK_EVERY = 0.5


@dataclass(frozen=True)
class State:
    """`pulse` is the posted card as text, empty until Slack has it; `whole`: every order of the shop is in."""

    orders: int = 0
    orders_of: int = 0
    since: date | None = None
    whole: bool = False
    channel: str = ""
    pulse: str = ""


def follow(data_dir: Path) -> Iterator[State]:
    """The state twice a second, from before the stores are up, for ever."""
    found = settings.policy(settings.settings().ops_policy)
    with asyncio.Runner() as loop:
        while True:
            day = datetime.now(UTC).astimezone(found.company.tz).date()
            try:
                url = stores.known(data_dir, {}).database_url
                yield loop.run(_look(url, found.channels.pulse, day))
            except (RefusedError, *UNREADY):  # not started yet, or not migrated yet
                yield State()
            time.sleep(_LOOK_EVERY)


async def _look(url: str, channel: str, day: date) -> State:
    database = Database(url, pool=1, name="operations-brain demo")
    try:
        async with database.begin() as db:
            windows = await window.windows(db, "shopify", "orders")
            posted = await outbox.said(db, f"pulse:{channel}:{day.isoformat()}")
    finally:
        await database.close()
    stored = [one for one in windows if one.done]
    return State(
        orders=sum(one.rows for one in stored),
        orders_of=sum(max(one.expected, one.rows) for one in windows),
        since=min((one.first for one in stored), default=None),
        whole=bool(windows) and len(stored) == len(windows),
        channel=channel,
        pulse=plain.render(cards.from_json(posted)) if posted else "",
    )
