"""What the terminal shows of a running house: pulse, health, how its history fills; and work handed in from there."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, TypeVar

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot import settings, wiring
from domain.kernel.card import Card
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.pulse import compose
from domain.tasks import access, cards, desk, intake
from domain.tasks.desk import Hand
from domain.watch import health, sources
from handlers import plain
from models import window
from models.window import Window

T = TypeVar("T")
_LOOK_EVERY = 0.5
_TASK = re.compile(r"T-[A-Z2-7]{10}")


def pulse(day: str | None) -> str:
    """The pulse of a day (YYYY-MM-DD, by default today) as text, detail included."""

    async def asked(ops: Ops) -> str:
        found = await compose.on(ops, _day(day) if day else ops.today())
        return "\n".join(plain.render(card) for card in (found.card, *found.detail))

    return within(asked)


def well() -> str:
    """The health card as text."""

    async def asked(ops: Ops) -> str:
        card: Card = await health.card(ops)
        return plain.render(card)

    return within(asked)


def task(words: str, handle: str) -> str:
    """Hand work in for a person by `handle`, else for nobody in Slack; or, for an id, how that task stands."""

    async def asked(ops: Ops) -> str:
        if _TASK.fullmatch(words):
            return plain.render((await desk.show(ops, words))[1])
        brief = intake.from_words(words, ops.policy.tasks)
        requester = await access.by_handle(ops, handle, "api") if handle else "api:terminal"
        row, _ = await desk.hand_in(ops, Hand(brief, f"api:{ops.boot_id}", "api", requester, cause="api"))
        return plain.render(cards.card(row))

    return within(asked)


def history() -> None:
    """One bar per source with a past, until all of it is stored; the filling goes on when this is interrupted."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*columns) as bars:
        tasks = {name: bars.add_task(name, total=None, note="not begun") for name in within(_names)}
        while True:
            found = within(lambda ops: _windows(ops, list(tasks)))
            for name, windows in found.items():
                if windows:
                    bars.update(tasks[name], **_bar(windows))
            if all(windows and all(one.done for one in windows) for windows in found.values()):
                return
            time.sleep(_LOOK_EVERY)


async def _names(ops: Ops) -> list[str]:
    found = sources.with_history(ops)
    if not found:
        raise InputError("No source with a history is connected here; set its variables as for the house itself.")
    return found


async def _windows(ops: Ops, names: list[str]) -> dict[str, list[Window]]:
    async with ops.db.begin() as db:
        return {name: await window.windows(db, *name.split(".", 1)) for name in names}


def _bar(windows: list[Window]) -> dict[str, Any]:
    stored = [one for one in windows if one.done]
    since = min((one.first for one in stored), default=None)
    rows = sum(one.rows for one in stored)
    return {
        "total": len(windows),
        "completed": len(stored),
        "note": f"{rows:,} rows, back to {since}" if since else f"{rows:,} rows",
    }


def _day(word: str) -> date:
    try:
        return datetime.strptime(word, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise InputError(f"{word!r} is not a date such as 2026-11-20.") from None


def within(asked: Callable[[Ops], Awaitable[T]]) -> T:
    """Ask the running house something, with a single connection."""

    async def opened() -> T:
        async with wiring.house(settings.settings(), "terminal", pool=1) as ops:
            return await asked(ops)

    return asyncio.run(opened())
