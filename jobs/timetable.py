"""Every job of the house, in one list."""

from __future__ import annotations

from domain.kernel.policy import Policy
from jobs import (
    act,
    approvals,
    attention,
    audit,
    backfill,
    collect,
    credentials,
    directory,
    drift,
    heartbeat,
    nightly,
    patrol,
    pulse,
    reconcile,
    retention,
    scheduled,
    selfcheck,
    silence,
    work,
)
from jobs.flows import Workflow
from jobs.job import Job

TIMETABLE: tuple[Job, ...] = (
    *collect.JOBS,
    backfill.JOB,
    pulse.JOB,
    attention.JOB,
    nightly.JOB,
    audit.JOB,
    reconcile.JOB,
    selfcheck.JOB,
    heartbeat.JOB,
    patrol.JOB,
    silence.JOB,
    credentials.JOB,
    drift.JOB,
    directory.JOB,
    retention.JOB,
    *approvals.JOBS,
)

DEEDS: tuple[Workflow, ...] = (act.act, work.work, scheduled.scheduled)
"""Flows that something brings which is not in the timetable: an approval, work handed in, the policy's schedules."""


def of(policy: Policy) -> tuple[Job, ...]:
    """The timetable with the company's own schedules of work."""
    return (*TIMETABLE, *scheduled.jobs(policy.work))


def workflows() -> tuple[Workflow, ...]:
    """Every flow, once: each process that runs flows knows them all."""
    return tuple({flow.name: flow for flow in (*(job.flow for job in TIMETABLE), *DEEDS)}.values())
