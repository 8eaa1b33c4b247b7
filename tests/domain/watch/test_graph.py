"""What rests on what: no circle, no need that nobody knows, and an order in which a house comes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import refusals, settings
from domain.kernel.errors import RefusedError
from domain.kernel.plan import Need, Plan, Timing
from domain.watch import graph
from jobs import pulse, timetable
from tests.collecting import DEPARTMENTS

HOURLY = Timing(every=timedelta(hours=1))


def _plan(job: str, *on: str, source: str = "") -> Plan:
    needs = tuple(Need(one) for one in on)
    return Plan(job, HOURLY, "jobs.x", "sales", {"source": source} if source else {}, needs=needs)


def test_a_need_that_nobody_knows_is_refused_by_its_name() -> None:
    with pytest.raises(RefusedError, match=r"The job pulse needs 'shopify.odrers', which nobody knows; there are: .*"):
        graph.refuse([_plan("pulse", "shopify.odrers")], DEPARTMENTS, {"pulse"})
    with pytest.raises(RefusedError, match="needs 'job:nigthly', which nobody knows"):
        graph.refuse([_plan("retention", "job:nigthly")], DEPARTMENTS, {"retention", "nightly"})


def test_a_house_whose_jobs_need_what_is_not_there_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(pulse.JOB, needs=(Need("shopify.odrers"),))
    monkeypatch.setattr(timetable, "TIMETABLE", (*(one for one in timetable.TIMETABLE if one is not pulse.JOB), lost))
    with pytest.raises(RefusedError, match="The job pulse needs"):
        refusals.policy(settings.settings())


def test_jobs_that_need_each_other_in_a_circle_are_refused() -> None:
    circle = [_plan("a", "job:b"), _plan("b", "job:c"), _plan("c", "job:a")]
    with pytest.raises(RefusedError, match=r"in a circle: . needs . needs . needs ."):
        graph.refuse(circle, DEPARTMENTS, "abc")


def test_a_source_that_its_own_reader_needs_is_a_circle() -> None:
    with pytest.raises(RefusedError, match="circle"):
        graph.refuse([_plan("deals", "hubspot.deals", source="hubspot.deals")], DEPARTMENTS, {"deals"})


def test_a_need_of_a_job_that_the_company_lets_rest_is_none() -> None:
    graph.refuse([_plan("retention", "job:nightly")], DEPARTMENTS, {"retention", "nightly"})


def test_each_level_rests_on_those_before_it_alone() -> None:
    plans = [_plan("late", "job:nightly"), _plan("nightly", "hubspot.deals"), _plan("deals", source="hubspot.deals")]
    edges = graph.edges_of(plans, DEPARTMENTS)
    found = graph.levels(
        edges, {"credential:HUBSPOT_SERVICE_KEY": "is not set (HubSpot)", "job:deals": "has not run yet"}
    )
    place = {node.name: number for number, level in enumerate(found) for node in level}
    order = ["HUBSPOT_SERVICE_KEY", "deals", "hubspot.deals", "nightly", "late"]
    assert [place[name] for name in order] == [0, 1, 2, 3, 4]
    key, reader = (node for level in found for node in level if node.lacks)
    assert (key.name, key.kind, key.awaited) == ("HUBSPOT_SERVICE_KEY", "credential", True)
    assert (reader.name, reader.awaited) == ("deals", False)  # what it reads is fresh, whoever read it
    assert sum(map(len, found)) == len(edges)
