"""Walks one block and notes each broken limit with a JSON pointer."""

from __future__ import annotations

from typing import Any

from sandbox.slack.rules import (
    BLOCKS,
    CONFIRM,
    ELEMENTS,
    INPUT_ONLY,
    MOST_CELLS,
    MOST_FIELDS,
    MOST_ID,
    MOST_OPTION_TEXT,
    STYLES,
    Rule,
)

Json = dict[str, Any]


class Inspection:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Json] = []

    def add(self, pointer: str, code: str, message: str, **more: Any) -> None:
        """Note one problem."""
        self.problems.append({"pointer": pointer, "code": code, "message": message, **more})

    def too_long(self, pointer: str, value: str, rule: Rule) -> None:
        """Note a string beyond its limit."""
        if rule.most and len(value) > rule.most:
            self.add(pointer, "too_long", f"must be less than {rule.most + 1} characters", constraint=rule.most,
                     field=rule.field)  # fmt: skip

    def block(self, block: Json, pointer: str) -> None:
        """All rules of one block."""
        kind = str(block.get("type"))
        self.identifier(block, "block_id", pointer)
        self.fields(block, BLOCKS.get(kind, ()), pointer)
        if kind == "section" and not (block.get("text") or block.get("fields")):
            self.add(pointer, "missing", "a section needs text or fields", field="text")
        if kind == "image" and not (block.get("image_url") or block.get("slack_file")):
            self.add(pointer, "missing", "missing required field: image_url", field="image_url")
        self.unique_actions(block, pointer)

    def fields(self, node: Json, rules: tuple[Rule, ...], pointer: str) -> None:
        """The fields of a block, element or view, each by its kind."""
        for rule in rules:
            value = node.get(rule.field)
            if value is None:
                if rule.required:
                    message = f"missing required field: {rule.field}"
                    self.add(pointer, "missing", message, field=rule.field)
                continue
            getattr(self, f"check_{rule.kind}")(value, rule, f"{pointer}/{rule.field}")

    def identifier(self, node: Json, name: str, pointer: str) -> None:
        """A block id or action id within its length."""
        self.too_long(f"{pointer}/{name}", str(node.get(name) or ""), Rule(name, "string", MOST_ID))

    def check_string(self, value: Any, rule: Rule, pointer: str) -> None:
        """A bare string."""
        if not isinstance(value, str):
            self.add(pointer, "wrong_type", "must be a string", field=rule.field)
            return
        if rule.required and not value:
            self.add(pointer, "too_short", "must be more than 0 characters", field=rule.field)
        self.too_long(pointer, value, rule)

    def check_text(self, value: Any, rule: Rule, pointer: str) -> None:
        """A text object of either kind."""
        if not isinstance(value, dict) or value.get("type") not in {"plain_text", "mrkdwn"}:
            self.add(pointer, "wrong_type", "must be a plain_text or mrkdwn object", field=rule.field)
            return
        self.check_string(value.get("text"), Rule(rule.field, "string", rule.most, required=True), pointer + "/text")

    def check_plain(self, value: Any, rule: Rule, pointer: str) -> None:
        """A text object that must be plain."""
        if isinstance(value, dict) and value.get("type") == "mrkdwn":
            self.add(pointer + "/type", "wrong_type", "must be plain_text", field=rule.field)
            return
        self.check_text(value, rule, pointer)

    def check_texts(self, value: Any, rule: Rule, pointer: str) -> None:
        """The fields of a section."""
        if not self.is_list(value, Rule(rule.field, "texts", MOST_FIELDS), pointer):
            return
        for place, one in enumerate(value):
            self.check_text(one, rule, f"{pointer}/{place}")

    def is_list(self, value: Any, rule: Rule, pointer: str) -> bool:
        """A list that is neither empty nor too long."""
        if not isinstance(value, list) or not value:
            self.add(pointer, "wrong_type", "must be a list with at least one item", field=rule.field)
            return False
        if rule.most and len(value) > rule.most:
            self.add(pointer, "too_many", f"no more than {rule.most} items allowed", constraint=rule.most,
                     field=rule.field)  # fmt: skip
        return True

    def check_list(self, value: Any, rule: Rule, pointer: str) -> None:
        """A list whose items have no rules here."""
        self.is_list(value, rule, pointer)

    def check_rows(self, value: Any, rule: Rule, pointer: str) -> None:
        """The rows of a table."""
        if not self.is_list(value, rule, pointer):
            return
        for place, row in enumerate(value):
            self.is_list(row, Rule("row", "list", MOST_CELLS), f"{pointer}/{place}")

    def check_elements(self, value: Any, rule: Rule, pointer: str) -> None:
        """The elements of a block: text objects, images or things to press."""
        if not self.is_list(value, rule, pointer):
            return
        for place, element in enumerate(value):
            self.check_element(element, rule, f"{pointer}/{place}")

    def check_element(self, value: Any, rule: Rule, pointer: str) -> None:
        """One element, by its type."""
        kind = value.get("type") if isinstance(value, dict) else None
        if kind in {"mrkdwn", "plain_text"}:
            self.check_text(value, Rule(rule.field, "text", 3000), pointer)
            return
        if kind not in ELEMENTS:
            self.add(pointer + "/type", "unknown_type", f"unsupported type: {kind}", field="type")
            return
        if kind in INPUT_ONLY and rule.field != "element":
            self.add(pointer + "/type", "invalid", f"{kind} stands in an input block only", field="type")
        self.identifier(value, "action_id", pointer)
        self.fields(value, ELEMENTS[str(kind)], pointer)
        if value.get("style") is not None and value["style"] not in STYLES and kind == "button":
            self.add(pointer + "/style", "invalid", "must be primary or danger", field="style")

    def check_options(self, value: Any, rule: Rule, pointer: str) -> None:
        """The options of a menu, and the length of each text."""
        if not self.is_list(value, rule, pointer):
            return
        for place, option in enumerate(value):
            text = option.get("text") if isinstance(option, dict) else None
            self.check_text(text, Rule("text", "text", MOST_OPTION_TEXT), f"{pointer}/{place}/text")

    def check_confirm(self, value: Any, _rule: Rule, pointer: str) -> None:
        """A confirmation dialog."""
        if isinstance(value, dict):
            self.fields(value, CONFIRM, pointer)
        else:
            self.add(pointer, "wrong_type", "must be an object", field="confirm")

    def unique_actions(self, block: Json, pointer: str) -> None:
        """No action id twice within one block."""
        seen: set[str] = set()
        for place, element in enumerate(block.get("elements") or []):
            name = element.get("action_id") if isinstance(element, dict) else None
            if name and name in seen:
                message = f'"action_id": "{name}" already exists in this block'
                self.add(f"{pointer}/elements/{place}/action_id", "duplicate", message, field="action_id")
            seen.add(str(name))
