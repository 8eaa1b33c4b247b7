"""A dialog as a Block Kit modal, within every limit Slack sets; it carries the place it was opened in."""

from __future__ import annotations

from typing import Any

from handlers import blocks, inert
from handlers.blocks import Block, label
from handlers.surface import Ask, Dialog, Field

MOST_TEXT, MOST_OPTIONS, MOST_INTRO = 3_000, 100, 40
_ELEMENTS = {
    "text": "plain_text_input",
    "lines": "plain_text_input",
    "choice": "static_select",
    "choices": "multi_static_select",
    "person": "users_select",
    "date": "datepicker",
}
_PLACE = ("value", "channel", "ts", "thread_ts")


def draw(dialog: Dialog, ask: Ask) -> Block:
    """The view to open for who asked."""
    intro = blocks.parts(dialog.intro) if dialog.intro is not None else []
    told = [block for block in intro if block["type"] != "actions"][:MOST_INTRO]
    return {
        "type": "modal",
        "callback_id": dialog.name,
        "title": label(dialog.title, 24),
        "submit": label(dialog.submit, 24),
        "close": label("Cancel", 24),
        "private_metadata": carry(dialog.value, ask),
        "blocks": [*told, *map(_input, dialog.fields)],
    }


def carry(value: str, ask: Ask) -> str:
    """Where a dialog was opened, in front of Slack forgetting it: `ID|channel|ts|thread_ts`."""
    return value if "|" in value or not ask.channel else "|".join((value, ask.channel, ask.ts, ask.thread_ts))


def carried(metadata: str) -> dict[str, str]:
    """The fields of an ask that a dialog carried; those it did not carry are empty."""
    return dict(zip(_PLACE, [*metadata.split("|"), "", "", ""], strict=False))


def _input(field: Field) -> Block:
    found: Block = {
        "type": "input",
        "block_id": field.id,
        "label": label(field.label, 150),
        "optional": field.optional,
        "element": {"type": _ELEMENTS[field.kind], "action_id": "field"} | _content(field),
    }
    return found | ({"hint": label(field.hint, 500)} if field.hint else {})


def _content(field: Field) -> dict[str, Any]:
    match field.kind:
        case "text" | "lines":
            most = min(field.most, MOST_TEXT)
            initial = {"initial_value": inert.cut(field.initial, most)} if field.initial else {}
            return {"multiline": field.kind == "lines", "max_length": most} | initial
        case "choice" | "choices":
            return _options(field)
        case "person":
            return {"initial_user": field.initial} if field.initial else {}
        case "date":
            return {"initial_date": field.initial} if field.initial else {}


def _options(field: Field) -> dict[str, Any]:
    offered = [{"text": label(said, 75), "value": value} for value, said in field.options[:MOST_OPTIONS]]
    wanted = field.initial.split("\n")
    chosen = [one for one in offered if one["value"] in wanted]
    if not chosen:
        return {"options": offered}
    return {"options": offered} | (
        {"initial_options": chosen} if field.kind == "choices" else {"initial_option": chosen[0]}
    )
