"""The company's history adds up to the real shop's, moved to today."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.company import chance, company, timeline
from sandbox.company.company import Company
from sandbox.company.effects import Effect, Effects
from sandbox.company.ledger import DATA, SALE
from sandbox.company.timeline import Timeline

DAYS = DATA / "online_retail_daily_channel.csv.gz"


def net_by_day(shop: Company) -> Counter[tuple[str, int]]:
    """Sold less refunded per day and channel, in thousandths of a pound, over everything that is no test."""
    book, net = shop.book, Counter[tuple[str, int]]()
    unmoved = Timeline(0)
    for order in book.placed:
        if not book.is_test(order):
            key = (unmoved.day(book.ledger.minute[order]).isoformat(), book.ledger.wholesale[order])
            net[key] += sum(book.ledger.amount(line) for line in book.items(order, 0) if book.ledger.kind[line] == SALE)
    for refund in book.credits.refunds:
        key = (unmoved.day(refund.minute).isoformat(), book.ledger.wholesale[refund.order])
        net[key] -= sum(amount for _, _, amount in refund.lines)
    return net


def test_every_day_and_channel_nets_to_the_penny(shop: Company) -> None:
    net, days = net_by_day(shop), 0
    with gzip.open(DAYS, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            got = net.pop((row["date"], int(row["channel"] == "wholesale")), 0) / 1000
            assert abs(got - float(row["net_revenue_gbp"])) < 0.0051, row["date"]
            days += 1
    assert days == 1208
    assert not any(net.values()), "money on days the shop did not trade"


def test_a_cancelled_order_nets_to_nothing_on_its_own_day(shop: Company) -> None:
    book = shop.book
    assert len(book.credits.cancelled) > 100
    for order, at in book.credits.cancelled.items():
        same_day = shop.time.day(at) == shop.time.day(book.ledger.minute[order])
        back = sum(amount for refund in book.credits.of_order[order] for _, _, amount in refund.lines)
        sold = sum(book.ledger.amount(line) for line in book.ledger.lines(order) if book.ledger.kind[line] == SALE)
        assert same_day
        assert back == sold


def test_the_fat_finger_orders_are_cancelled_within_minutes(shop: Company) -> None:
    for number, minutes in ((581483, 12), (541431, 16)):
        order = shop.book.by_number[number]
        assert shop.book.credits.cancelled[order] - shop.book.ledger.minute[order] == minutes


def test_a_refund_never_comes_before_its_order_and_stays_in_its_channel(shop: Company) -> None:
    ledger = shop.book.ledger
    channels = {code: ledger.wholesale[index] for index, code in enumerate(ledger.codes)}
    for refund in shop.book.credits.refunds:
        assert refund.minute >= ledger.minute[refund.order]
        code = f"C{refund.number // 100}"
        assert channels.get(code, 0) == ledger.wholesale[refund.order]


def test_some_orders_of_each_month_are_tests_and_some_are_cancelled(shop: Company) -> None:
    months = Counter(shop.time.day(shop.book.ledger.minute[order]).strftime("%Y-%m") for order in shop.book.placed)
    tests = [order for order in shop.book.placed if shop.book.is_test(order)]
    assert len(tests) >= 3 * (len(months) - 1)
    assert not any(shop.book.credits.of_order.get(order) for order in tests)


@pytest.mark.parametrize("today", [date(2026, 11, 20), date(2026, 11, 22), date(2027, 2, 28), date(2026, 6, 1)])
def test_the_dates_move_by_whole_weeks_to_four_weeks_before_the_end(today: date) -> None:
    last = date(2011, 12, 9)
    moved = last + timedelta(weeks=timeline.weeks_to(today, last))
    assert 22 <= (moved - today).days <= 28
    assert moved.weekday() == last.weekday()


def test_the_first_start_decides_the_dates_for_ever(tmp_path: Path) -> None:
    first = company._remember(tmp_path, datetime(2026, 11, 20, tzinfo=UTC), 7)
    later = company._remember(tmp_path, datetime(2027, 3, 1, tzinfo=UTC), 8)
    assert later == first


def test_times_are_london_times_in_winter_and_summer() -> None:
    time = Timeline(0)
    winter = timeline.minutes(datetime(2011, 1, 5, 12, 34))
    summer = timeline.minutes(datetime(2011, 7, 5, 0, 10))
    assert time.iso(winter) == "2011-01-05T12:34:00Z"
    assert time.iso(summer) == "2011-07-04T23:10:00Z"
    assert time.minute(time.instant(summer)) == summer
    assert time.instant(summer).isoformat() == "2011-07-04T23:10:00+00:00"


def test_only_what_has_happened_by_now_is_seen(shop: Company) -> None:
    seen = shop.book.count(shop.now)
    assert shop.book.ledger.minute[shop.book.placed[seen - 1]] <= shop.now < shop.book.created[seen]
    assert 0 < len(shop.book.placed) - seen < 4000


def test_some_best_sellers_run_low_and_none_is_negative(shop: Company) -> None:
    covers = []
    for sku in shop.stock.skus:
        level = shop.stock.level(sku, shop.now)
        pace = shop.stock._left(sku, shop.now - 28 * 1440, shop.now) / 28
        assert level.available >= 0
        covers.append(level.available / max(pace, 0.1))
    assert 2 <= sum(cover < 12 for cover in covers) <= len(covers) / 3


def test_the_stock_of_what_sells_most_in_any_recent_quarter_is_known(shop: Company) -> None:
    for weeks in range(5):
        end, earned = shop.now + weeks * 7 * 1440, Counter[int]()
        shop.stock._add(earned, end - 90 * 1440, end, 1)
        assert {sku for sku, _ in earned.most_common(40)} <= {*shop.stock.skus}


def test_stock_falls_by_what_is_sold_within_the_day(shop: Company) -> None:
    sku = shop.book.ledger.ranks["85099B"]
    morning, noon = shop.now // 1440 * 1440, shop.now
    fallen = shop.stock.level(sku, morning).available - shop.stock.level(sku, noon).available
    assert fallen == shop.stock._left(sku, morning + 1, noon + 1)


def test_late_and_stuck_parcels_are_few_but_there(shop: Company) -> None:
    orders = [order for order in shop.book.between(shop.now - 60 * 1440, shop.now) if shop.parcels.has_goods(order)]
    reasons = Counter(shop.parcels.plan(order).reason for order in orders)
    assert 0.01 < reasons["late"] / len(orders) < 0.08
    assert 0 < reasons["out_of_stock"] / len(orders) < 0.05
    assert all(shop.parcels.plan(order).shipped > shop.book.ledger.minute[order] for order in orders)


def test_chance_is_the_same_for_the_same_name() -> None:
    assert chance.unit(7, "a", 1) == chance.unit(7, "a", 1)
    assert chance.unit(7, "a", 1) != chance.unit(8, "a", 1)
    assert 0.45 < sum(chance.unit(7, "x", number) for number in range(2000)) / 2000 < 0.55


def test_a_change_torn_by_a_kill_is_forgotten_and_the_others_are_kept(tmp_path: Path) -> None:
    effects = Effects(tmp_path / "effects.jsonl")
    effects.add(Effect("meta", "status", "1:PAUSED", 5, {"id": 1, "status": "PAUSED"}))
    with effects.path.open("a") as file:
        file.write('{"vendor": "meta", "na')
    again = Effects(effects.path)
    assert again.all == effects.all
    again.add(Effect("meta", "status", "1:ACTIVE", 6, {"id": 1, "status": "ACTIVE"}))
    assert len(Effects(effects.path).all) == 2
