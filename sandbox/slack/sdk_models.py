"""A second opinion on a block: slack_sdk's own models."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from sandbox.slack.journal import encode

KEPT = 8_192


def model_problem(block: dict[str, Any]) -> str:
    """What slack_sdk says is wrong with a block; empty when it has no objection."""
    return _opinion(encode(block))


@lru_cache(maxsize=KEPT)
def _opinion(text: str) -> str:
    try:
        parsed = Block.parse(json.loads(text))
        if parsed is not None:
            parsed.to_dict()
    except SlackObjectFormationError as error:
        return str(error)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        return f"the block has a shape slack_sdk cannot read: {error}"  # its constructors raise these on wrong types
    return ""
