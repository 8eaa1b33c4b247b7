"""The app's manifest: its commands, scopes and subscriptions, as far as the sandbox enforces them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.slack.errors import SlackError


@dataclass(slots=True)
class Manifest:
    """Without a manifest (`given` False) everything is allowed and every event is delivered."""

    given: bool = False
    commands: list[dict[str, Any]] = field(default_factory=list)
    shortcuts: list[dict[str, Any]] = field(default_factory=list)
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    home_tab: bool = True

    @property
    def granted(self) -> str:
        """The granted scopes as the response header lists them."""
        return ",".join(sorted(self.scopes))

    def require(self, *any_of: str) -> None:
        """Raise `missing_scope` unless one of these scopes was granted."""
        if self.given and any_of and not self.scopes.intersection(any_of):
            raise SlackError("missing_scope", needed=",".join(any_of), provided=",".join(sorted(self.scopes)))

    def subscribed(self, event: str) -> bool:
        """Whether the app listens to this event type."""
        return not self.given or event in self.events

    def has(self, scope: str) -> bool:
        """Whether a scope was granted."""
        return not self.given or scope in self.scopes


def from_dict(raw: dict[str, Any]) -> Manifest:
    """Read the parts the sandbox enforces out of a manifest object (schema version 1 or 2)."""
    features, settings = raw.get("features", {}), raw.get("settings", {})
    scopes = raw.get("oauth_config", {}).get("scopes", {})
    return Manifest(
        given=True,
        commands=list(features.get("slash_commands", [])),
        shortcuts=list(features.get("shortcuts", [])),
        scopes=frozenset([*scopes.get("bot", []), *scopes.get("bot_optional", [])]),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
        home_tab=bool(features.get("app_home", {}).get("home_tab_enabled", False)),
    )


def read(path: Path) -> Manifest:
    """Read a manifest file (JSON). Raises OSError or ValueError when it cannot be read."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(raw, dict):
        raise ValueError("a manifest is a JSON object")  # noqa: TRY004  # a bad file, not a bad call
    return from_dict(raw)
