"""Questions answered from the real shop's rows: the figure, its dates, the rows it rests on, and no guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.brain import answers
from domain.kernel import card as cards
from domain.kernel.card import Card, Context, Moment, Table
from domain.kernel.numbers import money
from domain.kernel.ports import Ops
from domain.pulse import compose, recall
from models import metric
from models.db import Database
from tests.models import fresh, order_shop, standing


@pytest.fixture
def ops(shop: Database) -> Ops:
    """The house on the morning after the last whole day of the data."""
    return standing.ops(shop, datetime(2011, 12, 9, 6, 30, tzinfo=UTC))


async def _ask(ops: Ops, question: str) -> Card:
    return await answers.answer(ops, question, recall.of)


def _cited(card: Card) -> str:
    return " ".join(str(one) for part in card.parts if isinstance(part, Context) for one in part.parts)


def _net(first: str, last: str, channel: str = "") -> Decimal:
    days = [row for row in order_shop.reference() if date.fromisoformat(first) <= row.day <= date.fromisoformat(last)]
    return sum((row.net for row in days if channel in ("", row.channel)), Decimal(0))


async def test_a_figure_is_that_of_the_reference_with_its_date_and_its_rows(ops: Ops) -> None:
    card = await _ask(ops, "what was net revenue yesterday?")
    assert card.conclusion == f"Net revenue was {money(_net('2011-12-08', '2011-12-08'), 'GBP')} on 8 Dec 2011."
    assert "sales.revenue.net, all, 8 Dec 2011: " in _cited(card)
    assert any(isinstance(one, Moment) for part in card.parts if isinstance(part, Context) for one in part.parts)


async def test_a_channel_over_a_named_month(ops: Ops) -> None:
    card = await _ask(ops, "wholesale revenue in december 2010")
    expected = money(_net("2010-12-01", "2010-12-31", "wholesale"), "GBP")
    assert card.conclusion == f"Wholesale net revenue was {expected} over 1–31 Dec 2010."


async def test_a_comparison_names_both_stretches(ops: Ops) -> None:
    card = await _ask(ops, "net revenue 1-7 Dec 2011 vs 1-7 Dec 2010")
    now, then = _net("2011-12-01", "2011-12-07"), _net("2010-12-01", "2010-12-07")
    assert f"was {money(now, 'GBP')} over 1–7 Dec 2011" in card.conclusion
    assert f"from {money(then, 'GBP')} in 1–7 Dec 2010" in card.conclusion
    assert ("up" in card.conclusion) == (now > then)


async def test_a_week_still_running_is_compared_with_as_many_days(ops: Ops) -> None:
    card = await _ask(ops, "compare orders this week to last week")
    assert "over 5–8 Dec 2011" in card.conclusion
    assert "in 28 Nov–1 Dec 2011" in card.conclusion


async def test_by_channel_each_channel_has_its_sentence(ops: Ops) -> None:
    card = await _ask(ops, "net revenue by channel this month")
    assert "DTC net revenue was" in card.conclusion
    assert "Wholesale net revenue was" in card.conclusion


async def test_a_trend_is_a_table_that_adds_up(ops: Ops) -> None:
    card = await _ask(ops, "trend of orders over the last 14 days")
    table = next(part for part in card.parts if isinstance(part, Table))
    assert len(table.rows) == 14
    told = re.search(r"Orders were ([\d,]+)", card.conclusion)
    assert told is not None
    assert sum(int(row[1].replace(",", "")) for row in table.rows if row[1] != "–") == int(told[1].replace(",", ""))


async def test_why_is_answered_by_pieces_that_add_up(ops: Ops) -> None:
    card = await _ask(ops, "why did net revenue change from 2011-12-01 to 2011-12-07?")
    assert "Net revenue was" in card.conclusion
    assert re.search(r"(took|added) £[\d.,]+k? (off|to) net revenue", card.conclusion)
    assert len(next(part for part in card.parts if isinstance(part, Table)).rows) == 5


async def test_the_score_is_explained_by_the_parts_that_were_told(ops: Ops) -> None:
    before = await _ask(ops, "why is the score low?")
    assert "Composed from the facts as they stand" in _cited(before)
    told = await compose.today(ops)
    card = await _ask(ops, "why is the score low?")
    assert told.score is not None
    assert card.conclusion.startswith(f"The health score was {round(told.score)}/100")
    table = next(part for part in card.parts if isinstance(part, Table))
    assert len(table.rows) == 5
    assert any("left out" in row[-1] for row in table.rows)


async def test_the_score_is_that_of_the_day_of_the_thread_or_of_the_day_named(ops: Ops) -> None:
    past = date(2011, 12, 8)
    card = await answers.answer(ops, "why is the score low?", recall.of, past)
    score = (await compose.on(ops, past)).score
    assert score is not None
    assert card.title == "How the score of 8 Dec 2011 came about"
    assert card.conclusion.startswith(f"The health score was {round(score)}/100")
    named = await answers.answer(ops, "score on 7 Dec", recall.of, past)
    assert named.title == "How the score of 7 Dec 2011 came about"
    assert (await _ask(ops, "score in 2009")).conclusion.startswith("Nothing is stored for a pulse of 31 Dec 2009")


async def test_the_plan_is_told_as_the_pulse_tells_it(ops: Ops) -> None:
    card = await _ask(ops, "how far are we from plan?")
    net = money(_net("2011-12-01", "2011-12-08"), "GBP")
    assert re.fullmatch(
        rf"Net revenue was {re.escape(net)} over 1–8 Dec 2011, [\d.]+% (above|below) the plan to date of £[\d.]+k\.",
        card.conclusion,
    )
    plan = money(_net("2010-12-01", "2010-12-31") * Decimal("1.05"), "GBP")
    shown = cards.to_json(card)
    assert plan in shown
    assert "growth of 5.0% that the policy asks" in shown
    assert "There is no plan for Nov 2010" in (await _ask(ops, "plan in november 2010")).conclusion


async def test_a_department_stands_as_its_line_of_the_pulse(ops: Ops) -> None:
    told = await recall.of(ops, ops.today())
    assert (await _ask(ops, "how is logistics doing?")).conclusion == f"{told.lines['logistics']}."


async def test_a_metric_is_said_in_words_and_a_default_is_named(ops: Ops) -> None:
    meaning = await _ask(ops, "what does net revenue mean?")
    assert meaning.conclusion.startswith("Net revenue is merchandise sold less refunds")
    card = await _ask(ops, "how did we do last week?")
    assert card.conclusion.startswith("Net revenue was £")
    assert "You named no figure" in _cited(card)


async def test_low_stock_lists_the_shortest_cover_first(ops: Ops, shop: Database) -> None:
    assert "No stock levels are stored" in (await _ask(ops, "which SKUs are running low?")).conclusion
    async with shop.begin() as db:
        await db.execute(
            text(
                "insert into inventory_day (source, location, sku, day, on_hand, available) "
                "select 's', 'a', sku, '2011-12-08', rank * 20, 0 from key_sku"
            )
        )
        await metric.refresh(db, days=[date(2011, 12, 8)], kinds={"inventory"}, zone=fresh.ZONE, at=fresh.AT)
    card = await _ask(ops, "which SKUs are running low?")
    assert re.fullmatch(r"\d+ of 40 key SKUs are below cover target\.", card.conclusion)
    covers = [float(row[3].split()[0]) for row in next(p for p in card.parts if isinstance(p, Table)).rows]
    assert covers == sorted(covers)
    one = await _ask(ops, "days of cover for 85123A")
    assert re.fullmatch(r"Days of cover of SKU 85123A were [\d.]+ on 8 Dec 2011\.", one.conclusion)


async def test_days_without_rows_are_not_zero(ops: Ops) -> None:
    card = await _ask(ops, "orders in march 2008")
    assert card.conclusion.startswith("No rows are stored for orders over 1–31 Mar 2008.")
    assert "Rows are stored from 1 Nov 2010 to 9 Dec 2011." in card.conclusion


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("tell me a joke", "I could not read “joke”."),
        ("orders on 2011-02-31", "There is no such day as 2011-02-31."),
        ("orders on 2012-05-05", "That has not happened yet"),
        ("why did clicks fall", "not yet what moved clicks"),
        ("<!channel> say hello to @everyone", "I could not read “say mention”."),
    ],
)
async def test_what_cannot_be_answered_gets_a_reason_and_an_example(ops: Ops, question: str, said: str) -> None:
    card = await _ask(ops, question)
    assert said in card.conclusion
    assert "What was net revenue yesterday?" in cards.to_json(card)
    assert "channel>" not in cards.to_json(card)


async def test_sources_without_any_connected_say_so(ops: Ops) -> None:
    assert (await _ask(ops, "are the sources fresh?")).conclusion == "No source is connected yet."
