"""The team, its users by role, and its channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

TEAM = "T0SANDBOX"
TEAM_NAME = "Sandbox Company"
DOMAIN = "sandbox-company"
BOT_USER = "U0BRAIN"
BOT_ID = "B0BRAIN"
APP_ID = "A0BRAIN"
OTHER_BOT = "U0OTHERBOT"
ZONE = "Europe/London"
CREATED = 1_700_000_000

HUMANS = {
    "U0CEO": ("ceo", "CEO"),
    "U0APPROVER": ("approver", "Operations lead"),
    "U0APPROVER2": ("approver-two", "Operations lead, second account"),
    "U0FINANCE": ("finance", "Finance lead"),
    "U0VIEWER": ("viewer", "Viewer"),
    "U0ADMIN": ("admin", "Administrator"),
    "U0GUEST": ("guest", "Guest"),
}
MAILBOXES = {"U0APPROVER2": "approver+two"}
"""Slack refuses one address twice, so who wants a second account tags it: the mailbox stays the same."""
CHANNELS = {
    "C0PULSE": ("ops-pulse", "How the company is, every morning"),
    "C0ESCAL": ("ops-escalations", "What needs a person"),
    "C0LOGIS": ("ops-logistics", "Stock, fulfilment, purchase orders"),
    "C0MARKE": ("ops-marketing", "Ads, mail, traffic"),
    "C0SALES": ("ops-sales", "Shop, wholesale, marketplaces"),
    "C0GENER": ("general", "Everyone"),
}
GUEST_CHANNELS = {"C0PULSE", "C0GENER"}


@dataclass(slots=True)
class Channel:
    """A public channel, or a direct message between one user and the bot; `shared` with another company."""

    id: str
    name: str = ""
    topic: str = ""
    members: set[str] = field(default_factory=set)
    im_user: str = ""
    archived: bool = False
    created: int = CREATED
    shared: bool = False

    @property
    def is_im(self) -> bool:
        """Whether this is a direct message."""
        return bool(self.im_user)

    @property
    def kind(self) -> str:
        """The word Slack's event names and scopes use: `channels` or `im`."""
        return "im" if self.is_im else "channels"

    def sees(self, user: str) -> bool:
        """Whether this user may read the channel."""
        return user in self.members

    def as_slack(self) -> dict[str, Any]:
        """The conversation object of the Web API."""
        if self.is_im:
            return {
                "id": self.id,
                "created": self.created,
                "is_im": True,
                "is_org_shared": False,
                "is_archived": False,
                "user": self.im_user,
                "context_team_id": TEAM,
                "priority": 0,
            }
        return {
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": True, "is_group": False,
            "is_im": False, "is_mpim": False, "is_private": False, "is_archived": self.archived,
            "is_general": self.name == "general", "is_shared": self.shared,
            "is_org_shared": False, "is_ext_shared": self.shared,
            "created": self.created, "creator": "U0ADMIN", "is_member": BOT_USER in self.members,
            "num_members": len(self.members), "context_team_id": TEAM,
            "topic": {"value": self.topic, "creator": "U0ADMIN", "last_set": self.created},
            "purpose": {"value": self.topic, "creator": "U0ADMIN", "last_set": self.created},
        }  # fmt: skip


def zone_offset() -> int:
    """Seconds east of Greenwich in the team's zone, now."""
    offset = datetime.now(UTC).astimezone(ZoneInfo(ZONE)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def user_object(user: str, name: str, title: str) -> dict[str, Any]:
    """The user object of the Web API."""
    bot = user in {BOT_USER, OTHER_BOT}
    profile: dict[str, Any] = {"real_name": title, "display_name": name, "title": title, "team": TEAM,
                               "real_name_normalized": title, "display_name_normalized": name}  # fmt: skip
    if bot:
        profile |= {"bot_id": BOT_ID if user == BOT_USER else "B0OTHER",
                    "api_app_id": APP_ID if user == BOT_USER else "A0OTHER"}  # fmt: skip
    else:
        profile["email"] = f"{MAILBOXES.get(user, name)}@sandbox.example"
    return {
        "id": user, "team_id": TEAM, "name": name, "real_name": title, "deleted": False, "profile": profile,
        "tz": ZONE, "tz_label": "London", "tz_offset": zone_offset(), "is_bot": bot, "is_app_user": False,
        "is_admin": user == "U0ADMIN", "is_owner": False, "is_restricted": user == "U0GUEST",
        "is_ultra_restricted": False, "updated": CREATED,
    }  # fmt: skip


class Directory:
    """Everybody and every channel of the sandbox's team."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, Channel] = {}
        for user, (name, title) in HUMANS.items():
            self.users[user] = user_object(user, name, title)
        self.users[BOT_USER] = user_object(BOT_USER, "brain", "Operations Brain")
        self.users[OTHER_BOT] = user_object(OTHER_BOT, "other-bot", "Another bot")
        for channel, (name, topic) in CHANNELS.items():
            members = {*HUMANS, OTHER_BOT}
            if channel not in GUEST_CHANNELS:
                members.discard("U0GUEST")
            if name != "general":
                members.add(BOT_USER)
            self.channels[channel] = Channel(channel, name, topic, members)
        for user in HUMANS:
            im = "D0" + user.removeprefix("U0")
            self.channels[im] = Channel(im, members={user, BOT_USER}, im_user=user)

    def is_human(self, user: str) -> bool:
        """Whether this id belongs to a person who can act."""
        return user in self.users and not self.users[user]["is_bot"]

    def channel(self, name: str) -> Channel | None:
        """By id, by `#name`, by bare name, or by user id for the direct message with that user."""
        found = self.channels.get(name)
        if found is not None:
            return found
        if name in self.users:
            return next((c for c in self.channels.values() if c.im_user == name), None)
        bare = name.removeprefix("#")
        return next((c for c in self.channels.values() if c.name and c.name == bare), None)

    def visible_to(self, user: str) -> list[Channel]:
        """The channels and the direct message this user sees, in the order of the sidebar."""
        return [c for c in self.channels.values() if c.sees(user)]
