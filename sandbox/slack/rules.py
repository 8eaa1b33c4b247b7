"""The written limits of Block Kit: sizes, counts, words and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MESSAGE, MODAL, HOME = "message", "modal", "home"
EVERYWHERE = frozenset({MESSAGE, MODAL, HOME})
IN_MESSAGES = frozenset({MESSAGE})
IN_VIEWS = frozenset({MODAL, HOME})

MOST_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
MOST_MARKDOWN = 12_000
MOST_ID = 255


@dataclass(frozen=True, slots=True)
class Rule:
    """One field of a block or element: its kind, its limit, whether it must be there."""

    field: str
    kind: Literal[
        "string", "plain", "text", "texts", "elements", "element", "options", "rows", "list", "image", "confirm"
    ]
    most: int = 0
    required: bool = False


# Where a block may stand.
PLACES: dict[str, frozenset[str]] = {
    "section": EVERYWHERE, "divider": EVERYWHERE, "header": EVERYWHERE, "image": EVERYWHERE, "context": EVERYWHERE,
    "actions": EVERYWHERE, "rich_text": EVERYWHERE, "video": EVERYWHERE, "input": IN_VIEWS, "alert": frozenset({MODAL}),
    "markdown": IN_MESSAGES, "table": IN_MESSAGES, "file": IN_MESSAGES, "call": IN_MESSAGES,
    "context_actions": IN_MESSAGES, "card": IN_MESSAGES, "carousel": IN_MESSAGES, "container": IN_MESSAGES,
    "task_card": IN_MESSAGES, "plan": IN_MESSAGES, "data_table": IN_MESSAGES,
}  # fmt: skip

BLOCKS: dict[str, tuple[Rule, ...]] = {
    "header": (Rule("text", "plain", 150, required=True),),
    "section": (Rule("text", "text", 3000), Rule("fields", "texts", 2000), Rule("accessory", "element")),
    "image": (Rule("image_url", "string", 3000), Rule("alt_text", "string", 2000, required=True),
              Rule("title", "plain", 2000)),
    "context": (Rule("elements", "elements", 10, required=True),),
    "actions": (Rule("elements", "elements", 25, required=True),),
    "context_actions": (Rule("elements", "elements", 5, required=True),),
    "input": (Rule("label", "plain", 2000, required=True), Rule("element", "element", required=True),
              Rule("hint", "plain", 2000)),
    "markdown": (Rule("text", "string", MOST_MARKDOWN, required=True),),
    "rich_text": (Rule("elements", "list", 0, required=True),),
    "table": (Rule("rows", "rows", 100, required=True),),
    "alert": (Rule("text", "text", 3000, required=True),),
    "card": (Rule("title", "text", 150), Rule("subtitle", "text", 150), Rule("body", "text", 200),
             Rule("actions", "elements", 5)),
    "carousel": (Rule("elements", "list", 10, required=True),),
    "container": (Rule("title", "text", 150), Rule("subtitle", "text", 150), Rule("child_blocks", "list", 10)),
    "video": (Rule("title", "plain", 200, required=True), Rule("alt_text", "string", 2000, required=True),
              Rule("video_url", "string", 3000, required=True), Rule("thumbnail_url", "string", 3000, required=True)),
}  # fmt: skip

_SELECT = (Rule("placeholder", "plain", 150), Rule("confirm", "confirm"))
_OPTIONS = (*_SELECT, Rule("options", "options", 100))
_INPUT = (Rule("placeholder", "plain", 150),)
ELEMENTS: dict[str, tuple[Rule, ...]] = {
    "button": (Rule("text", "plain", 75, required=True), Rule("value", "string", 2000), Rule("url", "string", 3000),
               Rule("accessibility_label", "string", 75), Rule("confirm", "confirm")),
    "image": (Rule("image_url", "string", 3000), Rule("alt_text", "string", 2000, required=True)),
    "static_select": _OPTIONS, "multi_static_select": _OPTIONS,
    "external_select": _SELECT, "multi_external_select": _SELECT, "users_select": _SELECT,
    "multi_users_select": _SELECT, "conversations_select": _SELECT, "multi_conversations_select": _SELECT,
    "channels_select": _SELECT, "multi_channels_select": _SELECT,
    "overflow": (Rule("options", "options", 5, required=True), Rule("confirm", "confirm")),
    "radio_buttons": (Rule("options", "options", 10, required=True), Rule("confirm", "confirm")),
    "checkboxes": (Rule("options", "options", 10, required=True), Rule("confirm", "confirm")),
    "datepicker": _SELECT, "timepicker": _SELECT, "datetimepicker": (Rule("confirm", "confirm"),),
    "plain_text_input": (*_INPUT, Rule("initial_value", "string", 3000)),
    "number_input": _INPUT, "email_text_input": _INPUT, "url_text_input": _INPUT, "rich_text_input": _INPUT,
    "file_input": (), "feedback_buttons": (), "icon_button": (Rule("text", "plain", 75, required=True),),
    "workflow_button": (Rule("text", "plain", 75, required=True),), "url": (),
}  # fmt: skip

CONFIRM = (Rule("title", "plain", 100, required=True), Rule("text", "text", 300, required=True),
           Rule("confirm", "plain", 30), Rule("deny", "plain", 30))  # fmt: skip
VIEW = {
    MODAL: (Rule("title", "plain", 24, required=True), Rule("submit", "plain", 24), Rule("close", "plain", 24),
            Rule("callback_id", "string", MOST_ID), Rule("private_metadata", "string", 3000)),
    HOME: (Rule("callback_id", "string", MOST_ID), Rule("private_metadata", "string", 3000)),
}  # fmt: skip

INPUT_ONLY = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input",
                        "file_input"})  # fmt: skip
STYLES = frozenset({"primary", "danger"})
MOST_FIELDS = 10
MOST_CELLS = 20
MOST_OPTION_TEXT = 75
