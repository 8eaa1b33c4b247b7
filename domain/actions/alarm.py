"""What a person must know of an action: that nobody can tell what became of it, or that a plan stands half done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from domain.escalations import failures
from domain.escalations.failures import Failure
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from models.action import Kept
from models.base import Db


async def raised(ops: Ops, db: Db, row: Kept, state: str, why: str, kind: str) -> None:
    """Ask a person about an action whose end is unclear, or which the vendor's side keeps from being done.

    What was asked for wrongly is told on its card alone, to who asked; what ends a plan is told with the plan.
    """
    if state == "unclear":
        needed = f"Look at the vendor for opsbrain:{row.id}, and set right by hand what is not as it should be."
        said = _about(row, why, "logic", f"action:{row.id}")
        await _told(ops, db, replace(said, title="An action is unclear", needed=needed))
    elif kind in ("systemic", "transient", "logic") and not row.plan_id:
        needed = "Mend what the vendor's answer names; nothing was changed, so it can be asked for again."
        said = _about(row, why, cast("Fault", kind), f"action:{row.kind}:{kind}")
        await _told(ops, db, replace(said, title="An action could not be done", needed=needed))


async def plan_ended(ops: Ops, db: Db, steps: Sequence[Kept]) -> None:
    """Tell how every step of a plan stands that could not be done as a whole."""
    left = [one.id for one in steps if one.state in ("done", "unclear")]
    told = "; ".join(f"step {one.step}, {one.kind} ({one.id}), is {one.state}" for one in steps)
    broken = next((one for one in steps if one.state in ("failed", "stale", "refused")), steps[-1])
    needed = f"Decide about what still stands: {', '.join(left)}." if left else "Nothing of it is left in place."
    said = _about(broken, f"{broken.error} Now {told}.", "logic", f"plan:{broken.plan_id}")
    await _told(ops, db, replace(said, title="A plan could not be done", needed=needed))


def _about(row: Kept, why: str, kind: Fault, cause: str) -> Failure:
    deed = "taken back" if row.state == "undoing" else "done"
    return Failure(
        cause=cause,
        kind=kind,
        detail=why,
        title="",
        trying=f"{row.kind} ({row.id}) was to be {deed}: {row.reason}",
        tried="It was tried as often as the policy says, and looked up at the vendor.",
        needed="",
        source=row.kind.partition(".")[0],
        subject=row.id,
        department=row.department,
        link={"record": f"/ops why {row.id}"},
        action_id=row.id,
    )


async def _told(ops: Ops, db: Db, one: Failure) -> None:
    await failures.raised(ops, db, [one], by="job:act")
