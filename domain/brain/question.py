"""What a question asks: the intent, the metric, the channel or article, and the days."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.brain import periods
from domain.kernel.calendar import Days, last_days, month
from domain.kernel.metric import CHANNELS, METRICS

Intent = Literal["value", "compare", "trend", "why", "score", "stock", "sources", "help"]

_SPOKEN: dict[str, str] = {
    "sales": "sales.revenue.net",
    "takings": "sales.revenue.net",
    "income": "sales.revenue.net",
    "gross": "sales.revenue.gross",
    "returns": "sales.refunds.amount",
    "order": "sales.orders.count",
    "basket": "sales.aov.value",
    "basket size": "sales.aov.value",
    "ads": "marketing.spend.amount",
    "advertising": "marketing.spend.amount",
    "roas": "marketing.mer.ratio",
    "return on ad spend": "marketing.mer.ratio",
    "marketing efficiency": "marketing.mer.ratio",
    "late": "logistics.shipments.late",
    "shipping": "logistics.shipments.shipped",
    "leads": "sales.leads.stale",
    "won": "sales.won.amount",
}
"""What people say besides the names and aliases of the metrics."""

ALIASES: dict[str, str] = {
    **_SPOKEN,
    **{name.lower(): key for key, metric in METRICS.items() for name in metric.names},
}
_INTENTS: tuple[tuple[Intent, str], ...] = (
    ("help", r"^(help|\?|what can (you|i)|what do you know|which metrics|what metrics)"),
    ("score", r"\b(health )?score\b"),
    (
        "stock",
        r"\b(low (on )?stock|running (low|out)|runs? (low|out)|stock-?outs?|out of stock|low (skus?|articles))\b",
    ),
    ("sources", r"\b(sources?|connectors?|feeds?|data fresh|fresh(ness)?|up to date|stale data)\b"),
    ("why", r"\b(why|drivers?|drove|drives|cause[ds]?|explain|because of what|what moved)\b"),
    ("trend", r"\b(trend(ing|s)?|develop(ed|ing|ment)?|over time|by (day|week|month)|daily|weekly|history|chart)\b"),
    ("compare", r"\b(compared?|versus|vs\.?|against|than|change[ds]?|difference)\b"),
)


@dataclass(frozen=True)
class Question:
    """A question understood; `days` are empty when it names none, `metric` when it names none."""

    intent: Intent
    metric: str = ""
    dimension: str = "all"
    by_channel: bool = False
    days: tuple[Days, ...] = ()


def understand(text: str, today: date, skus: Collection[str] = ()) -> Question | None:
    """The question in a text; None when nothing in it is known. NoSuchDayError when it names an impossible date."""
    low = " ".join(text.lower().split()).rstrip("?!. ")
    asked = periods.find(low, today)
    bare = _without(low, asked)
    days = tuple(one.days for one in asked)
    dimension = _dimension(bare, skus)
    metric = _metric(bare)
    intent = next((name for name, pattern in _INTENTS if re.search(pattern, low)), None)
    if intent in ("help", "score", "sources"):
        return Question(intent, days=days)
    if intent == "stock":
        return Question(intent, days=days)
    if dimension in skus and not metric:
        metric = "logistics.stock.cover"
    if not metric:
        return None
    if metric == "sales.units.count" and dimension in skus:
        metric = "sales.sku.units"
    if intent is None:
        intent = "compare" if len(days) > 1 else "value"
    by_channel = bool(re.search(r"\b(by|per|each) channel\b|\bchannels\b", low))
    return Question(intent, metric, dimension, by_channel, days)


def _without(text: str, asked: list[periods.Asked]) -> str:
    """The text with its words for time taken out: `the month before` names no metric."""
    for one in reversed(asked):
        text = f"{text[: one.start]} {text[one.end :]}"
    return text


def _metric(text: str) -> str:
    """The metric with the longest name in the text; a misspelt word counts when it is close."""
    for name in sorted(ALIASES, key=len, reverse=True):
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
            return ALIASES[name]
    single = [name for name in ALIASES if " " not in name and len(name) > 4]
    for word in re.findall(r"[a-z]{5,}", text):
        close = difflib.get_close_matches(word, single, n=1, cutoff=0.84)
        if close:
            return ALIASES[close[0]]
    return ""


def _dimension(text: str, skus: Collection[str]) -> str:
    words = set(re.findall(r"[\w-]+", text))
    for sku in skus:
        if sku.lower() in words:
            return sku
    for channel, names in CHANNELS.items():
        if any(re.search(rf"\b{re.escape(name.lower())}\b", text) for name in names):
            return channel
    return "all"


def stretch(question: Question, today: date, default: int = 1) -> Days:
    """The days asked for, or the last `default` days that are over."""
    return question.days[0] if question.days else last_days(today - timedelta(days=1), default)


def before(days: Days) -> Days:
    """What a stretch is compared with: a month so far with the same days of the month before, else the days before."""
    if days.first.day == 1 and days.count > 7 and days.last <= month(days.first).last:
        earlier = month(days.first - timedelta(days=1))
        whole = days.last == month(days.first).last
        last = earlier.last if whole else min(earlier.first + timedelta(days=days.count - 1), earlier.last)
        return Days(earlier.first, last)
    return days.before
