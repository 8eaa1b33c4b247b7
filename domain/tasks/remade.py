"""Every routing decision made again from what was recorded of it: the same brief and the same rules decide the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.tasks import brief as briefs
from domain.tasks import decision, routing
from domain.tasks.classify import RuleClassifier
from domain.tasks.decision import Change, Origin
from models import task
from models.task import Decided


@dataclass
class Remade:
    """How many decisions were made again by the rules of `version`; `other` came out otherwise.

    Those of `elsewhere` were made by other rules than today's, and those of `unread` of briefs that cannot be read.
    """

    version: str
    made: int = 0
    elsewhere: int = 0
    unread: int = 0
    other: list[Change] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        rest = f"; {self.elsewhere} by other rules were not made again" if self.elsewhere else ""
        rest += f"; {self.unread} cannot be read" if self.unread else ""
        return f"{self.made} routings made again by the rules {self.version}: {len(self.other) or 'none'} differ{rest}."


async def remade(ops: Ops) -> Remade:
    """Decide every task again; nothing is written."""
    found = Remade(routing.version(ops.policy.tasks))
    async with ops.db.begin() as db:
        async for one in task.decided(db):
            if one.rule_version != found.version:
                found.elsewhere += 1
                continue
            await _again(ops, found, one)
    return found


async def _again(ops: Ops, found: Remade, one: Decided) -> None:
    try:
        brief = briefs.of(one.brief)
    except InputError:
        found.unread += 1
        return
    tasks = ops.policy.tasks
    origin = Origin(one.source, one.requester, one.channel)
    routed = (await decision.decide(tasks, RuleClassifier(tasks), brief, origin)).routed
    found.made += 1
    was = (one.category, one.department, one.path, one.rule)
    if was != (now := (routed.category, routed.department, routed.path, routed.rule)):
        found.other.append(Change(one.id, brief.objective, was, now))
