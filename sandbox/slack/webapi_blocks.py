"""blocks.validate: what Slack would say about blocks or a view, without posting them."""

from __future__ import annotations

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.errors import SlackError
from sandbox.slack.validate import MESSAGE, check_blocks, check_view
from sandbox.slack.workspace import Workspace


def validate(_workspace: Workspace, call: Call) -> Json:
    """blocks.validate: needs no token; errors are listed, never raised."""
    view = call.json("view")
    if isinstance(view, dict):
        problems = check_view(view, str(view.get("type") or "modal"))
    else:
        blocks = call.json("blocks", "invalid_blocks_format")
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        problems = check_blocks(blocks, call.text("surface", MESSAGE))
    return {"ok": not problems, **({"error": "invalid_blocks", "errors": problems} if problems else {})}


METHODS = (Method("blocks.validate", validate, tier=3, caller="nobody", lean=False),)
