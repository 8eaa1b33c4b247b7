"""Block Kit rules: what Slack refuses, with a pointer to the place."""

from __future__ import annotations

from typing import Any

MESSAGE, MODAL, HOME = "message", "modal", "home"

Problem = dict[str, Any]


def check_blocks(blocks: list[dict[str, Any]], surface: str) -> list[Problem]:
    """Every rule these blocks break on this surface; empty when Slack would take them."""
    return []


def check_view(view: dict[str, Any], kind: str) -> list[Problem]:
    """Every rule this view breaks."""
    return []
