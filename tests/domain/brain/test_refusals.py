"""What is asked and not entirely understood is refused by its name, and what is said of it carries no markup."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.brain import answers, replies, words
from domain.kernel import card as cards
from domain.kernel.card import Card, Context, Table
from domain.kernel.ports import Ops
from domain.pulse import recall
from models.db import Database
from tests.models import standing

OFFERED = "What was net revenue yesterday?"


@pytest.fixture
def ops(shop: Database) -> Ops:
    """The house on a Friday morning in the middle of a week and of a month."""
    return standing.ops(shop, datetime(2011, 12, 9, 6, 30, tzinfo=UTC))


async def _ask(ops: Ops, question: str) -> Card:
    return await answers.answer(ops, question, recall.of)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("revenue next month", words.FUTURE),
        ("what will revenue be tomorrow", words.FUTURE),
        ("forecast", words.FUTURE),
        ("revenue next friday", words.FUTURE),
        ("orders 2011-12-01 to 2011-12-31", "That has not happened yet; today is 2011-12-09."),
        ("revenue last 0 days", "1 to 1,830 days; “last 0 days” is outside that."),
        ("revenue last 99999 days", "1 to 1,830 days; “last 99999 days” is outside that."),
        ("revenue last -3 days", "1 to 1,830 days; “last -3 days” is outside that."),
        ("revenue since monday", "I could not read “since”."),
        ("did orders fall from the week before", "Name the week that “week before” comes before."),
        ("revenue to yesterday", "Name both stretches of days"),
        ("orders on 3 and 5 Dec", "I could not read “3”."),
        ("how many 85123A", "I did not understand which figure you mean."),
        ("revenue on 9/11/2011", "I could not read “9 11”."),
        ("revenue and orders yesterday", "I answer one figure at a time, not net revenue and orders."),
        ("dtc and wholesale revenue", "I answer for one channel or article at a time"),
        ("revenue this month vs last week", "I compare only as many days with as many, not 8 with 7."),
        ("revenue 5 Dec vs the week before", "I compare only as many days with as many, not 1 with 7."),
        ("revenue compared to 3 Nov", "Name both stretches of days"),
        ("revenue last week, last month and last year", "more stretches of days than I can answer"),
        ("is revenue higher than in september", "Name both stretches of days"),
        ("has revenue dropped from september", "Name both stretches of days"),
        ("compare revenue to the revenue in september", "Name both stretches of days"),
        ("revenue in october and november", "Two stretches of days are compared with “vs”"),
        ("revenue on tuesday 5 december", "5 Dec 2011 is a Monday, not a Tuesday."),
        ("revenue from 28 to 3 december", "“from 28 to 3 december” runs backwards."),
        ("revenue in the 7 days before", "Name the days that “7 days before” comes before."),
        ("orders over 2000", words.SIZED),
        ("orders above £2011 last week", words.SIZED),
        ("orders over 5 days", "I could not read “5 days”."),
        ("won deals last month", "I have won deals only of the last 90 days; ask without naming days."),
        ("value won yesterday", "I have won value only of the last 90 days"),
        ("orders from wednesday to monday", "“wednesday to monday” runs backwards."),
        ("revenue per employee", "I cannot split by “employee”, only by day, week, month or channel."),
        ("revenue per country", "I cannot split by “country”"),
        ("revenue by SKU", "I cannot split by “sku”"),
        ("orders by day in 2010", "with at most 62 rows"),
        ("wholesale ad spend yesterday", "I do not have ad spend by channel."),
        ("revenue of 85123A", "I do not have net revenue by article."),
        ("article units yesterday", "I have article units only by article; name a SKU."),
        ("compare late shipments this week to last week", "I can tell late shipments only at one time"),
        ("revenue without wholesale", words.WHOLE),
        ("revenue not including refunds", words.WHOLE),
        ("revenue excluding DTC", words.WHOLE),
        ("which day was best", words.RANKED),
        ("why did wholesale revenue drop yesterday", "I can work out what moved net revenue only as a whole."),
        ("border yesterday", "I could not read “border”."),
        ("disorder", "I could not read “disorder”."),
        ("preorders yesterday", "I could not read “preorders”."),
        ("revenue <https://evil.example/a>", "I could not read “link”."),
        ("revenue of <@U1>", "I could not read “mention”."),
        ("<https://evil.example|evil.example> revenue", "I could not read “evil example”."),
        ("42", "I could not read “42”."),
        ("😀 🎉", "I did not understand which figure you mean."),
        (":tada::wave:", "I did not understand which figure you mean."),
        ("", "I did not understand which figure you mean."),
        ("revenue yesterday " * 30, "I read questions of at most 400 characters."),
    ],
)
async def test_what_is_not_understood_is_named_with_what_can_be_asked(ops: Ops, question: str, said: str) -> None:
    card = await _ask(ops, question)
    assert said in card.conclusion
    assert OFFERED in cards.to_json(card)


@pytest.mark.parametrize(
    "question",
    [
        "<https://evil.example|revenue>",
        "<@U1> revenue",
        "*revenue*",
        "_revenue_",
        "<!channel> revenue",
        ":wave: `revenue`",
    ],
)
async def test_markup_is_its_words(ops: Ops, question: str) -> None:
    card = await _ask(ops, question)
    assert card.conclusion.startswith("Net revenue was £")
    assert not any(mark in cards.to_json(card) for mark in ("evil", "U1", "<", "*", "`"))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("revenue 3 weeks ago", "over 14–20 Nov 2011."),
        ("revenue 5 days ago", "on 4 Dec 2011."),
        ("revenue Q4 2010", "over 1 Oct–31 Dec 2010."),
        ("revenue in 2009", "No rows are stored"),
        ("MER last week", "No rows are stored for MER over 28 Nov–4 Dec 2011. None are stored at all yet."),
        ("why did revenue drop yesterday", "on 8 Dec 2011"),
    ],
)
async def test_the_days_that_were_asked_for_are_answered(ops: Ops, question: str, said: str) -> None:
    assert said in (await _ask(ops, question)).conclusion


async def test_a_month_so_far_is_compared_with_as_many_days_and_says_so(shop: Database) -> None:
    ops = standing.ops(shop, datetime(2010, 12, 9, 6, 30, tzinfo=UTC))
    card = await _ask(ops, "revenue by channel this month vs last month")
    assert "over 1–8 Dec 2010" in card.conclusion
    assert "in 1–8 Nov 2010" in card.conclusion
    assert "Wholesale net revenue was" in card.conclusion
    assert Context(("The first 8 days of each are compared.",)) in card.parts


async def test_days_before_the_first_row_are_said_to_be_missing(ops: Ops) -> None:
    early = await _ask(ops, "revenue in Q4 2010")
    assert Context(("Rows are stored only from 1 Nov 2010.",)) in early.parts
    alone = await _ask(ops, "did revenue rise from october 2010 to november 2010")
    assert "No rows are stored over 1–31 Oct 2010 to compare with." in cards.to_json(alone)
    why = await _ask(ops, "why did revenue rise in november 2010")
    missing = "No rows are stored for net revenue over 1–31 Oct 2010."
    assert why.conclusion == f"{missing} Rows are stored from 1 Nov 2010 to 9 Dec 2011."


async def test_a_closed_day_is_said_to_be_one(ops: Ops) -> None:
    saturday = await _ask(ops, "how many orders on 3 Dec 2011?")
    assert "The company is closed on Saturdays." in cards.to_json(saturday)
    assert "closed" not in cards.to_json(await _ask(ops, "how many orders on 2 Dec 2011?"))
    assert "closed" not in cards.to_json(await _ask(ops, "late shipments on 3 Dec 2011"))
    rest = ops.policy.company.model_copy(update={"closed_days": (date(2011, 12, 2),)})
    assert replies.closed(rest, date(2011, 12, 2)) == "The company is closed on 2 Dec 2011."


async def test_a_trend_has_the_steps_that_were_asked_for(ops: Ops) -> None:
    card = await _ask(ops, "orders by week over the last 14 days")
    assert len(next(part for part in card.parts if isinstance(part, Table)).rows) == 3
    assert len(next(part for part in (await _ask(ops, "monthly orders")).parts if isinstance(part, Table)).rows) == 7
