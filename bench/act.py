"""approve_p50_ms: from the click that allows an action to its effect begun, by a worker in another process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bench import lab, rows
from bench.figure import Figure, median
from bot import sandboxed, settings
from domain.kernel import action as actions
from domain.kernel.ports import Ops
from domain.trust import approvals, proposals
from domain.trust.approvals import Click
from domain.trust.proposals import Origin
from models.directory import Who

_COUNT = 8  # more in a row, and the quota of the vendor is measured
_KINDS = ("meta.resume_ad_set", "meta.pause_ad_set")
_AD_SET = "120210000000411"
_APPROVER = "U0APPROVER"


@dataclass(frozen=True)
class _Staff:
    """One person, who may."""

    async def look(self, user_id: str) -> Who | None:
        return Who(user_id, "approver", "T0SANDBOX", "")


def measure() -> Iterator[Figure]:
    """Clicks one after the other, each beside a bare bell over the same database."""
    with (
        lab.room() as path,
        lab.migrated(path),
        lab.sandbox("slack", path) as slack,
        lab.sandbox("vendors", path) as vendors,
    ):
        environment = sandboxed.environment(slack, vendors, path / "var", 0)
        argv = [sys.executable, "-m", "bot", "run", "worker-marketing"]
        worker = subprocess.Popen(argv, cwd=settings.ROOT, env=environment)
        try:
            ours, bare = asyncio.run(_clicks(environment))
        finally:
            worker.terminate()
            worker.wait(30)
    against = "a bare NOTIFY heard on another connection"
    yield Figure("approve_p50_ms", ours, "ms", bare, against, "< 100, with the vendor asked how things stand")


async def _clicks(environment: Mapping[str, str]) -> tuple[float, float]:
    async with lab.ops(environment) as plain:
        wishes = plain.policy.approvals.model_copy(update={"approvers": (_APPROVER,)})
        policy = plain.policy.model_copy(update={"approvals": wishes})
        ops = replace(plain, people=_Staff(), policy=policy)
        await _click(ops, -1)  # the worker has started when this is done
        ours, bare = [], []
        for number in range(_COUNT):
            ours.append(await _click(ops, number))
            bare.append(await rows.bell(ops.db))
        return median(ours), median(bare)


async def _click(ops: Ops, number: int) -> float:
    """Milliseconds from the click to the intent's row, by the database's clock."""
    kind, args = _KINDS[number % 2], {"ad_set": _AD_SET}
    found = await proposals.ask(ops, kind, args, Origin(key=f"bench:{number}", requester="job:bench", reason="bench"))
    digest = actions.digest(kind, args)
    clicked = await rows.moment(ops.db)
    said = await approvals.approve(ops, Click(found.approval_id, digest[:8], _APPROVER))
    if said.word != "approved":
        raise RuntimeError(said.why)
    return (await rows.effect_begun(ops.db, found.action_id) - clicked) / timedelta(milliseconds=1)
