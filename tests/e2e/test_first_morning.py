"""The whole house on its first morning: one pulse with the shop's own numbers, and everything a person would try."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot import tour
from bot.sandboxed import Part
from domain.pulse import snapshot
from domain.pulse.snapshot import Snapshot
from sandbox.company import company as companies
from tests.e2e.whole_house import (
    ROOT,
    House,
    Person,
    first_pulse,
    key_of,
    new_house,
    pulse_key,
    shown,
    today,
    until,
    write_policy,
)

pytestmark = pytest.mark.timeout(400)
HISTORY_DAYS = 40
PENNY = Decimal("0.01")


@pytest.fixture(scope="module")
def person(slack: Part) -> Person:
    return Person(slack.url)


@pytest.fixture(scope="module")
def house(place: Path, slack: Part, company: Part, person: Person) -> Iterator[House]:
    found = new_house(place, slack, company, write_policy(place / "ops.toml", HISTORY_DAYS))
    found.start()
    try:
        first_pulse(found, person)
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def told(house: House) -> Snapshot:
    """The facts of the pulse as it was told first."""
    return snapshot.from_json(house.rows("select facts from pulse order by version limit 1")[0][0])


def test_the_pulse_stands_in_its_channel_once_with_its_details_below(house: House, person: Person) -> None:
    (pulse,) = person.pulses()
    details = until(lambda: _details(house, person, pulse["ts"]))
    assert [key_of(one) for one in details] == [f"{pulse_key()}:detail:{number}" for number in (1, 2, 3, 4)]
    assert [key_of(one) for one in person.said() if not one.get("ephemeral")] == [pulse_key()]


def _details(house: House, person: Person, ts: str) -> list[dict[str, object]]:
    due = house.rows("select count(*) from outbox where thread_key = %(key)s", key=pulse_key())[0][0]
    found = person.said(thread=ts)
    return found if due and len(found) == due else []


@dataclass(frozen=True)
class Books:
    """What the shop's own books say of a stretch of days; `older` went back on orders before the history we read."""

    gross: Decimal
    refunds: Decimal
    orders: int
    older: Decimal

    @property
    def net(self) -> Decimal:
        """Net revenue without what went back on orders that were never read."""
        return self.gross - self.refunds + self.older


@pytest.fixture(scope="module")
def shop(company: Part, tmp_path_factory: pytest.TempPathFactory) -> companies.Company:
    """The same shop, read a second time and not through any vendor."""
    del company  # its clock stands where this one does
    return companies.found(tmp_path_factory.mktemp("books"), None, 1)


def books(shop: companies.Company, first: date, last: date) -> Books:
    """The daily sums that came with the data, for a stretch of today's days."""
    shift = timedelta(weeks=shop.time.weeks)
    with gzip.open(ROOT / "sandbox" / "data" / "online_retail_daily_channel.csv.gz", "rt", encoding="utf-8") as file:
        days = [row for row in csv.DictReader(file) if first <= date.fromisoformat(row["date"]) + shift <= last]
    book, since = shop.book, today() - timedelta(days=HISTORY_DAYS)
    ours = [order for order in book.placed if first <= shop.time.day(book.ledger.minute[order]) <= last]
    older = sum(
        amount
        for refund in book.credits.refunds
        if first <= shop.time.day(refund.minute) <= last and shop.time.day(book.ledger.minute[refund.order]) < since
        for _, _, amount in refund.lines
    )
    return Books(
        gross=sum((Decimal(row["revenue_gbp"]) for row in days), Decimal()),
        refunds=sum((Decimal(row["refunds_gbp"]) for row in days), Decimal()),
        orders=sum(not book.is_test(order) for order in ours),
        older=Decimal(older) / 1000,
    )


def test_the_numbers_of_the_pulse_are_those_of_the_shops_own_books(told: Snapshot, shop: companies.Company) -> None:
    yesterday = today() - timedelta(days=1)
    assert told.through == yesterday
    month = books(shop, yesterday.replace(day=1), yesterday)
    last, before = (books(shop, yesterday - timedelta(days=n + 6), yesterday - timedelta(days=n)) for n in (0, 7))
    to_date, net, orders = (
        told.figure(*name)
        for name in (("sales.revenue.net", "mtd"), ("sales.revenue.net", "trend"), ("sales.orders.count", "trend"))
    )
    assert to_date
    assert net
    assert orders
    assert abs(to_date.value - month.net) < PENNY
    assert abs(net.value - last.net) < PENNY
    assert net.prior is not None
    assert abs(net.prior - before.net) < PENNY
    assert (orders.value, orders.prior) == (Decimal(last.orders), Decimal(before.orders))


def test_what_a_reader_sees_are_these_numbers(told: Snapshot, person: Person) -> None:
    net, orders = (told.figure(f"sales.{name}", "trend") for name in ("revenue.net", "orders.count"))
    assert net
    assert orders
    card = shown(person.pulses()[0])
    assert f"£{net.value / 1000:.0f}k" in card
    assert f"{orders.value:,.0f}" in card
    assert "All 5 sources are fresh" in card


def test_the_tour_passes_and_its_traffic_breaks_no_point(house: House, slack: Part) -> None:
    steps = tour.walk(slack.url)
    assert [step for step in steps if not step.passed] == [], house.said()[-2000:]
    answer = next(step.saw for step in steps if "in the thread" in step.name)
    assert answer.startswith("Net revenue was £")


def test_the_house_is_well_and_every_slot_ended(house: House) -> None:
    until(house.well, what="a healthy house")
    until(lambda: not house.rows("select 1 from slot where ended_at is null"))
    assert house.rows("select job, state, reason from slot where state not in ('ran', 'skipped')") == []


def test_it_ends_within_seconds_and_leaves_nothing_running(house: House) -> None:
    assert house.end() == 0
    assert house.left() == []
    assert "Traceback" not in house.said(), house.said()
