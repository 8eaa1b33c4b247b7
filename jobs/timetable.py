"""Every job of the house, in one list."""

from __future__ import annotations

from jobs import (
    act,
    approvals,
    attention,
    backfill,
    collect,
    credentials,
    directory,
    nightly,
    patrol,
    pulse,
    reconcile,
    retention,
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
    reconcile.JOB,
    selfcheck.JOB,
    patrol.JOB,
    silence.JOB,
    credentials.JOB,
    directory.JOB,
    retention.JOB,
    *approvals.JOBS,
)

DEEDS: tuple[Workflow, ...] = (act.act, work.work)
"""Flows that something brings which is no moment: work that was handed in."""


def workflows() -> tuple[Workflow, ...]:
    """Every flow, once: each process that runs flows knows them all."""
    return tuple({flow.name: flow for flow in (*(job.flow for job in TIMETABLE), *DEEDS)}.values())
