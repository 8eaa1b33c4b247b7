"""Answers that the day's pulse knows: net revenue against the plan, and how a department stands."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.brain import replies
from domain.brain.question import NET, Question
from domain.brain.recall import Recall, Recalled
from domain.kernel.calendar import Days, month
from domain.kernel.card import Card, Context, Moment
from domain.kernel.gate_lexicon import FLAT_PERCENT
from domain.kernel.ground import Figure
from domain.kernel.numbers import MONTHS, percent, short_date, write
from domain.kernel.ports import Ops

_BASES = {
    "policy": "The plan is the one that the policy names for the month.",
    "last year": "The plan is net revenue of the same month last year and the growth of {growth} that the policy asks.",
}


async def plan(ops: Ops, asked: Question, recall: Recall) -> Card:
    """Net revenue of a month against its plan, up to the last day asked for that is over; InputError as recalled."""
    day = asked.days[0].last + timedelta(days=1) if asked.days else ops.today()
    told = await recall(ops, min(day, ops.today()))
    of, net, whole = month(told.through), told.figure(NET), told.figure("sales.plan.month")
    name = f"{MONTHS[of.first.month - 1]} {of.first.year}"
    if net is None or net.target is None or whole is None:
        why = "the policy names none, and the same month of last year is not stored whole"
        return Card("The plan", f"There is no plan for {name}: {why}.", _when(told))
    currency, days = ops.policy.company.currency, Days(of.first, told.through)
    net = Figure(**{**vars(net), "period": "asked"})
    facts = replies.facts(
        (f"Plan for {name}", write(whole.value, "money", currency)),
        ("Plan to date", write(net.target or Decimal(0), "money", currency)),
        ("Net revenue to date", write(net.value, "money", currency)),
        ("Difference", write(net.gap or Decimal(0), "money", currency)),
    )
    said = replies.said([_against(net, days, currency)], replies.ground(currency, [net], [replies.period(days)]))
    growth = percent(ops.policy.plan.growth_over_last_year * 100)
    basis = Context((_BASES[told.plan_basis].format(growth=growth),))
    return Card(f"The plan, {name}", said, (*facts, basis, replies.sources(None, net.origins), *_when(told)))


def _against(net: Figure, days: Days, currency: str) -> str:
    """`Net revenue was £765k over 1–20 Nov 2026, 13% below the plan to date of £882k`."""
    assert net.target is not None
    assert net.gap is not None
    noun = "plan" if days == month(days.last) else "plan to date"
    target = f"the {noun} of {write(net.target, 'money', currency)}"
    start = f"Net revenue was {write(net.value, 'money', currency)} {replies.when(days)}"
    if abs(net.gap) * 100 <= abs(net.target) * FLAT_PERCENT or net.gap_percent is None:
        return f"{start}, level with {target}"
    return f"{start}, {percent(net.gap_percent)} {'above' if net.gap > 0 else 'below'} {target}"


async def department(ops: Ops, asked: Question, recall: Recall) -> Card:
    """A department's line of the pulse of a day; InputError as recalled."""
    told = await recall(ops, asked.days[0].last if asked.days else ops.today())
    return Card(
        f"{asked.metric.title()}, {short_date(told.day, year=True)}", f"{told.lines[asked.metric]}.", _when(told)
    )


def _when(told: Recalled) -> tuple[Context, ...]:
    how = "As told in the pulse of" if told.kept else "Composed for"
    return (Context((f"{how} {short_date(told.day, year=True)},", Moment(told.at))),)
