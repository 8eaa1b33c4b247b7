"""The typed shape of ops.toml: every rule, weight, curve and target, with unknown keys refused."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from domain.kernel.policy_actions import ActionPolicy
from domain.kernel.policy_alarm import AlarmPolicy
from domain.kernel.policy_attention import Attention
from domain.kernel.policy_failures import Escalations, Failures
from domain.kernel.policy_honesty import Honesty
from domain.kernel.policy_section import Strict
from domain.kernel.policy_tasks import Tasks
from domain.kernel.policy_trust import Approvals, Autonomy
from domain.kernel.policy_watch import Watch
from domain.kernel.policy_work import Work

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Part = Literal["revenue_velocity", "order_trend", "stock_cover", "marketing_efficiency", "system_reliability"]
Curve = Annotated[tuple[tuple[float, float], ...], Field(min_length=2)]
"""Points (x, score 0-100), x ascending; straight lines between, flat outside."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA list, such as Europe/London")
    return name


class Company(Strict):
    """Whose house this is."""

    name: str = "The company"
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/London"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"
    closed_weekdays: tuple[Weekday, ...] = ()
    closed_days: tuple[date, ...] = ()

    @property
    def tz(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.zone)


class Channels(Strict):
    """Channels by name, without the number sign; resolved through the Web API at start."""

    pulse: str = "ops-pulse"
    escalations: str = "ops-escalations"
    logistics: str = "ops-logistics"
    marketing: str = "ops-marketing"
    sales: str = "ops-sales"

    def used(self) -> dict[str, str]:
        """The channels something is posted to, by role; a department's own is only named so far."""
        return {"pulse": self.pulse, "escalations": self.escalations}


class People(Strict):
    """Slack handles by role; resolved through the Web API at start."""

    owners: tuple[str, ...] = ()
    """Told when the house itself needs a person; they say how far it goes without being asked."""


class ScorePart(Strict):
    """One part of the health score: its weight, its curve, and the age at which its source is stale."""

    weight: Annotated[float, Field(ge=0, le=1)]
    curve: Curve
    stale_after_hours: Annotated[float, Field(gt=0)] = 30.0

    @model_validator(mode="after")
    def _ascending(self) -> ScorePart:
        xs = [x for x, _ in self.curve]
        if xs != sorted(xs) or len(set(xs)) != len(xs):
            raise ValueError("the curve's x values must ascend")
        if any(not 0 <= score <= 100 for _, score in self.curve):
            raise ValueError("the curve's scores lie between 0 and 100")
        return self


class Score(Strict):
    """The health score 0-100: five weighted parts."""

    parts: dict[Part, ScorePart]
    key_skus: Annotated[int, Field(ge=1, le=500)] = 40
    cover_days_target: Annotated[float, Field(gt=0)] = 21.0
    cover_window_days: Annotated[int, Field(ge=7, le=90)] = 28
    trend_days: Annotated[int, Field(ge=1, le=31)] = 7
    attention_below: Annotated[float, Field(ge=0, le=100)] = 60.0
    attention_off_target: Annotated[float, Field(ge=0, lt=1)] = 0.05

    @model_validator(mode="after")
    def _whole(self) -> Score:
        total = sum(part.weight for part in self.parts.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the weights of the parts add up to {total:g}, not to 1")
        return self


class Plan(Strict):
    """What the company means to earn: a figure for a month, or last year's same month and a growth."""

    growth_over_last_year: Decimal = Decimal("0.05")
    months: dict[Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")], Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=dict
    )


class Target(Strict):
    """What a metric should reach."""

    value: Decimal
    higher_is_better: bool = True


class JobPolicy(Strict):
    """What may be changed about one job: its timetable, or that it rests."""

    enabled: bool = True
    at: tuple[time, ...] | None = None
    every_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    missed: Literal["all", "latest", "skip"] | None = None


class ConnectorPolicy(Strict):
    """What may be changed about one connector."""

    enabled: bool = True
    url: str | None = None
    exclude_sources: tuple[str, ...] = ()
    volume_band: Annotated[float, Field(gt=1)] = 6.0
    stale_after_hours: Annotated[float, Field(gt=0)] | None = None
    history_days: Annotated[int, Field(ge=1)] = 800


class SlackPolicy(Strict):
    """How the bot behaves in Slack."""

    connections: Annotated[int, Field(ge=1, le=4)] = 2
    stagger_seconds: Annotated[float, Field(ge=0)] = 20.0
    posts_per_second: Annotated[float, Field(gt=0, le=5)] = 1.0
    commands_per_minute: Annotated[int, Field(ge=1)] = 30
    replies_per_thread_hour: Annotated[int, Field(ge=1)] = 20


class Retention(Strict):
    """How long working rows are kept, in days."""

    raw_pages: Annotated[int, Field(ge=1)] = 14
    inbox: Annotated[int, Field(ge=1)] = 30
    outbox: Annotated[int, Field(ge=1)] = 90
    slots: Annotated[int, Field(ge=7)] = 400
    workflows: Annotated[int, Field(ge=1)] = 14


class Policy(Strict):
    """ops.toml as a whole."""

    company: Company = Company()
    channels: Channels = Channels()
    people: People = People()
    score: Score
    plan: Plan = Plan()
    targets: dict[str, Target] = Field(default_factory=dict)
    jobs: dict[str, JobPolicy] = Field(default_factory=dict)
    connectors: dict[str, ConnectorPolicy] = Field(default_factory=dict)
    slack: SlackPolicy = SlackPolicy()
    retention: Retention = Retention()
    actions: ActionPolicy = ActionPolicy()
    approvals: Approvals = Approvals()
    autonomy: Autonomy = Autonomy()
    tasks: Tasks = Tasks()
    work: Work = Work()
    failures: Failures = Failures()
    escalations: Escalations = Escalations()
    attention: Attention = Attention()
    honesty: Honesty = Honesty()
    watch: Watch = Watch()
    alarm: AlarmPolicy = AlarmPolicy()

    def connector(self, key: str) -> ConnectorPolicy:
        """The section of one connector, or the defaults."""
        return self.connectors.get(key, ConnectorPolicy())

    def job(self, name: str) -> JobPolicy:
        """The section of one job, or the defaults."""
        return self.jobs.get(name, JobPolicy())
