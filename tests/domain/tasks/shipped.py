"""The shipped kinds of work and rules, read once for the tests of this room."""

from __future__ import annotations

from bot import settings

TASKS = settings.policy(settings.ROOT / "bot" / "ops.toml").tasks
