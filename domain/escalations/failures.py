"""What is done about a failure: tried again, asked for, looked at, escalated; each is written down by its cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.kernel import ids, point
from domain.kernel.policy import Policy
from domain.kernel.policy_failures import Failures, Fault
from domain.kernel.ports import Ops
from models import escalation, escalation_flow
from models.base import Db
from models.escalation import Standing

_AT_ONCE = 1_000
"""Failures written with one statement."""
_MOST = 500
_VARYING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27,}|\d+")


@dataclass(frozen=True)
class Verdict:
    """What is done about a failure; `after` is in seconds, for `again`."""

    what: Literal["again", "intake", "review", "escalate"]
    after: float = 0.0


def decide(
    failures: Failures, kind: Fault, detail: str, *, job: str = "", attempt: int = 1, earlier: Sequence[str] = ()
) -> Verdict:
    """What to do after the `attempt`-th try of one piece of work failed; `earlier` is how its last tries failed.

    What was handed in wrongly goes back to who handed it in. The same input failing twice in the same way is no
    chance: trying once more would only take longer.
    """
    if kind == "input":
        return Verdict("intake")
    rule = failures.rule(kind, job)
    given_up = attempt >= rule.attempts or not rule.delays
    if given_up or (kind == "logic" and consistent(detail, earlier)):
        return Verdict("review" if rule.review else "escalate")
    return Verdict("again", rule.delays[min(attempt, len(rule.delays)) - 1])


def consistent(detail: str, earlier: Sequence[str]) -> bool:
    """Whether a failure reads as one before did, whatever times and ids it names."""
    return any(_shape(detail) == _shape(one) for one in earlier)


def _shape(detail: str) -> str:
    return _VARYING.sub("#", detail.lower()).strip()


@dataclass(frozen=True)
class Failure:
    """One failure. `cause` is what makes two of them the same trouble; the four answers are read from the first.

    `subject` is the piece of work it happened to; `link` holds what a person can type to see the record. What is
    `retried` by itself is told after as many failures as its kind allows, all else after the first.
    """

    cause: str
    kind: Fault
    detail: str
    title: str
    trying: str
    tried: str
    needed: str
    source: str = ""
    job: str = ""
    subject: str = ""
    department: str = "orchestrator"
    link: Mapping[str, str] = field(default_factory=dict)
    action_id: str = ""
    retried: bool = False


async def raised(ops: Ops, db: Db, found: Sequence[Failure], *, by: str = "house") -> None:
    """Write failures down, in the caller's transaction: each joins the open episode of its cause, or opens one."""
    if not found:
        return
    for first in range(0, len(found), _AT_ONCE):
        block = found[first : first + _AT_ONCE]
        await _open(ops, db, {one.cause: one for one in reversed(block)}, by)
        await escalation_flow.failed(db, [_row(one) for one in block])
    point.reach("raised")


async def _open(ops: Ops, db: Db, causes: Mapping[str, Failure], by: str) -> None:
    """See to it that every cause has an open episode."""
    flap = ops.policy.escalations.flap_minutes
    known = await escalation.newest(db, list(causes), flap_minutes=flap)
    back = [one.id for one in known.values() if one.state == "closed" and one.fresh]
    new = [row for cause, one in causes.items() for row in _born(ops.policy, one, known.get(cause))]
    if back:
        await escalation_flow.again(db, back, by)
    if new:
        await escalation_flow.born(db, new, by)


def _born(policy: Policy, one: Failure, before: Standing | None) -> Iterator[dict[str, Any]]:
    """The row of a new episode; none while an old one is open or goes on."""
    if before and (before.state != "closed" or before.fresh):
        return
    episode = before.episode + 1 if before else 1
    wishes = policy.escalations
    yield {
        "id": ids.of("E", f"{one.cause}:{episode}"),
        "cause": one.cause,
        "episode": episode,
        "kind": one.kind,
        "department": one.department,
        "owner": (wishes.owners.get(one.department) or next(iter(policy.people.owners), "")).removeprefix("@") or None,
        "on_silence": wishes.on_silence.get(one.kind, "morning"),
        "least": policy.failures.rule(one.kind, one.job).least if one.retried else 1,
        "stage": 0 if one.kind == "systemic" else wishes.stage_minutes,
        "hours": wishes.hours(one.kind),
        "link": dict(one.link),
        "action_id": one.action_id or None,
        "wrong": plain(one.detail),
        **{name: plain(getattr(one, name)) for name in ("title", "trying", "tried", "needed")},
    }


def _row(one: Failure) -> dict[str, str]:
    told = {name: getattr(one, name) for name in ("cause", "kind", "source", "job", "subject")}
    return {**told, "detail": plain(one.detail)}


def plain(text: str) -> str:
    """A text as a row can hold it: no zero bytes, no halves of characters, not endless."""
    return text.replace("\0", "").encode(errors="replace").decode()[:_MOST]


earlier = escalation.last_details
undelivered = escalation_flow.undelivered
