"""Every verb of the control API, in one list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack import control_admin, control_click, control_fault, control_write, load
from sandbox.slack.workspace import Workspace

ALL: dict[str, Callable[[Workspace, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    **control_write.VERBS,
    **control_click.VERBS,
    **control_admin.VERBS,
    **control_fault.VERBS,
    **load.VERBS,
}
