"""App Home: the last pulse, how the house is, and what can be asked; the same page for every member."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from domain.kernel import outbox
from domain.kernel.card import Button, Buttons, Card, Divider, Lines, Moment
from domain.kernel.errors import OpsError
from domain.kernel.ports import Ops
from domain.watch import health
from handlers import blocks, guard, guide, pulse, questions, tasks
from handlers import health as health_surface
from handlers import ops as ops_surface
from handlers.surface import Action, Ask, Event, Page, Surface

MOST_BLOCKS = 100
_SURFACES = (pulse.SURFACE, health_surface.SURFACE, tasks.SURFACE, ops_surface.SURFACE, questions.SURFACE)

Block = dict[str, Any]


async def opened(ops: Ops, ask: Ask) -> None:
    """Publish the page for whoever opened it; a stranger sees why it is empty."""
    if ask.body.get("tab", "home") != "home":
        return
    page = await _page(ops)
    await _show(ops, ask.person.id, page, opened=True)


async def refused(ops: Ops, ask: Ask) -> None:
    """The page of somebody who may not see anything."""
    card = guard.denial(ask)
    if card is not None:
        page = Page((_header(card), *blocks.parts(card)), ask.person.stranger)
        await _show(ops, ask.person.id, page, opened=False)


async def refresh(ops: Ops) -> int:
    """Publish the page again for everybody who looked lately and sees something older; for how many."""
    async with ops.db.begin() as db:
        seen = await outbox.homes(db)
    if not seen:
        return 0
    page = await _page(ops)
    stale = [user for user, digest in seen.items() if digest != page.digest]
    for user in stale:
        await _show(ops, user, page, opened=False)
    return len(stale)


async def _show(ops: Ops, user: str, page: Page, *, opened: bool) -> None:
    now = blocks.moment(Moment(ops.clock.now()))
    stamped = [*page.blocks[: MOST_BLOCKS - 1], _small(f"As of {now}")]
    view = json.dumps({"type": "home", "blocks": stamped}, ensure_ascii=True)
    async with ops.db.begin() as db:
        await outbox.show_home(db, user=user, page=view, digest=page.digest, opened=opened)


async def _page(ops: Ops) -> Page:
    pulse_card = await _card(pulse.look, ops, "The pulse")
    house = await _card(health.card, ops, "The house")
    help_ = Card("What you can ask me", "", (Lines(guide.lines(_SURFACES)), Divider(), _BUTTONS))
    cut = [[_header(card), *blocks.parts(card)] for card in (pulse_card, house, help_)]
    digest = _digest(cut[0], cut[1])
    return Page((*cut[0], {"type": "divider"}, *cut[1], {"type": "divider"}, *cut[2]), digest)


async def _card(make: Callable[[Ops], Awaitable[Card]], ops: Ops, name: str) -> Card:
    """A part of the page; one that fails says so and leaves the others alone."""
    try:
        return await make(ops)
    except OpsError as error:
        return Card(name, f"This part cannot be shown: {error.detail}")


def _header(card: Card) -> Block:
    return next(block for message in blocks.of(card) for block in message.blocks if block["type"] == "header")


def _small(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _digest(told: list[Block], house: list[Block]) -> str:
    """What a reader would notice: another figure of the company, another word about the house."""
    bare = json.dumps([block for block in told if block["type"] != "context"], sort_keys=True)
    words = re.sub(r"\d+", "0", json.dumps([block for block in house if block["type"] != "context"], sort_keys=True))
    return hashlib.sha256((bare + words).encode()).hexdigest()


async def pressed(ops: Ops, ask: Ask) -> None:
    """The button that looks again."""
    await _show(ops, ask.person.id, await _page(ops), opened=True)


_BUTTONS = Buttons((Button("home.refresh", "Look again"),))
SURFACE = Surface(
    "home",
    "The page of the app: the pulse, the house, help.",
    actions=(Action("home.refresh", "reads everything anew and shows it", pressed),),
    refresh=refresh,
    events=(Event("app_home_opened", "shows the page", ("app_home_opened",), opened, denied=refused),),
)
