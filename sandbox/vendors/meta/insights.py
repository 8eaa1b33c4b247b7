"""The insights edge: rows by level and day, every number a string."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from sandbox.company.ads import AD_SETS, CAMPAIGNS, AdDay, AdSet
from sandbox.company.company import CURRENCY, NAME, Company

LEVELS = ("account", "campaign", "adset", "ad")
PRESETS = {"today": (0, 0), "yesterday": (1, 1), "last_3d": (3, 1), "last_7d": (7, 1), "last_14d": (14, 1)}
PRESETS |= {"last_28d": (28, 1), "last_30d": (30, 1), "last_90d": (90, 1)}
_MONEY = ("spend", "value")
FIELDS = frozenset(
    (
        *("account_currency", "account_id", "account_name", "action_values", "actions", "ad_id", "ad_name", "adset_id"),
        *("adset_name", "attribution_setting", "campaign_id", "campaign_name", "clicks", "conversions", "cpc", "cpm"),
        *("cost_per_action_type", "ctr", "date_start", "date_stop", "frequency", "impressions", "inline_link_clicks"),
        *("objective", "outbound_clicks", "purchase_roas", "reach", "spend", "unique_clicks", "website_purchase_roas"),
    )
)
_PURCHASES = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")


class BadQueryError(ValueError):
    """The query asks for what does not exist."""


@dataclass(frozen=True)
class Question:
    """What to report: rows of a level, in pieces of so many days, from one date to another."""

    level: str
    since: date
    until: date
    step: int | None
    fields: tuple[str, ...]
    chosen: tuple[int, ...] = ()


def groups(level: str, chosen: tuple[int, ...]) -> list[tuple[AdSet, ...]]:
    """The ad sets that make one row each."""
    sets = [one for one in AD_SETS if not chosen or one.number in chosen or one.campaign in chosen]
    if level in ("adset", "ad"):
        return [(one,) for one in sets]
    if level == "campaign":
        found = [tuple(one for one in sets if one.campaign == campaign.number) for campaign in CAMPAIGNS]
        return [group for group in found if group]
    return [tuple(sets)]


def rows(company: Company, question: Question) -> list[dict[str, Any]]:
    """Every row of the report; days without impressions have none."""
    found = []
    for since, until in _pieces(question):
        for group in groups(question.level, question.chosen):
            day = _total(company, group, since, until)
            if day.impressions:
                found.append(_row(question, group, day, (since, until)))
    return found


def _pieces(question: Question) -> Iterator[tuple[date, date]]:
    if question.step is None:
        yield question.since, question.until
        return
    start = question.since
    while start <= question.until:
        end = min(question.until, start + timedelta(days=question.step - 1))
        yield start, end
        start = end + timedelta(days=1)


def _total(company: Company, group: tuple[AdSet, ...], since: date, until: date) -> AdDay:
    first = (since - company.time.day(0)).days
    totals = dict.fromkeys((one.name for one in fields(AdDay)), 0.0)
    for day in range(first, first + (until - since).days + 1):
        for ad_set in group:
            one = company.ads.day(ad_set, day, company.now)
            for name, value in asdict(one).items() if one else ():
                totals[name] += value
    return AdDay(**{name: round(value, 2) if name in _MONEY else int(value) for name, value in totals.items()})  # type: ignore[arg-type]


def _row(question: Question, group: tuple[AdSet, ...], day: AdDay, span: tuple[date, date]) -> dict[str, Any]:
    values = _names(question.level, group) | _numbers(day)
    row = {name: values[name] for name in question.fields if values.get(name) is not None}
    return row | {"date_start": span[0].isoformat(), "date_stop": span[1].isoformat()}


def _names(level: str, group: tuple[AdSet, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"account_id": "1000", "account_name": NAME, "account_currency": CURRENCY}
    if level == "account":
        return found
    campaign = next(one for one in CAMPAIGNS if one.number == group[0].campaign)
    found |= {"campaign_id": str(campaign.number), "campaign_name": campaign.name, "objective": campaign.objective}
    if level in ("adset", "ad"):
        found |= {"adset_id": str(group[0].number), "adset_name": group[0].name}
    if level == "ad":
        found |= {"ad_id": str(group[0].number + 1000), "ad_name": f"{group[0].name} - picture"}
    return found


def _numbers(day: AdDay) -> dict[str, Any]:
    actions = {"link_click": day.link_clicks, "landing_page_view": int(day.link_clicks * 0.8)}
    bought = dict.fromkeys(_PURCHASES, day.purchases) if day.purchases else {}
    found: dict[str, Any] = {
        "impressions": str(day.impressions),
        "reach": str(day.reach),
        "frequency": _ratio(day.impressions, day.reach),
        "clicks": str(day.clicks),
        "unique_clicks": str(int(day.clicks * 0.95)),
        "inline_link_clicks": str(day.link_clicks),
        "spend": f"{day.spend:.2f}",
        "cpm": _ratio(day.spend * 1000, day.impressions),
        "cpc": _ratio(day.spend, day.clicks),
        "ctr": _ratio(day.clicks * 100, day.impressions),
        "attribution_setting": "7d_click_1d_view",
        "actions": [{"action_type": name, "value": str(value)} for name, value in (actions | bought).items()],
    }
    if day.purchases:
        found["action_values"] = [{"action_type": name, "value": f"{day.value:.2f}"} for name in _PURCHASES]
        claimed = _ratio(day.value, day.spend)
        found["purchase_roas"] = [{"action_type": "omni_purchase", "value": claimed}]
        found["website_purchase_roas"] = [{"action_type": _PURCHASES[2], "value": claimed}]
    return found


def _ratio(above: float, below: float) -> str | None:
    return f"{above / below:.6f}" if below else None


def read(query: Any, today: date) -> Question:
    """The question of a request; BadQueryError says what is wrong with it."""
    level = query.get("level", "account")
    if level not in LEVELS:
        raise BadQueryError(f"(#100) level must be one of the following values: {', '.join(LEVELS)}")
    wanted = tuple(name.strip() for name in query.get("fields", "impressions,spend").split(",") if name.strip())
    unknown = [name for name in wanted if name not in FIELDS]
    if unknown:
        raise BadQueryError(f"(#100) {unknown[0]} is not valid for fields param. please check the documentation")
    since, until = _range(query, today)
    return Question(level, since, until, _step(query.get("time_increment", "all_days")), wanted)


def _step(text: str) -> int | None:
    if text in ("all_days", "monthly"):
        return None
    if not text.isdigit() or not 1 <= int(text) <= 90:
        raise BadQueryError("(#100) time_increment must be an integer between 1 and 90, or monthly, or all_days")
    return int(text)


def _range(query: Any, today: date) -> tuple[date, date]:
    if "time_range" in query:
        return _explicit(query["time_range"], today)
    preset = query.get("date_preset", "last_30d")
    if preset not in PRESETS:
        raise BadQueryError("(#100) date_preset must be one of the following values: " + ", ".join(PRESETS))
    first, last = PRESETS[preset]
    return today - timedelta(days=first), today - timedelta(days=last)


def _explicit(value: Any, today: date) -> tuple[date, date]:
    try:
        since, until = date.fromisoformat(value["since"]), date.fromisoformat(value["until"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadQueryError("(#100) Must be a date representation in the format YYYY-MM-DD") from error
    if since > until:
        raise BadQueryError("(#100) The start date of the time range cannot be after its end date")
    if since < today - timedelta(days=37 * 30):
        raise BadQueryError("(#3018) The start date of the time range cannot be beyond 37 months from the current date")
    return since, min(until, today)
