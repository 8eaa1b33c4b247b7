"""A vendor that misbehaves is named in /health and in the pulse, with the age of its last good value; none is zero."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.kernel.card import Card, Context, Line, Lines
from domain.kernel.errors import OpsError
from domain.pulse import compose
from domain.pulse import snapshot as snapshots
from domain.pulse.compose import Pulse
from domain.pulse.department import DEPARTMENT as ORCHESTRATOR
from domain.watch import health, sources
from tests.collecting import NOW, Rig, a_rig, connector

FAULTY = {
    "shopify.orders": ("Shopify orders", "updatedAt"),
    "shipbob.shipments": ("ShipBob shipments", "created_date"),
    "meta.ads": ("Meta Ads", "spend"),
    "hubspot.deals": ("HubSpot deals", "dealstage"),
}
"""The sources that are spoilt: their names for a reader, and a field of theirs that is renamed."""
NAMES = [name for name, _ in FAULTY.values()]


@dataclass(frozen=True)
class Fault:
    """A fault of the sandbox, and the words by which a reader knows it: one of them with every vendor."""

    kind: str
    words: tuple[str, ...]
    detail: dict[str, Any] = field(default_factory=dict)


FAULTS = {
    "a 401": Fault("status", ("the credential is refused", "(190)"), {"status": 401}),
    "a web page": Fault("html", ("a web page, not data: Down for maintenance",)),
    "an empty 200": Fault("empty", ("the answer is empty",)),
    "an empty body": Fault("empty", ("the answer has no content",), {"bare": True}),
    "a renamed field": Fault("rename", tuple(f"{key} is missing" for _, key in FAULTY.values())),
    "a body of 200 MB": Fault("huge", ("the answer has more than 10,000,000 bytes",)),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(database_url: str, vendor_server: str) -> AsyncIterator[Rig]:
    async with a_rig(database_url, vendor_server) as found:
        found.ops = replace(found.ops, departments=(*found.ops.departments, ORCHESTRATOR))
        yield found


@pytest_asyncio.fixture
async def rig(house: Rig) -> Rig:
    """A house that has just read every vendor."""
    await house.fault("*", "clear")
    house.clock.at = NOW
    await asyncio.gather(*(sources.collect(house.ops, name) for name in sources.names(house.ops)))
    return house


async def stored(rig: Rig) -> list[Any]:
    return await rig.rows("select key, day, dimension, value from metric order by key, day, dimension")


def figures(pulse: Pulse) -> dict[tuple[str, str, str], Any]:
    """What the pulse rests on."""
    found = snapshots.from_json(pulse.facts).figures
    return {(one.metric, one.period, one.dimension): one.value for one in found}


def lines(card: Card) -> dict[str, Line]:
    return {line.label: line for part in card.parts if isinstance(part, Lines) for line in part.lines}


def systems(pulse: Pulse) -> str:
    """The line of the pulse on its sources."""
    (found,) = (part for part in pulse.card.parts if isinstance(part, Context))
    return str(found.parts[0])


async def spoil(rig: Rig, fault: Fault) -> None:
    for name, (_, key) in FAULTY.items():
        vendor = name.partition(".")[0]
        named = {"field": key} if fault.kind == "rename" else {}
        await rig.fault(vendor, fault.kind, path=f"/{connector(vendor).version}", **fault.detail, **named)


@pytest.mark.parametrize("what", FAULTS)
async def test_a_vendor_that_misbehaves_is_named_until_it_is_well_again(rig: Rig, what: str) -> None:
    before, rows = await compose.today(rig.ops), await stored(rig)
    assert systems(before) == "All 5 sources are fresh"
    assert rows
    rig.clock.move(timedelta(hours=3))
    await spoil(rig, FAULTS[what])
    for name in FAULTY:
        with pytest.raises(OpsError):
            await sources.collect(rig.ops, name)

    seen, told = lines(await health.card(rig.ops)), await compose.today(rig.ops)
    for name in NAMES:
        assert seen[name].mark == "bad"
        assert any(word in seen[name].text for word in FAULTS[what].words)
        assert seen[name].text.endswith("; last good value 3 hours ago.")
        assert f"{name} failing" in systems(told)
    assert systems(told).count("last good value 3 hours old") == len(NAMES)
    assert await stored(rig) == rows
    assert figures(told) == figures(before)
    assert told.issues == ()

    await rig.fault("*", "clear")
    for name in FAULTY:
        await sources.collect(rig.ops, name)
    assert {lines(await health.card(rig.ops))[name].mark for name in NAMES} == {"ok"}
    assert systems(await compose.today(rig.ops)) == "All 5 sources are fresh"
