"""What the sentences must hold: every piece of a change, and what a figure does not rest on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from domain.kernel import drivers
from domain.kernel.drivers import Sold
from domain.pulse import narrative
from domain.pulse.snapshot import VERSION, OpenDays, Snapshot
from tests.domain.pulse.mornings import PERIODS, RULES

QUIET = Snapshot(
    version=VERSION, day=date(2026, 11, 20), through=date(2026, 11, 19), at=datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
    company="The company", zone="Europe/London", currency="GBP", rules=RULES, plan_basis="policy",
    open_days=OpenDays(16, 26, 6, 6), periods=PERIODS,
)  # fmt: skip


def told(sentence: str) -> Decimal:
    """The sum of the pieces of a clause."""
    pieces = re.findall(r"(added|took) £([\d.]+)", sentence)
    return sum((Decimal(size) * (1 if verb == "added" else -1) for verb, size in pieces), Decimal(0))


def test_the_pieces_that_are_told_add_up_to_the_change_of_net_revenue() -> None:
    moved = {"dtc": (Sold(Decimal(100), Decimal(3000), Decimal(500)), Sold(Decimal(110), Decimal(3520), Decimal(530)))}
    (sentence,) = narrative.drivers(replace(QUIET, drivers=drivers.of(moved, "trend")))
    channels, causes = sentence.split("; ")
    assert causes == "more orders added £310, larger baskets added £210 and higher refunds took £30 off"
    assert told(channels) == told(causes) == Decimal(490)
