"""One Web API call: its arguments read leniently, as Slack does, and the method it names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """The arguments, whoever wrote them: form fields, JSON or a query."""

    args: Json
    base: str = ""

    def text(self, name: str, default: str = "") -> str:
        """A string argument."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """A string argument that must be there."""
        value = self.text(name)
        if not value:
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]}
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument in any of its spellings."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number between 1 and `most`."""
        value = self.args.get(name)
        if value in (None, ""):
            return default
        try:
            return max(1, min(most, int(str(value))))
        except ValueError as error:
            raise SlackError("invalid_arguments") from error

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """An argument that is JSON, sent as an object or as its text."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError as wrong:
            raise SlackError(error) from wrong


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: what it does, who may call it, how often, and whether a lean server has it."""

    name: str
    answer: Callable[[Workspace, Call], Json]
    tier: int = 3
    scopes: tuple[str, ...] = ()
    caller: Literal["bot", "app", "any", "nobody"] = "bot"
    lean: bool = True
