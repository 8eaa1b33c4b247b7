"""Verbs about the sandbox itself: time, reset, manifest."""

from __future__ import annotations

from typing import Any

from sandbox.slack import manifest as manifests
from sandbox.slack.workspace import Workspace, forget

Json = dict[str, Any]


async def advance_time(workspace: Workspace, body: Json) -> Json:
    """Let time pass at once."""
    workspace.core.clock.advance(float(body.get("seconds", 0)))
    workspace.core.timers.wake()
    return {"ok": True, "now": workspace.core.clock.now()}


async def reset(workspace: Workspace, _body: Json) -> Json:
    """Back to an empty company, without faults."""
    forget(workspace)
    workspace.journal.write("reset")
    workspace.core.faults.clear()
    workspace.limits.clear()
    workspace.core.traffic.clear()
    workspace.core.watchers.tell("state")
    return {"ok": True}


async def set_manifest(workspace: Workspace, body: Json) -> Json:
    """Install another manifest while running."""
    workspace.manifest = manifests.from_dict(body.get("manifest", body))
    workspace.core.watchers.tell("state")
    return {"ok": True, "commands": len(workspace.manifest.commands), "scopes": sorted(workspace.manifest.scopes)}


VERBS = {"advance_time": advance_time, "reset": reset, "manifest": set_manifest}
