"""What a question asks: the intent, the metric, the channel or article, the days; refused unless all of it is read."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from domain.brain import periods, words
from domain.brain.periods import Asked, UnreadError
from domain.brain.words import Part
from domain.kernel.calendar import Days, last_days
from domain.kernel.metric import CHANNELS, METRICS

Intent = Literal[
    "value", "compare", "trend", "why", "score", "stock", "sources", "help", "plan", "department", "meaning"
]

_TOGETHER: dict[frozenset[str], Intent] = {
    frozenset(): "value",
    frozenset({"compare"}): "compare",
    frozenset({"trend"}): "trend",
    frozenset({"trend", "compare"}): "trend",
    frozenset({"why"}): "why",
    frozenset({"why", "compare"}): "why",
    frozenset({"score"}): "score",
    frozenset({"score", "why"}): "score",
    frozenset({"score", "why", "compare"}): "score",
    frozenset({"stock"}): "stock",
    frozenset({"sources"}): "sources",
    frozenset({"plan"}): "plan",
    frozenset({"plan", "compare"}): "plan",
    frozenset({"department"}): "department",
    frozenset({"meaning"}): "meaning",
}
"""The words of intent that one question may hold at once, and what it then asks."""

NET = "sales.revenue.net"
_UNBEGUN = re.compile(r"\b(?:to|with)(?: the)?$")
_AGAINST = re.compile(
    r"\b(?:(?:than|versus|against|vs|compar\w+\b.* (?:to|with))\b.*"
    r"|(?:from|to|with)(?: (?:the|that|those|in|on|of|it|was|were|what|we|had))*)$"
)
"""What stands before days that a comparison sets something against; `to` and `with` alone lack what goes before."""
_SIZES = {"day": 1, "week": 7, "month": 28}
_MOST_ROWS = 62
_NAMING = ("metric", "sku", "department", "overall")
_NAMED = tuple(Part("intent", name) for name in ("score", "stock", "sources"))
_WHOLES = ("score", "stock", "sources", "plan", "department")
_WON, _WON_DAYS = ("sales.deals.won", "sales.won.amount"), 90


@dataclass(frozen=True)
class Question:
    """A question understood; `days` and `metric` are empty when it names none, `note` says how days were cut."""

    intent: Intent
    metric: str = ""
    dimension: str = "all"
    by_channel: bool = False
    days: tuple[Days, ...] = ()
    grain: str = ""
    note: str = ""


def understand(text: str, today: date, skus: Collection[str] = ()) -> Question:
    """The question in a text; UnreadError with a sentence for people when anything in it is not understood."""
    low = words.plain(text)
    asked = periods.find(low, today)
    said = words.read(low, asked, skus)
    intent = _intent(said)
    if intent == "help":
        return Question(intent)
    comparing = Part("intent", "compare") in said and intent != "plan"
    question = _timed(intent, low, asked if comparing else periods.joined(low, asked), comparing, today)
    return _whole(question, said, today) if intent in _WHOLES else _figure(question, said)


def recognised(text: str, today: date, skus: Collection[str] = ()) -> bool:
    """Whether a text that is no question by its sign is one by its words: it names a figure, or is understood."""
    low = words.plain(text)
    try:
        said = words.parts(low, periods.find(low, today), skus)
        if any(part.kind in _NAMING or part in _NAMED for part in said):
            return True
        return understand(text, today, skus).intent != "help"
    except UnreadError:
        return False


def _intent(said: list[Part]) -> Intent:
    found = set(words.values(said, "intent"))
    if words.values(said, "department"):
        found.add("department")
    if words.values(said, "grain"):
        found.add("trend")
    if "help" in found:
        return "help"
    intent = _TOGETHER.get(frozenset(found))
    if intent is None:
        raise UnreadError("I can answer only one thing at a time.")
    return intent


def _timed(intent: Intent, low: str, asked: list[Asked], comparing: bool, today: date) -> Question:
    """The days of a question, and for two stretches what is set against what."""
    days = _year_ago([one.days for one in asked], today)
    days = days if comparing else list(dict.fromkeys(days))
    if len(days) == 1 and (_AGAINST if comparing else _UNBEGUN).search(low[: asked[0].start].rstrip()):
        other = periods.running(days[0], today) if comparing else None
        if other is None:
            raise UnreadError("Name both stretches of days that I shall compare.")
        days.append(other)
    if len(days) < 2:
        return Question(intent, days=tuple(days))
    if len(days) > 2 or (comparing and intent not in ("compare", "why")):
        raise UnreadError("You name more stretches of days than I can answer at once.")
    if not comparing:
        raise UnreadError("Two stretches of days are compared with “vs”, or are one with “from … to …”.")
    return _against(Question(intent), days, today)


def _year_ago(days: list[Days], today: date) -> list[Days]:
    """`this month vs last year`: beside days that are no year, last year is the same days a year before."""
    year = periods.before("year", today, 1)
    if len(days) != 2 or days.count(year) != 1 or periods.same_kind(days[0], days[1], today):
        return days
    other = next(one for one in days if one != year)
    return [other, periods.year_before(other)]


def _against(question: Question, days: list[Days], today: date) -> Question:
    """The later days set against as many of the earlier ones; whole months may differ in length, and that is said."""
    then, now = sorted(days, key=lambda one: one.first)
    if now == then:
        raise UnreadError("Both stretches are the same days.")
    if now.count == then.count:
        return replace(question, days=(now, then), note="Today is not over yet." if now.last == today else "")
    if not periods.same_kind(now, then, today):
        raise UnreadError(f"I compare only as many days with as many, not {now.count} with {then.count}.")
    if now.last < today - timedelta(days=1):
        return replace(question, days=(now, then), note=f"{now.count} days are compared with {then.count}.")
    count = min(now.count, then.count)
    cut = tuple(Days(one.first, one.first + timedelta(days=count - 1)) for one in (now, then))
    return replace(question, days=cut, note=f"The first {count} days of each are compared.")


def _whole(question: Question, said: list[Part], today: date) -> Question:
    """The score, the plan, a department, a list: of no figure; a list is of today, or of one article."""
    skus, departments = words.values(said, "sku"), words.values(said, "department")
    if question.intent == "plan":
        said = [part for part in said if part != Part("metric", NET)]
    if question.intent == "stock" and len(skus) == 1:
        question = replace(question, intent="value", metric="logistics.stock.cover", dimension=skus[0])
    elif skus or len(departments) > 1 or any(part.kind in ("metric", "channel", "split") for part in said):
        raise UnreadError("I can answer only one thing at a time.")
    elif question.intent in ("stock", "sources") and any(
        today not in (days.first, days.last) for days in question.days
    ):
        raise UnreadError("I can tell that only for today.")
    return replace(question, metric="".join(departments) or question.metric)


def _figure(question: Question, said: list[Part]) -> Question:
    """The question with its one metric, of one channel or article."""
    grains, skus, channels = (words.values(said, kind) for kind in ("grain", "sku", "channel"))
    metrics = _metrics(said, bool(skus))
    if not metrics and not skus and _overall(question, said):
        metrics = [NET]
        question = replace(
            question,
            note=f"{question.note} You named no figure, so this is net revenue; /pulse tells the rest.".strip(),
        )
    if not metrics:
        raise UnreadError("I did not understand which figure you mean.")
    if len(metrics) > 1:
        raise UnreadError(f"I answer one figure at a time, not {' and '.join(METRICS[key].name for key in metrics)}.")
    if len(grains) > 1 or len(skus) + len(channels) > 1:
        raise UnreadError("I answer for one channel or article at a time, by day, week or month.")
    found = replace(
        question,
        metric=metrics[0],
        dimension=(skus + channels + ["all"])[0],
        by_channel=bool(words.values(said, "split")),
        grain="".join(grains),
    )
    if found.intent != "meaning":
        _kept(found)
    return found


def _overall(question: Question, said: list[Part]) -> bool:
    """Whether a question that names no figure asks for the company: `how did we do`, or one month against another."""
    return any(part.kind == "overall" for part in said) or (question.intent == "compare" and bool(question.days))


def _metrics(said: list[Part], of_article: bool) -> list[str]:
    """The metrics named; of an article, what was sold is its units, and it alone asks for its days of cover."""
    found = words.values(said, "metric")
    if not of_article:
        return found
    found = ["sales.sku.units" if key == "sales.units.count" else key for key in found]
    if any(part.kind in ("sold", "overall") for part in said):
        found.append("sales.sku.units")
    counting = Part("filler", "many") in said or Part("filler", "much") in said
    return list(dict.fromkeys(found)) or ([] if counting else ["logistics.stock.cover"])


def _kept(question: Question) -> None:
    """Refuse what is not stored that way, before a missing row could pass for zero."""
    metric, whole = METRICS[question.metric], question.dimension == "all"
    by = "channel" if question.by_channel or question.dimension in CHANNELS else "sku"
    if (question.by_channel or not whole) and metric.dimension != by:
        raise UnreadError(f"I do not have {metric.name} by {'channel' if by == 'channel' else 'article'}.")
    if metric.dimension == "sku" and whole and (question.days or metric.kind == "flow"):
        raise UnreadError(f"I have {metric.name} only by article; name a SKU.")
    if question.metric in _WON and any(days.count != _WON_DAYS for days in question.days):
        raise UnreadError(f"I have {metric.name} only of the last {_WON_DAYS} days; ask without naming days.")
    if question.by_channel and not whole:
        raise UnreadError("I answer for one channel, or by channel.")
    if question.intent == "why" and not whole:
        raise UnreadError("I can work out what moved net revenue only as a whole.")
    if question.intent in ("compare", "trend") and (metric.kind == "level" or metric.dimension == "sku"):
        raise UnreadError(f"I can tell {metric.name} only at one time, not compared or over time.")
    if question.intent == "trend" and (question.by_channel or _rows(question) > _MOST_ROWS):
        raise UnreadError(f"I can tell one trend at a time, with at most {_MOST_ROWS} rows.")


def _rows(question: Question) -> int:
    return sum(days.count for days in question.days) // _SIZES.get(question.grain, periods.LONGEST)


def stretch(question: Question, today: date, default: int = 1) -> Days:
    """The days asked for, or the last `default` days that are over."""
    return question.days[0] if question.days else last_days(today - timedelta(days=1), default)


def before(days: Days) -> Days:
    """What days are compared with: a week, month, quarter or year, whole or so far, with the one before it."""
    for unit, least in (("week", 2), ("month", 8), ("quarter", 32), ("year", 93)):
        whole, earlier = periods.WHOLE[unit](days.first), periods.before(unit, days.first, 1)
        if whole.first == days.first and least <= days.count <= whole.count:
            last = earlier.first + timedelta(days=days.count - 1)
            return earlier if days == whole else Days(earlier.first, min(last, earlier.last))
    return days.before
