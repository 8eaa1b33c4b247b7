"""The Slack app manifest, derived from the menu and from the Web API methods the bot calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.surface import Surface

METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "apps.connections.open": (),
    "chat.postMessage": ("chat:write", "chat:write.customize"),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.info": ("channels:read", "groups:read", "im:read"),
    "conversations.open": ("im:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "users.list": ("users:read", "users:read.email"),
    "bots.info": ("users:read",),
    "users.info": ("users:read", "users:read.email"),  # two accounts of one mailbox are one pair of eyes
    "views.open": (),
    "views.publish": (),
}
"""Every method the bot calls, and the bot scopes it needs; a test holds this against the calls really made."""

EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history", "im:read", "im:write"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
}
HOUSE_EVENTS = ("app_uninstalled", "tokens_revoked")
"""What the house itself wants to hear, whatever the menu holds."""


def scopes(menu: Sequence[Surface]) -> tuple[str, ...]:
    """The bot scopes, sorted: no more than what is used."""
    needed = {scope for found in METHODS.values() for scope in found}
    needed |= {scope for name in events(menu) for scope in EVENT_SCOPES.get(name, ())}
    needed |= {scope for surface in menu for method in surface.methods for scope in METHODS.get(method, ())}
    if any(surface.commands or surface.shortcuts for surface in menu):
        needed.add("commands")
    return tuple(sorted(needed))


def events(menu: Sequence[Surface]) -> tuple[str, ...]:
    """The events to subscribe to, sorted."""
    named = {name for surface in menu for event in surface.events for name in event.subscriptions}
    return tuple(sorted({*named, *HOUSE_EVENTS}))


def build(menu: Sequence[Surface]) -> dict[str, Any]:
    """The manifest (schema version 2) to paste into Slack's page for a new app."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Operations Brain",
            "description": "Collects, scores and tells how the company runs; asks a person only when one is needed.",
            "background_color": "#1f2933",
        },
        "features": _features(menu),
        "oauth_config": {"scopes": {"bot": list(scopes(menu))}},
        "settings": {
            "event_subscriptions": {"bot_events": list(events(menu))},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def _features(menu: Sequence[Surface]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Operations Brain", "always_online": True},
        "slash_commands": [
            {"command": one.name, "description": one.description, "usage_hint": one.usage, "should_escape": False}
            for surface in menu
            for one in surface.commands
        ],
    }
    shortcuts = [
        {"name": one.title, "type": one.on, "callback_id": one.name, "description": one.does}
        for surface in menu
        for one in surface.shortcuts
    ]
    return found | ({"shortcuts": shortcuts} if shortcuts else {})
