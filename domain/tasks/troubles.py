"""What becomes of work that failed, by its kind: tried again, given back to who asked, or told to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.escalations import escalation, failures
from domain.escalations.failures import Failure, Verdict
from domain.kernel import people
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from domain.tasks.lifecycle import By
from models import asking
from models.base import Db
from models.task_work import TaskRow

JOB = "work"
_NEEDED: dict[Fault, str] = {
    "transient": "Look whether the other side has trouble, then resume the task.",
    "input": "Edit what was asked.",
    "logic": "Look at the reason, then resume the task, take it over or cancel it.",
    "systemic": "Mend what the reason names, then resume the task.",
}
_REVIEW = "Look at what came out and why, then edit the task, take it over or cancel it."


def judged(ops: Ops, task: TaskRow, kind: Fault, detail: str) -> Verdict:
    """What is done after this try of a task failed; the same failure twice is no chance."""
    earlier = [task.why] if task.attempts else []
    attempt = task.attempts + 1
    return failures.decide(ops.policy.failures, kind, detail, job=JOB, attempt=attempt, earlier=earlier)


@dataclass(frozen=True)
class Trouble:
    """What a person is told about a task; `what` tells its troubles apart."""

    what: str
    kind: Fault
    title: str
    detail: str
    tried: str
    needed: str

    def of(self, task: TaskRow, who: str) -> Failure:
        """The failure to be raised; `who` is how the requester is called."""
        return Failure(
            cause=cause(task.id, self.what),
            kind=self.kind,
            detail=self.detail,
            title=f"{self.title}: {task.id}",
            trying=f"“{task.objective[:200]}” ({task.category or 'no category'}), asked by {who}.",
            tried=self.tried,
            needed=self.needed,
            job=JOB,
            subject=task.id,
            department=task.department or "orchestrator",
            link={"record": f"/task show {task.id}"},
        )


async def failed(db: Db, found: Sequence[tuple[TaskRow, Trouble]]) -> list[Failure]:
    """The failures to be raised for the troubles of tasks, with who asked by name."""
    names = await asking.handles(db, [task.requester for task, _ in found])
    return [trouble.of(task, people.called(task.requester, names)) for task, trouble in found]


def cause(task_id: str, what: str) -> str:
    """What makes two troubles of a task the same."""
    return f"task.{what}:{task_id}"


async def told(ops: Ops, db: Db, task: TaskRow, kind: Fault, detail: str, *, tried: str = "") -> None:
    """A person must look at a task that failed; `tried` is what was, when that was not one or more tries."""
    tries = f"{task.attempts + 1} tries." if task.attempts else "One try; another would fail in the same way."
    needed = _REVIEW if ops.policy.failures.rule(kind, JOB).review else _NEEDED[kind]
    one = Trouble("failed", kind, "A task failed", detail, tried or tries, needed)
    await failures.raised(ops, db, await failed(db, [(task, one)]))


async def unrouted(ops: Ops, db: Db, task: TaskRow) -> None:
    """A person must say what becomes of work that no rule sends anywhere."""
    needed = f"Edit it so that its kind is clear (/task edit {task.id}), take it over, or cancel it."
    detail = f"Nobody knows where this work goes: {task.why}."
    one = Trouble("unrouted", "input", "Work waits for a person", detail, "Every rule for work, in order.", needed)
    await failures.raised(ops, db, await failed(db, [(task, one)]))


async def over(db: Db, task_id: str, who: By) -> None:
    """A person has dealt with a task: nobody need look at it any more."""
    causes = [cause(task_id, what) for what in ("failed", "unrouted")]
    await escalation.well(db, causes, "a person dealt with the task", by=who.who)
