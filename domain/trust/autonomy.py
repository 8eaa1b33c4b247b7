"""How far the house goes with each kind of action without being asked: earned slowly, lost at once."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from domain.kernel import action as actions
from domain.kernel.action import Action
from domain.kernel.connector import Connector
from domain.kernel.policy_trust import Level
from domain.kernel.ports import Ops
from models import autonomy as rows
from models.base import Db

BY_RULE = "rule:autonomy"
"""Who allowed what nobody was asked for."""


async def level(ops: Ops, db: Db, connector: Connector, kind: str) -> Level:
    """How far this kind goes now; without the credential to write it is only suggested."""
    if actions.writable(ops, connector):
        return "suggest"
    found = await rows.of(db, kind)
    return cast("Level", found.level) if found else ops.policy.autonomy.starts(kind)


async def unasked(ops: Ops, db: Db, action: Action, at: Level, amount: Decimal | None) -> bool:
    """Whether this action is within what is done without asking."""
    limit = ops.policy.autonomy.limit(action.kind)
    if at != "auto" or not action.may_run_alone or action.risk == "high":
        return False
    if ops.policy.approvals.needed(amount, ops.policy.company.currency) > 1:
        return False
    if amount is not None and (limit.amount is None or amount > limit.amount):
        return False
    return await rows.alone(db, action.kind, BY_RULE) < limit.per_day
