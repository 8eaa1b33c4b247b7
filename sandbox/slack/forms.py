"""Interactive elements: finding them in blocks, and what they hold after a person touched them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# What an element's value is called in payloads, by element type.
FIELD = {
    "static_select": "selected_option", "external_select": "selected_option", "users_select": "selected_user",
    "conversations_select": "selected_conversation", "channels_select": "selected_channel",
    "multi_static_select": "selected_options", "multi_external_select": "selected_options",
    "multi_users_select": "selected_users", "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels", "overflow": "selected_option", "datepicker": "selected_date",
    "timepicker": "selected_time", "datetimepicker": "selected_date_time", "radio_buttons": "selected_option",
    "checkboxes": "selected_options", "plain_text_input": "value", "number_input": "value",
    "email_text_input": "value", "url_text_input": "value", "rich_text_input": "rich_text_value", "file_input": "files",
}  # fmt: skip
OPTIONS = {"selected_option", "selected_options"}


def elements(blocks: list[Json]) -> Iterator[Json]:
    """Every interactive element of the blocks, each with its block's id under `block_id`."""
    for block in blocks:
        for element in walk({key: value for key, value in block.items() if key != "block_id"}):
            yield element | {"block_id": block.get("block_id", "")}


def walk(node: Any) -> Iterator[Json]:
    """Every object below `node` that has an action id."""
    if isinstance(node, dict):
        if "action_id" in node and "type" in node:
            yield node
            return
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def find(blocks: list[Json], action_id: str, block_id: str = "") -> Json | None:
    """The element with this action id, in this block if given."""
    for element in elements(blocks):
        if element["action_id"] == action_id and block_id in ("", element["block_id"]):
            return element
    return None


def known_options(element: Json) -> list[Json]:
    """The options an element offers, groups opened."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(option for group in groups for option in group.get("options", []))]


def as_option(element: Json, value: Any) -> Json:
    """The option with this value, as it stands in the element; an external one is made up."""
    if isinstance(value, dict):
        return value
    for option in known_options(element):
        if option.get("value") == value:
            return option
    return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}


def held(element: Json, value: Any) -> Any:
    """What a person's plain value becomes in a payload."""
    field = FIELD.get(element["type"], "value")
    if value is None or field not in OPTIONS:
        return value
    if field == "selected_options":
        return [as_option(element, one) for one in (value if isinstance(value, list) else [value])]
    return as_option(element, value[0] if isinstance(value, list) and value else value)


def initial(element: Json) -> Any:
    """What an element holds before anybody touched it."""
    field = FIELD.get(element["type"], "value")
    value = element.get("initial_" + field.removeprefix("selected_"))
    if value is None and field in {"selected_options", "selected_users", "selected_channels", "selected_conversations"}:
        return [] if element["type"] == "checkboxes" else None
    return value


def action(element: Json, body: Json, action_ts: str) -> Json:
    """The entry in `actions` for one touch of one element."""
    kept: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": element["block_id"]}
    kept["action_ts"] = action_ts
    if element["type"] not in FIELD:
        chosen = element
        if element["type"] == "feedback_buttons":
            chosen = element.get(f"{body.get('selected', 'positive')}_button", element)
        kept |= {key: chosen[key] for key in ("text", "value", "style") if key in chosen}
        if body.get("value") is not None:
            kept["value"] = body["value"]
        return kept
    given = body.get("selected", body.get("value"))
    return kept | {FIELD[element["type"]]: held(element, given)}


def state(blocks: list[Json], values: Json, before: Json | None = None) -> Json:
    """`state.values` of a view: what was typed now, else what it held before, else what it began with."""
    found: Json = {}
    for element in elements(blocks):
        if element["type"] not in FIELD or element["type"] == "overflow":
            continue
        block, name, field = element["block_id"], element["action_id"], FIELD[element["type"]]
        typed = values.get(block, {})
        if name in typed:
            content = unwrap(typed[name], field)
        else:
            old = (before or {}).get(block, {}).get(name)
            content = old.get(field) if old else initial(element)
        found.setdefault(block, {})[name] = {"type": element["type"], field: held(element, content)}
    return found


def unwrap(value: Any, field: str) -> Any:
    """A plain value, whether the page sent it bare or in Slack's wrapping."""
    return value[field] if isinstance(value, dict) and field in value else value


def missing(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack's own client refuses before it sends anything: empty required inputs, wrong lengths."""
    wrong: dict[str, str] = {}
    for block in blocks:
        element = block.get("element")
        if block.get("type") != "input" or not isinstance(element, dict):
            continue
        content = values.get(block["block_id"], {}).get(element.get("action_id"), {})
        value = content.get(FIELD.get(element["type"], "value"))
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = "This is a required field."
        elif isinstance(value, str):
            wrong |= wrong_length(block["block_id"], element, value)
    return wrong


def wrong_length(block_id: str, element: Json, value: str) -> dict[str, str]:
    """Whether typed text keeps to the element's own limits."""
    if len(value) < int(element.get("min_length", 0)):
        return {block_id: f"Use at least {element['min_length']} characters."}
    if len(value) > int(element.get("max_length", 3000)):
        return {block_id: f"Use at most {element.get('max_length', 3000)} characters."}
    return {}
