"""The pulse over the real shop: its incidents told with net and gross, its facts kept, late changes named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.kernel import card as cards
from domain.kernel.card import Card, Lines
from domain.kernel.errors import InputError, LogicError
from domain.kernel.numbers import money
from domain.kernel.policy import Plan
from domain.kernel.ports import Ops
from domain.pulse import compose
from domain.pulse import history as past
from domain.pulse import snapshot as snapshots
from domain.pulse.compose import Pulse
from models import metric
from models import pulse as pulses
from models.db import Database
from models.metric import Reading
from tests.models import fresh, standing


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)


def _ops(shop: Database, day: date, **rules: Any) -> Ops:
    return standing.ops(shop, _at(day), standing.policy(**rules))


@pytest.fixture(autouse=True)
async def _no_pulses(shop: Database) -> None:
    async with shop.begin() as db:
        await db.execute(text("delete from pulse"))


def _lines(card: Card, heading: str) -> list[tuple[str, str]]:
    found = [part for part in card.parts if isinstance(part, Lines) and part.heading == heading]
    return [(line.label, line.text) for part in found for line in part.lines]


async def test_a_cancelled_giant_order_is_no_record_day(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2011, 12, 10)))  # OR-1
    assert "On 9 Dec order 581483 was £168k, 85% of gross revenue." in told.narrative
    assert "gross revenue was £198k, refunds were £169k and net revenue was £29.5k." in told.narrative
    assert "Order 581483 was given back in full." in told.narrative
    short = "85% of gross revenue; order 581483 was given back in full."
    assert short in cards.to_json(told.card)
    assert "refunds were £169k" not in cards.to_json(told.card)
    assert "refunds were £169k" in cards.to_json(told.detail[1])
    assert told.issues == ()


async def test_a_record_tuesday_in_gross_is_told_with_its_weak_net(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2011, 1, 19)))  # OR-2
    assert "On 18 Jan order 541431 was £77.2k, 82% of gross revenue." in told.narrative
    assert "net revenue was £17.1k" in told.narrative
    sales = told.card.parts[-2]
    assert isinstance(sales, Lines)
    assert sales.lines[0].mark == "warn"


async def test_one_customer_who_makes_a_day_is_named(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2011, 9, 21)))  # OR-4
    assert "On 20 Sep customer 17450 was £71.6k, 66% of gross revenue." in told.narrative
    assert "given back" not in told.narrative


async def test_the_drivers_add_up_to_the_change_of_the_stored_rows(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2011, 1, 19)))
    snapshot = snapshots.from_json(told.facts)
    net = snapshot.figure("sales.revenue.net", "trend")
    assert net is not None
    for split in ("channel", "cause"):
        assert sum((d.value for d in snapshot.drivers if d.split == split), Decimal(0)) == net.change


async def test_last_years_month_and_the_growth_asked_for_are_the_plan(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2011, 12, 7)))
    snapshot = snapshots.from_json(told.facts)
    async with shop.begin() as db:
        last_year = await metric.totals(db, ["sales.revenue.net"], date(2010, 12, 1), date(2010, 12, 31))
    plan = snapshot.figure("sales.plan.month", "mtd")
    assert plan is not None
    assert plan.value == round(last_year["sales.revenue.net", "all"].value * Decimal("1.05"), 2)
    mtd = snapshot.figure("sales.revenue.net", "mtd")
    assert mtd is not None
    assert snapshot.open_days.in_month == 26  # thirty-one days without five Saturdays
    assert snapshot.open_days.so_far == 5
    assert mtd.target == round(plan.value * 5 / 26, 2)


async def test_a_plan_in_the_policy_comes_first(shop: Database) -> None:
    plan = Plan(months={"2011-12": Decimal(520_000)})
    told = await compose.today(_ops(shop, date(2011, 12, 7), plan=plan.model_dump()))
    mtd = snapshots.from_json(told.facts).figure("sales.revenue.net", "mtd")
    assert mtd is not None
    assert mtd.target == Decimal(100_000)


async def test_an_unknown_plan_is_said_and_its_weight_spread(shop: Database) -> None:
    told = await compose.today(_ops(shop, date(2010, 12, 7)))
    assert "Revenue against plan" in told.narrative
    assert "left out of the score" in told.narrative
    assert told.confidence < 100


async def test_closed_days_are_not_expected_to_sell(shop: Database) -> None:
    company = standing.policy().company.model_copy(update={"closed_days": (date(2010, 12, 24), date(2010, 12, 26))})
    ops = _ops(shop, date(2010, 12, 28), company=company.model_dump())
    snapshot = snapshots.from_json((await compose.today(ops)).facts)
    assert snapshot.open_days.trend == 4  # the week of 21 to 27 December without the Saturday and the two days
    assert snapshot.open_days.trend_before == 6


async def test_the_same_facts_are_kept_once_and_other_facts_as_the_next_version(shop: Database) -> None:
    ops = _ops(shop, date(2011, 12, 7))
    first, again = await compose.today(ops), await compose.today(ops)
    assert (first.version, again.version) == (1, 1)
    later = replace(ops, clock=standing.Standing(_at(date(2011, 12, 7)) + timedelta(hours=3)))
    assert (await compose.today(later)).version == 1  # only the time is another
    async with shop.begin() as db:
        await _sell(db, date(2011, 12, 6), Decimal(5000), "late-1")
    assert (await compose.today(later)).version == 2
    await _undo(shop, date(2011, 12, 6))


async def test_looking_at_the_pulse_of_today_keeps_nothing_and_what_was_told_is_shown_again(shop: Database) -> None:
    ops = _ops(shop, date(2011, 12, 7))
    seen = await compose.now(ops)
    assert (await compose.on(ops, ops.today())).card == seen.card
    async with shop.begin() as db:
        assert await pulses.latest(db, ops.today()) is None
    told = await compose.today(ops)
    elsewhere = replace(ops, clock=standing.Standing(_at(date(2011, 12, 7)) + timedelta(hours=3)))
    assert (await compose.on(elsewhere, ops.today())).card == told.card


async def test_of_a_month_that_began_before_the_first_order_it_is_said_since_when_they_are_stored(
    shop: Database,
) -> None:
    async with shop.begin() as db:
        await db.execute(text("set local role none"))
        await db.execute(text("create table kept as select * from metric where day < '2010-11-10'"))
        await db.execute(text("delete from metric where day < '2010-11-10'"))
    young = await compose.on(_ops(shop, date(2011, 12, 7)), date(2010, 11, 25))
    later = await compose.on(_ops(shop, date(2011, 12, 7)), date(2011, 1, 19))
    async with shop.begin() as db:
        await db.execute(text("insert into metric select * from kept"))
        await db.execute(text("set local role none"))
        await db.execute(text("drop table kept"))
    assert "Orders are stored from 10 Nov 2010 on" in cards.to_json(young.card)
    assert "Orders are stored" not in cards.to_json(later.card)
    assert young.issues == ()


@pytest.mark.parametrize("day", [date(1999, 1, 1), date(2010, 11, 1)])
async def test_of_a_day_before_the_first_order_it_is_said_that_nothing_is_stored(shop: Database, day: date) -> None:
    with pytest.raises(InputError, match=r"Nothing is stored .* the first day that can have one is 2 Nov 2010\."):
        await compose.on(_ops(shop, date(2011, 12, 7)), day)


async def test_a_past_day_is_told_as_it_was_with_what_was_restated_since(shop: Database) -> None:
    day = date(2011, 12, 7)
    told = await compose.today(_ops(shop, day))
    async with shop.begin() as db:
        await _sell(db, date(2011, 12, 6), Decimal(5000), "late-2")
    later = _ops(shop, day + timedelta(days=2))
    found = await compose.on(later, day)
    assert (found.score, found.sha256, found.narrative) == (told.score, told.sha256, told.narrative)
    assert found.card.parts[: len(told.card.parts)] == told.card.parts
    restated = dict(_lines(found.card, "Restated since"))
    assert restated["Net revenue, 1–6 Dec 2011"] == _moved(told, Decimal(5000))
    await _undo(shop, date(2011, 12, 6))
    assert _lines((await compose.on(later, day)).card, "Restated since") == []


def _moved(told: Pulse, by: Decimal) -> str:
    mtd = snapshots.from_json(told.facts).figure("sales.revenue.net", "mtd")
    assert mtd is not None
    return f"told as {money(mtd.value, 'GBP')}, now {money(mtd.value + by, 'GBP')}"


async def test_a_day_without_a_pulse_is_composed_from_the_facts_and_says_so(shop: Database) -> None:
    found = await compose.on(_ops(shop, date(2011, 12, 9)), date(2011, 1, 19))
    assert "No pulse was told on that day" in cards.to_json(found.card)
    assert "order 541431" in found.narrative
    async with shop.begin() as db:
        assert await pulses.latest(db, date(2011, 1, 19)) is None


async def test_facts_that_were_tampered_with_are_not_told(shop: Database) -> None:
    day = date(2011, 12, 7)
    await compose.today(_ops(shop, day))
    async with shop.begin() as db:
        await db.execute(text("update pulse set facts = replace(facts, 'The company', 'Another')"))
        told = await pulses.latest(db, day)
    assert told is not None
    with pytest.raises(LogicError, match="digest"):
        past.verified(told)
    with pytest.raises(LogicError):
        await compose.on(_ops(shop, day + timedelta(days=1)), day)


async def test_every_figure_of_a_kept_pulse_is_bound_to_stored_rows(shop: Database) -> None:
    day = date(2011, 12, 7)
    await compose.today(_ops(shop, day))
    async with shop.begin() as db:
        told = await pulses.latest(db, day)
        assert told is not None
        for binding in json.loads(told.bindings):
            for row in binding["rows"]:
                if ":" in row["dimension"]:
                    continue  # an order or a customer: a fact itself
                stored = await _stored(db, row)
                assert stored or binding["value"] == "0.0000" or row["rows"] == 0, binding
    assert json.loads(told.bindings)


async def _stored(db: Any, row: dict[str, Any]) -> list[Reading]:
    keys = {"sales.aov.value": ["sales.orders.count"]}.get(row["key"], [row["key"]])
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    return await metric.series(db, keys, first, last, dimensions=[row["dimension"]])


async def _sell(db: Any, day: date, net: Decimal, name: str) -> None:
    """One more order on a past day, and the metrics of the day anew."""
    await db.execute(
        text(
            "insert into shop_order (id, source, name, channel, ordered_at, day, updated_at, test, net, custom, units, "
            "lines, currency) values (:name, 'shop', :name, 'dtc', :at, :day, :at, false, :net, 0, 1, 1, 'GBP')"
        ),
        {"name": name, "at": _at(day), "day": day, "net": net},
    )
    await metric.refresh(db, days=[day], kinds={"orders"}, zone=fresh.ZONE, at=fresh.AT)


async def _undo(shop: Database, day: date) -> None:
    async with shop.begin() as db:
        await db.execute(text("delete from shop_order where id like 'late-%'"))
        await metric.refresh(db, days=[day], kinds={"orders"}, zone=fresh.ZONE, at=fresh.AT)


async def test_an_empty_house_says_that_it_knows_nothing_yet(shop: Database) -> None:
    told = await compose.now(_ops(shop, date(2009, 2, 2)))
    assert told.score is None
    assert "no score" in cards.to_json(told.card)
    assert told.issues == ()
