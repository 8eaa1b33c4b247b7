"""Every verb of the control API, in one list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack import control, control_admin
from sandbox.slack.workspace import Workspace

ALL: dict[str, Callable[[Workspace, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    **control.VERBS,
    **control_admin.VERBS,
}
