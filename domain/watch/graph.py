"""In which order a house is brought up: credentials, the jobs that read with them, what they read, what rests on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from domain.kernel import connector as connectors
from domain.kernel.connector import Connector
from domain.kernel.department import Department
from domain.kernel.errors import RefusedError
from domain.kernel.plan import JOB, Plan
from domain.kernel.ports import Ops
from domain.kernel.vendor_auth import Keyring
from domain.watch import needs
from domain.watch.jobs import LOOK_BACK
from models import job_state, slot

_CREDENTIAL = "credential:"
Edges = Mapping[str, set[str]]


@dataclass(frozen=True)
class Node:
    """A credential, a stream or a job; `lacks` says what must still become true of it, empty when it is so.

    `awaited`: something that lacks something rests on it.
    """

    name: str
    kind: str
    rests_on: tuple[str, ...]
    awaited: bool = False
    lacks: str = ""


def refuse(plans: Sequence[Plan], departments: Sequence[Department], jobs: Collection[str]) -> None:
    """RefusedError when a job needs what nobody knows, or jobs need each other in a circle.

    `jobs` are all there are; one that the company lets rest may be needed, and keeps nobody waiting.
    """
    edges = edges_of(plans, departments)
    for plan in plans:
        for need in plan.needs:
            if need.on not in edges and need.job not in jobs:
                known = ", ".join(sorted(name for name in edges if not name.startswith(_CREDENTIAL)))
                raise RefusedError(f"The job {plan.job} needs {need.on!r}, which nobody knows; there are: {known}.")
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        circle = " needs ".join(name.removeprefix(JOB) for name in reversed(error.args[1]))
        raise RefusedError(f"Jobs need each other in a circle: {circle}.") from error


def of(ops: Ops) -> dict[str, set[str]]:
    """What rests on what in this house, with the credentials it really goes by."""
    ring = Keyring(ops.secrets)
    return edges_of(ops.plans, ops.departments, lambda connector: connector.auth.used(ring))


def edges_of(
    plans: Sequence[Plan], departments: Sequence[Department], used: Callable[[Connector], Iterable[str]] = lambda _: ()
) -> dict[str, set[str]]:
    """What rests on what: a job on its needs and its source's credentials, a stream on the jobs that read it."""
    known = {plan.job for plan in plans}
    edges: dict[str, set[str]] = {}
    for connector in _connectors(departments):
        needed = [*(one.name for one in connector.credentials if not one.optional), *used(connector)]
        keys = {f"{_CREDENTIAL}{name}" for name in needed}
        edges |= {key: set() for key in keys}
        for stream in connector.streams:
            name = f"{connector.key}.{stream.key}"
            readers = [plan.job for plan in plans if plan.args.get("source") == name]
            edges[name] = {f"{JOB}{job}" for job in readers} or keys
            edges |= {f"{JOB}{job}": set(keys) for job in readers}
    for plan in plans:
        wanted = {need.on for need in plan.needs if not need.job or need.job in known}
        edges.setdefault(f"{JOB}{plan.job}", set()).update(wanted)
    return edges


def _connectors(departments: Sequence[Department]) -> Iterator[Connector]:
    return (connector for department in departments for connector in department.connectors)


def levels(edges: Edges, lacks: Mapping[str, str]) -> list[list[Node]]:
    """Everything in the order in which it can come true: what stands in one level needs only what stands before."""
    sorter = TopologicalSorter(edges)
    sorter.prepare()
    found: list[list[Node]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append([_node(name, edges, lacks) for name in ready])
        sorter.done(*ready)
    return found


def _node(name: str, edges: Edges, lacks: Mapping[str, str]) -> Node:
    kind = "credential" if name.startswith(_CREDENTIAL) else "job" if name.startswith(JOB) else "stream"
    short = name.removeprefix(_CREDENTIAL).removeprefix(JOB)
    awaited = any(name in edges[other] for other in lacks if other in edges)
    return Node(short, kind, tuple(sorted(edges[name])), awaited, lacks.get(name, ""))


def declared(ops: Ops) -> dict[str, str]:
    """What is missing as far as it can be told without the database: credentials, with where they come from."""
    return {
        f"{_CREDENTIAL}{one.name}": f"is not set ({one.where})"
        for connector in _connectors(ops.departments)
        if (missing := connectors.missing(ops, connector))
        for one in connector.credentials
        if one.name in missing
    }


def unborn(ops: Ops) -> dict[str, str]:
    """What is missing before there is a house: the credentials that are not set, and everything that rests on them."""
    edges, found = of(ops), declared(ops)
    return {name: "has not begun" for name in edges if not _credential(name)} | found


def _credential(name: str) -> bool:
    return name.startswith(_CREDENTIAL)


async def lacks(ops: Ops) -> dict[str, str]:
    """What is missing now, by the name of its node: credentials, streams without fresh data, jobs that did not run."""
    found = declared(ops)
    async with ops.db.begin() as db:
        states, last = await job_state.all_of(db), await slot.newest(db, ops.clock.now() - LOOK_BACK)
        for name in of(ops):
            job = name.removeprefix(JOB)
            if _credential(name):
                continue
            if name.startswith(JOB):
                state = states.get(job)
                why = f"is {state.paused_why}" if state and state.paused_at else _unrun(last.get(job))
            else:
                why = await needs.of_stream(ops, db, name)
            found |= {name: why} if why else {}
    return found


def _unrun(row: slot.SlotRow | None) -> str:
    if row is None or row.ended_at is None:
        return "has not run yet"
    return f"ended last as {row.state}: {row.reason}" if row.state != "ran" else ""
