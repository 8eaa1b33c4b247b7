"""Simulates the ads: campaigns whose spending follows the shop's real demand and whose claims settle over a week."""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sandbox.company import chance
from sandbox.company.ledger import DATA
from sandbox.company.timeline import DAY, minutes

SETTLED = 7
# How much of a day's final conversions Meta knows on the day itself, one day later, two days later ...
_KNOWN = (0.55, 0.80, 0.89, 0.935, 0.96, 0.978, 0.99)
_BASE_SPEND = 3600.0


@dataclass(frozen=True)
class AdSet:
    """Ads for one audience; `share` of the day's budget, `return_` pounds claimed per pound spent."""

    number: int
    campaign: int
    name: str
    share: float
    return_: float


@dataclass(frozen=True)
class Campaign:
    """Some ad sets with one aim."""

    number: int
    name: str
    objective: str


@dataclass(frozen=True)
class AdDay:
    """What one ad set did on one day, as known at some later moment; money in pounds."""

    impressions: int
    reach: int
    clicks: int
    link_clicks: int
    spend: float
    purchases: int
    value: float


CAMPAIGNS = (
    Campaign(120_210_000_000_100, "Prospecting - gifts", "OUTCOME_SALES"),
    Campaign(120_210_000_000_200, "Retargeting - basket", "OUTCOME_SALES"),
    Campaign(120_210_000_000_300, "Seasonal", "OUTCOME_SALES"),
    Campaign(120_210_000_000_400, "Trade accounts", "OUTCOME_LEADS"),
)
AD_SETS = (
    AdSet(120_210_000_000_111, CAMPAIGNS[0].number, "Home and garden", 0.22, 2.4),
    AdSet(120_210_000_000_112, CAMPAIGNS[0].number, "Party and craft", 0.16, 2.1),
    AdSet(120_210_000_000_113, CAMPAIGNS[0].number, "Lookalike 1%", 0.14, 2.9),
    AdSet(120_210_000_000_211, CAMPAIGNS[1].number, "Basket 7 days", 0.12, 6.2),
    AdSet(120_210_000_000_212, CAMPAIGNS[1].number, "Visitors 30 days", 0.10, 4.4),
    AdSet(120_210_000_000_311, CAMPAIGNS[2].number, "Christmas", 0.12, 2.6),
    AdSet(120_210_000_000_312, CAMPAIGNS[2].number, "Spring", 0.06, 1.9),
    AdSet(120_210_000_000_411, CAMPAIGNS[3].number, "Small shops", 0.08, 0.6),
)


@dataclass
class Ads:
    """The ad account; `paused` says from when to when an ad set or campaign was switched off, in the shop's minutes."""

    seed: int
    paused: dict[int, list[tuple[int, int | None]]] = field(default_factory=dict)

    @cached_property
    def _demand(self) -> tuple[list[int], list[float]]:
        """Trading days and what private customers bought on them, in pounds."""

        days, revenue = [], []
        with gzip.open(DATA / "online_retail_daily_channel.csv.gz", "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["channel"] == "dtc":
                    days.append(minutes(datetime.fromisoformat(row["date"])) // DAY)
                    revenue.append(float(row["revenue_gbp"]))
        return days, revenue

    def _heat(self, day: int) -> float:
        """How the four weeks up to a day compare with the whole, about 1."""
        days, revenue = self._demand
        at = bisect_right(days, day)
        recent = revenue[max(0, at - 24) : at]
        usual = sum(revenue) / len(revenue)
        return (sum(recent) / len(recent) / usual) if recent else 1.0

    def _running(self, ad_set: AdSet, day: int) -> float:
        """The part of a day on which the ad set was switched on."""
        start, end = day * DAY, (day + 1) * DAY
        off = 0
        for number in (ad_set.number, ad_set.campaign):
            for since, until in self.paused.get(number, []):
                off += max(0, min(end, until if until is not None else end) - max(start, since))
        return max(0.0, 1.0 - off / DAY)

    def day(self, ad_set: AdSet, day: int, now: int) -> AdDay | None:
        """What is known now about an ad set's day; nothing for days to come."""
        today = now // DAY
        if day > today:
            return None
        age = today - day
        elapsed = (now % DAY) / DAY if age == 0 else 1.0
        wave = chance.between(0.8, 1.2, self.seed, "spend", ad_set.number, day)
        spend = _BASE_SPEND * ad_set.share * (0.5 + 0.5 * self._heat(day)) * wave * self._running(ad_set, day) * elapsed
        if round(spend, 2) == 0:
            return AdDay(0, 0, 0, 0, 0.0, 0, 0.0)
        return self._results(ad_set, day, spend, _KNOWN[age] if age < SETTLED else 1.0)

    def _results(self, ad_set: AdSet, day: int, spend: float, known: float) -> AdDay:
        price = chance.between(5.5, 9.0, self.seed, "cpm", ad_set.number, day)
        rate = chance.between(0.009, 0.02, self.seed, "ctr", ad_set.number, day)
        luck = chance.between(0.7, 1.3, self.seed, "roas", ad_set.number, day)
        basket = chance.between(24, 42, self.seed, "basket", ad_set.number, day)
        impressions = int(spend / price * 1000)
        clicks = int(impressions * rate)
        purchases = int(spend * ad_set.return_ * luck / basket * known)
        return AdDay(
            impressions=impressions,
            reach=int(impressions * 0.72),
            clicks=clicks,
            link_clicks=int(clicks * 0.78),
            spend=round(spend, 2),
            purchases=purchases,
            value=round(purchases * basket, 2),
        )
