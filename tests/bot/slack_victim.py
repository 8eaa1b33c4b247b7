"""A bot that kills itself at a chosen point, once or every time: for tests of what a restart finds."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot import slack, slack_api
from bot.slack_intake import Arrival
from bot.slack_post import Poster
from domain.kernel.ports import Ops
from handlers import guard
from handlers.surface import Answer, Ask
from tests.bot import slack_rig


def deadly(point: str, marker: Path, *, every_time: bool) -> Callable[[str], None]:
    """A function that ends the process when it is called with the chosen point."""

    def maybe(here: str) -> None:
        if here == point and (every_time or not marker.exists()):
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return maybe


def arm(maybe: Callable[[str], None]) -> None:
    """Put the points where the process may die."""
    acknowledge, write, answer = Arrival.acknowledge, Poster._write, guard._answer

    async def on_acknowledge(self: Arrival, payload: Any = None) -> bool:
        maybe("row_written")
        done = await acknowledge(self, payload)
        await asyncio.sleep(0.05)  # let the frame reach the wire
        maybe("acked")
        return done

    async def on_write(self: Poster, method: str, body: dict[str, Any], *, unknown: bool = True) -> dict[str, Any]:
        done = await write(self, method, body, unknown=unknown)
        if method == "chat.postMessage":
            maybe("post_sent")
        return done

    async def on_answer(ops: Ops, ask: Ask, said: Answer) -> None:
        maybe("answer_made")
        await answer(ops, ask, said)
        maybe("answer_written")

    Arrival.acknowledge = on_acknowledge  # type: ignore[method-assign]
    Poster._write = on_write  # type: ignore[method-assign]
    guard._answer = on_answer  # type: ignore[assignment]


async def live(database: str, url: str, boot: str) -> None:
    """Be the bot until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ops = slack_rig.an_ops(database, boot_id=boot)
    async with slack_api.session() as pool:
        found = await slack.opened(ops, slack_rig.settings(url), (slack_rig.ECHO,), pool)
        running: Awaitable[None] = asyncio.create_task(found.run(stop))
        await slack_rig.until(lambda: slack_rig._ready(found, running))  # type: ignore[arg-type]
        print("ready", flush=True)
        await running
    await ops.db.close()


if __name__ == "__main__":
    where, slack_url, boot_id, kill_at, mark, often = sys.argv[1:7]
    arm(deadly(kill_at, Path(mark), every_time=often == "always"))
    asyncio.run(live(where, slack_url, boot_id))
