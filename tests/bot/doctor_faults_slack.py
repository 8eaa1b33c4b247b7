"""Faults of Slack: tokens, scopes, calls, events, channels, people, clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.doctor_scene import Scene
from tests.bot.doctor_plants import Faults
from tests.bot.doctor_rig import OTHER_APP, Rig

FAULTS = Faults()


# --- tokens -----------------------------------------------------------------------------------------------------------

FAULTS.settings("no bot token", "slack.tokens", "SLACK_BOT_TOKEN is not set", slack_bot_token=None)
FAULTS.settings("a template's token", "slack.tokens", "placeholder", slack_app_token=SecretStr("xapp-your-token"))
FAULTS.settings(
    "swapped tokens",
    "slack.tokens",
    "must begin with xoxb-",
    slack_bot_token=SecretStr("xapp-sandbox-app"),
    slack_app_token=SecretStr("xoxb-sandbox-bot"),
)
FAULTS.settings(
    "a strange app token", "slack.tokens", "SLACK_APP_TOKEN (invalid_auth)", slack_app_token=SecretStr("xapp-1-no")
)
FAULTS.settings("tokens of two apps", "slack.tokens", "is of the app A0BRAIN", slack_app_token=SecretStr(OTHER_APP))


@FAULTS.fault("a revoked token", "slack.tokens", "token_revoked")
async def _revoked(rig: Rig) -> AsyncIterator[Scene]:
    rig.slack.core.faults.arm("token_revoked", {})
    yield rig.scene
    rig.slack.core.faults.clear()


@FAULTS.fault("Slack cannot be reached", "slack.reachable", "http_503")
async def _slack_down(rig: Rig) -> AsyncIterator[Scene]:
    rig.slack.core.faults.arm("api_down", {})
    yield rig.scene
    rig.slack.core.faults.clear()


# --- scopes, calls, events --------------------------------------------------------------------------------------------


def scopes(what: str, finding: str, word: str, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
    @FAULTS.fault(what, finding, word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        before = rig.slack.manifest.scopes
        rig.slack.manifest.scopes = change(before)
        yield rig.scene
        rig.slack.manifest.scopes = before


scopes("a missing scope", "slack.scopes", "commands", lambda granted: granted - {"commands"})
scopes("a scope the doctor needs", "slack.scopes", "channels:read", lambda granted: granted - {"channels:read"})
scopes("a scope too many", "slack.scopes.spare", "admin", lambda granted: granted | {"admin"})
FAULTS.bot(
    "a call that was refused",
    "slack.calls",
    "chat.postMessage (needs chat:write)",
    {"refused": {"chat.postMessage": "chat:write"}},
)
FAULTS.bot("a call the manifest forgot", "slack.calls", "no scope for files.list", {"called": ["files.list"]})
FAULTS.bot(
    "a bot that hears nothing",
    "house.slack.echo",
    "although one of our own was asked for",
    {"silent_s": 9000, "asked_s": 5},
)
FAULTS.sql(
    "events that never come",
    "slack.events",
    "never an event",
    "update inbox set kind = 'was', payload = '{}' where key = 'e'",
    """update inbox set kind = 'event', payload = '{"event": {"type": "app_mention"}}' where key = 'e'""",
)


# --- channels and people ----------------------------------------------------------------------------------------------


def channel(what: str, finding: str, word: str, **changes: Any) -> None:
    @FAULTS.fault(what, finding, word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        place = rig.slack.people.channels["C0PULSE"]
        before = {name: getattr(place, name) for name in changes}
        for name, value in changes.items():
            setattr(place, name, value)
        yield rig.scene
        for name, value in before.items():
            setattr(place, name, value)


channel("a channel that is gone", "slack.channel.pulse", "does not have", name="renamed")
channel("a channel without the bot", "slack.channel.pulse", "not a member", members={"U0CEO"})
channel("an archived channel", "slack.channel.pulse", "archived", archived=True)
channel("a channel strangers read", "slack.channel.pulse", "another company", shared=True)


def person(what: str, finding: str, word: str, user: str, **changes: Any) -> None:
    @FAULTS.fault(what, finding, word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        before = rig.slack.people.users[user]
        rig.slack.people.users[user] = {**before, **changes}
        yield rig.scene
        rig.slack.people.users[user] = before


person("a deactivated approver", "slack.approvals", "'finance', who is deactivated", "U0FINANCE", deleted=True)
person("an approver who is a guest", "slack.approvals", "'finance', who is a guest", "U0FINANCE", is_restricted=True)
person("an approver of another team", "slack.approvals", "another company", "U0FINANCE", team_id="T0OTHER")


FAULTS.policy(
    "an owner nobody knows", "slack.people.owners", "not a member of this workspace", people={"owners": ("x",)}
)
FAULTS.policy("no owner", "slack.people.owners", "Nobody is told", people={"owners": ()})
FAULTS.policy("nobody who may approve", "danger.no-approvers", "names nobody", approvals={"approvers": ()})
FAULTS.policy("everything unasked", "danger.approve-all", "everything", autonomy={"start": {"*": "auto"}})


# --- clocks -----------------------------------------------------------------------------------------------------------


class _Late:
    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(hours=3)


@FAULTS.fault("a machine whose clock is late", "house.clock", "behind the database's")
async def _clock(rig: Rig) -> AsyncIterator[Scene]:
    yield replace(rig.scene, ops=replace(rig.ops, clock=_Late()))


@FAULTS.fault("the same while the house stands still", "slack.clock", "behind Slack's")
async def _clock_still(rig: Rig) -> AsyncIterator[Scene]:
    yield replace(rig.scene, ops=replace(rig.ops, clock=_Late()), running=False)
