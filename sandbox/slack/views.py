"""Open modals and App Homes, per user."""

from __future__ import annotations

from typing import Any

View = dict[str, Any]


class Views:
    """A user has one App Home and a stack of modals, top last."""

    def __init__(self) -> None:
        self.homes: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}

    def stack(self, user: str) -> list[View]:
        """The user's modals, top last."""
        return self.stacks.setdefault(user, [])

    def find(self, view_id: str = "", external_id: str = "") -> tuple[str, View] | None:
        """A view and its user, by id or by the app's own id."""
        for user, stack in self.stacks.items():
            for view in stack:
                if (view_id and view["id"] == view_id) or (external_id and view.get("external_id") == external_id):
                    return user, view
        for user, view in self.homes.items():
            if view_id and view["id"] == view_id:
                return user, view
        return None

    def close(self, user: str, view_id: str) -> None:
        """Take one modal off its user's stack."""
        self.stacks[user] = [view for view in self.stack(user) if view["id"] != view_id]

    def clear(self) -> None:
        """Forget everything."""
        self.homes.clear()
        self.stacks.clear()
