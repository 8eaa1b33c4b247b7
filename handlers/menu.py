"""Every surface, in one list."""

from __future__ import annotations

from handlers import actions, approvals, autonomy, escalations, health, home, ops, policy, pulse, questions, tasks
from handlers.surface import Surface

MENU: tuple[Surface, ...] = (
    pulse.SURFACE,
    health.SURFACE,
    tasks.SURFACE,
    questions.SURFACE,
    escalations.SURFACE,
    approvals.SURFACE,
    autonomy.SURFACE,
    actions.SURFACE,
    policy.SURFACE,
    ops.SURFACE,
    home.SURFACE,
)
