"""What a post may say: text, blocks, attachments and metadata, checked as Slack checks them."""

from __future__ import annotations

import json
from typing import Any

from sandbox.slack.call import Call
from sandbox.slack.errors import SlackError, invalid_blocks
from sandbox.slack.messages import Message
from sandbox.slack.posting import name_blocks
from sandbox.slack.validate import MESSAGE, check_blocks
from sandbox.slack.workspace import Workspace

MOST_TEXT = 40_000
MOST_TEXT_ON_UPDATE = 4_000
MOST_METADATA_BYTES = 8_000
MOST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100


def read_content(workspace: Workspace, call: Call, *, update: bool = False) -> Message:
    """The parts of a message that a call gave, each checked; raises what Slack would answer."""
    content: Message = {}
    if "text" in call.args:
        content["text"] = checked_text(call.text("text"), MOST_TEXT_ON_UPDATE if update else MOST_TEXT)
    blocks = read_blocks(call)
    if blocks and call.text("markdown_text"):
        raise SlackError("markdown_text_conflict")
    blocks = read_markdown(call, content) or blocks
    if blocks is not None:
        content["blocks"] = name_blocks(workspace, blocks)
    attachments = read_attachments(call)
    if attachments:
        content["attachments"] = attachments
    metadata = read_metadata(call)
    if metadata is not None:
        content["metadata"] = metadata
    if not (content.get("text") or content.get("blocks") or content.get("attachments")):
        raise SlackError("no_text")
    content.setdefault("text", "")
    return content


def read_markdown(call: Call, content: Message) -> list[dict[str, Any]] | None:
    """`markdown_text` as a block; it stands alone or not at all."""
    markdown = call.text("markdown_text")
    if not markdown:
        return None
    if content.get("text"):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MOST_MARKDOWN:
        raise SlackError("msg_too_long")
    content["text"] = markdown
    return [{"type": "markdown", "text": markdown}]


def read_attachments(call: Call) -> list[dict[str, Any]]:
    """The attachments of a call."""
    attachments = call.json("attachments", "invalid_attachments") or []
    if not isinstance(attachments, list):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return attachments


def checked_text(text: str, most: int) -> str:
    """Text within its limit."""
    if len(text) > most:
        raise SlackError("msg_too_long")
    return text


def read_blocks(call: Call) -> list[dict[str, Any]] | None:
    """The blocks of a call, or None when it has none."""
    blocks = call.json("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    problems = check_blocks(blocks, MESSAGE)
    if any(problem["code"] == "too_long_markdown" for problem in problems):
        raise SlackError("msg_blocks_too_long")
    if problems:
        raise invalid_blocks(problems)
    return blocks


def read_metadata(call: Call) -> dict[str, Any] | None:
    """The metadata of a call: an event type and a payload, within its size."""
    metadata = call.json("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > MOST_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}
