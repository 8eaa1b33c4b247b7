"""The shape of [failures] and [escalations] in ops.toml: what is tried again, when a person is asked, and how often."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.kernel.policy_section import Strict

Fault = Literal["transient", "input", "logic", "systemic"]
Silence = Literal["morning", "close"]
Minutes = Annotated[float, Field(gt=0)]

_DEADLINES: dict[Fault, float] = {"systemic": 4, "input": 8, "logic": 8, "transient": 8}


class FailureRule(Strict):
    """One kind of failure: `delays` in seconds between tries (the last one repeats), `attempts` in all.

    A person is asked after the first failure (`at_once`) or after so many `attempts`; `review` says that a person
    should look at what came out, and not only at what broke.
    """

    delays: tuple[Annotated[float, Field(ge=0, le=86_400)], ...] = ()
    attempts: Annotated[int, Field(ge=1, le=20)] = 1
    review: bool = False
    escalate: Literal["at_once", "after_attempts"] = "at_once"

    @property
    def least(self) -> int:
        """After how many failures of one cause a person is told."""
        return 1 if self.escalate == "at_once" else self.attempts


class JobFailures(Strict):
    """What is other for one job; a kind left out is as for every job."""

    transient: FailureRule | None = None
    input: FailureRule | None = None
    logic: FailureRule | None = None
    systemic: FailureRule | None = None


class Failures(Strict):
    """What is done about each kind of failure."""

    transient: FailureRule = FailureRule(delays=(60, 300, 900), attempts=3, escalate="after_attempts")
    input: FailureRule = FailureRule()
    logic: FailureRule = FailureRule(delays=(60,), attempts=2, review=True, escalate="after_attempts")
    systemic: FailureRule = FailureRule()
    jobs: dict[str, JobFailures] = Field(default_factory=dict)

    def rule(self, kind: Fault, job: str = "") -> FailureRule:
        """What holds for a kind of failure of a job."""
        own: FailureRule | None = getattr(self.jobs.get(job, JobFailures()), kind)
        common: FailureRule = getattr(self, kind)
        return own or common


class Escalations(Strict):
    """How people are asked: gathered for `stage_minutes`, at most `cap_messages` in `window_minutes`.

    A cause must be well for `quiet_after_minutes` before its episode closes; when it comes back within
    `flap_minutes` the same episode goes on, without a new message. What a person closed begins anew.
    """

    stage_minutes: Annotated[float, Field(ge=0, le=10)] = 5
    cap_messages: Annotated[int, Field(ge=2, le=30)] = 12
    window_minutes: Minutes = 10
    quiet_after_minutes: Minutes = 10
    flap_minutes: Minutes = 60
    deadline_hours: dict[Fault, Annotated[float, Field(gt=0)]] = Field(default_factory=_DEADLINES.copy)
    remind_minutes: Minutes = 60
    snooze_hours: tuple[Annotated[float, Field(gt=0, le=72)], ...] = (1, 4)
    """How long a person may put one off; until the next morning always."""
    morning: time = time(8, 0)
    on_silence: dict[Fault, Silence] = Field(default_factory=dict)
    """What happens when nobody answers: it stays open and is told again in the morning, or the house lets it rest."""
    owners: dict[str, str] = Field(default_factory=dict)
    """Handles by department; the first of [people] owners where a department has none."""
    deputy: str = ""
    """The handle asked when the owner stays silent past the deadline."""
    runbook: Annotated[str, Field(pattern=r"^(https://\S+)?$", max_length=1000)] = ""
    """Where docs/runbook.md can be read by those who are asked; empty: in the answer alone."""

    @model_validator(mode="after")
    def _in_time(self) -> Escalations:
        if any(hours * 60 <= self.remind_minutes for hours in self.deadline_hours.values()):
            raise ValueError("a deadline lies before its own reminder: remind_minutes must be shorter")
        return self

    @property
    def everyone(self) -> tuple[str, ...]:
        """Every handle that is asked."""
        named = (*self.owners.values(), self.deputy)
        return tuple(dict.fromkeys(handle.removeprefix("@") for handle in named if handle))

    def hours(self, kind: Fault) -> float:
        """How long people have to answer."""
        return self.deadline_hours.get(kind, 8)
