"""Every job of the house, in one list."""

from __future__ import annotations

from jobs import (
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
)
from jobs.flows import Workflow
from jobs.job import Job

TIMETABLE: tuple[Job, ...] = (
    *collect.JOBS,
    backfill.JOB,
    pulse.JOB,
    nightly.JOB,
    reconcile.JOB,
    selfcheck.JOB,
    patrol.JOB,
    silence.JOB,
    credentials.JOB,
    directory.JOB,
    retention.JOB,
)


def workflows() -> tuple[Workflow, ...]:
    """Every flow, once: each process that runs flows knows them all."""
    return tuple({job.flow.name: job.flow for job in TIMETABLE}.values())
