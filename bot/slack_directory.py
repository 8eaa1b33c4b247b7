"""Who and where: channels and people resolved through the Web API, and remembered for a while."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from domain.kernel.policy import Policy
from handlers.surface import Person
from models import directory
from models.db import Database
from models.directory import Place, Who
from models.wire import LOST

FRESH_S = 600.0
ABSENT_S = 5.0
"""Who was told to invite the bot does so at once."""
RELOAD_S = 60.0
STALE_S = 86_400.0
LOOK_S, TELL_S = 5.0, 2.0
"""What is decided on may be so old; and Slack is given so long to tell it."""
_PAGE_AT_A_TIME = 200
_STRANGER = {
    "bot": "is a bot",
    "deactivated": "is deactivated",
    "other team": "belongs to another company",
    "guest": "is a guest",
}

log = structlog.get_logger()


def stranger(user: dict[str, Any], home_team: str) -> str:
    """Why nothing is answered to this user; empty for a full member of our own team."""
    if user.get("is_bot") or user.get("id") == "USLACKBOT" or user.get("is_workflow_bot"):
        return "bot"
    if user.get("deleted"):
        return "deactivated"
    if user.get("is_stranger") or home_team not in _teams(user):
        return "other team"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return ""


def _teams(user: dict[str, Any]) -> set[str]:
    wider = user.get("enterprise_user")
    more = wider.get("teams") if isinstance(wider, dict) else None
    return {str(user.get("team_id") or ""), *(str(team) for team in more or ())}


def mail(user: dict[str, Any]) -> str:
    """A digest of the mailbox behind an account, whatever tag stands in its address; empty when Slack tells none."""
    name, at, host = str((user.get("profile") or {}).get("email") or "").strip().lower().rpartition("@")
    return hashlib.sha256(f"{name.split('+')[0]}@{host}".encode()).hexdigest() if at else ""


def place_of(channel: dict[str, Any]) -> Place:
    """What we keep of a conversation."""
    return Place(
        str(channel["id"]),
        str(channel.get("name") or ""),
        bool(channel.get("is_member") or channel.get("is_im") or channel.get("is_mpim")),
        bool(channel.get("is_archived")),
        bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared")),
    )


class Directory:
    """Looks up in memory, then in the database, then at Slack."""

    def __init__(self, api: AsyncWebClient, database: Database, home_team: str, policy: Policy) -> None:
        self._policy = policy
        self._loaded_at = float("-inf")
        self._api = api
        self._database = database
        self._home = home_team
        self._places: dict[str, tuple[float, Place]] = {}
        self._people: dict[str, tuple[float, Person]] = {}
        self._looked: dict[str, tuple[float, asyncio.Task[Who | None]]] = {}
        self._directs: dict[str, str] = {}
        self.problems: tuple[str, ...] = ()

    async def load(self) -> tuple[str, ...]:
        """Read all channels and people; what ops.toml names and Slack does not have, one sentence each.

        Raises what the client raises.
        """
        self._loaded_at = asyncio.get_running_loop().time()
        items = slack_api.pages(
            self._api, "conversations.list", "channels", types="public_channel,private_channel", exclude_archived="true"
        )
        places = [place_of(item) async for item in items]
        members = [who_of(item, self._home) async for item in slack_api.pages(self._api, "users.list", "members")]
        for start in range(0, max(len(places), len(members)), _PAGE_AT_A_TIME):
            async with self._database.begin() as db:
                await directory.keep_channels(db, places[start : start + _PAGE_AT_A_TIME])
                await directory.keep_people(db, members[start : start + _PAGE_AT_A_TIME])
        self._places.clear()
        self.problems = (*_missing_places(self._policy, places), *_missing_people(self._policy, members))
        for problem in self.problems:
            log.warning("slack.directory", problem=problem)
        return self.problems

    async def place(self, said: str, now: float, *, fresh_for: float = FRESH_S) -> Place | None:
        """A channel by name or id, checked within the last `fresh_for` seconds; None when Slack does not know it.

        `now` is in steady seconds. Raises what the client raises.
        """
        kept = self._places.get(said)
        if kept is not None and now - kept[0] < (fresh_for if kept[1].is_member else min(fresh_for, ABSENT_S)):
            return kept[1]
        async with self._database.begin() as db:
            known = await directory.channel(db, said)
        channel_id = known.id if known is not None else said
        if known is None and not _looks_like_id(said):
            if now - self._loaded_at < RELOAD_S:
                return None
            await self.load()
            return await self.place(said, now, fresh_for=fresh_for)
        found = place_of((await slack_api.read(self._api, "conversations.info", channel=channel_id))["channel"])
        async with self._database.begin() as db:
            await directory.keep_channels(db, [found])
        self._places[said] = self._places[found.id] = (now, found)
        return found

    async def direct(self, said: str) -> str | None:
        """The direct message with a person by `@handle` or id; None when there is no such member.

        Raises what the client raises.
        """
        if said in self._directs:
            return self._directs[said]
        async with self._database.begin() as db:
            who = await (directory.person_named(db, said) if said.startswith("@") else directory.person(db, said))
        user_id = who.id if who is not None else said
        if said.startswith("@") and (who is None or who.stranger):
            return None
        opened = await slack_api.write(self._api, "conversations.open", {"users": user_id})
        self._directs[said] = str(opened["channel"]["id"])
        return self._directs[said]

    async def person(self, user_id: str, now: float) -> Person:
        """Who this is and whether they may ask; `unknown` when nobody could tell."""
        kept = self._people.get(user_id)
        if kept is not None and now - kept[0] < FRESH_S:
            return kept[1]
        who = await self._who(user_id)
        found = Person(user_id, who.stranger if who is not None else "unknown")
        if who is not None:
            self._remember(found, now)
        return found

    def _remember(self, person: Person, now: float) -> None:
        if len(self._people) > 20_000:
            self._people.clear()
        self._people[person.id] = (now, person)

    async def look(self, user_id: str) -> Who | None:
        """Who this is as Slack told within the last five seconds; None when it does not tell.

        Many clicks of one person are one question.
        """
        now = asyncio.get_running_loop().time()
        kept = self._looked.get(user_id)
        if kept is None or now - kept[0] >= LOOK_S:
            if len(self._looked) > 1_000:
                self._looked.clear()
            kept = self._looked[user_id] = (now, asyncio.create_task(self._ask(user_id, now)))
        return await asyncio.shield(kept[1])

    async def _ask(self, user_id: str, now: float) -> Who | None:
        """Ask Slack now; what it does not tell is asked again by the next who wants to know."""
        try:
            async with asyncio.timeout(TELL_S):
                who = await self._told(user_id)
        except slack_verdict.UNREADABLE as error:
            log.warning("slack.person_not_checked", user=user_id, error=slack_verdict.of(error).word)
            self._looked.pop(user_id, None)
            return None
        self._remember(Person(who.id, who.stranger), now)
        with suppress(*LOST):  # the other processes will not know, and allow nothing
            async with self._database.begin() as db:
                await directory.keep_people(db, [who])
        return who

    async def _told(self, user_id: str) -> Who:
        return who_of((await slack_api.read(self._api, "users.info", user=user_id))["user"], self._home)

    async def _who(self, user_id: str) -> Who | None:
        async with self._database.begin() as db:
            known = await directory.person(db, user_id, fresh_for=FRESH_S)
        if known is not None:
            return known
        try:
            who = await self._told(user_id)
        except slack_verdict.FAILED as error:
            log.warning("slack.person_not_checked", user=user_id, error=slack_verdict.of(error).word)
            async with self._database.begin() as db:
                return await directory.person(db, user_id, fresh_for=STALE_S)
        async with self._database.begin() as db:
            await directory.keep_people(db, [who])
        return who


def _looks_like_id(said: str) -> bool:
    return said[:1] in ("C", "G", "D") and said.isalnum() and said.isupper()


def who_of(user: dict[str, Any], home: str) -> Who:
    """What we keep of a person; `home` is our own team."""
    name, team = str(user.get("name") or ""), str(user.get("team_id") or "")
    return Who(str(user["id"]), name, team, stranger(user, home), mail(user))


def wrong_place(role: str, name: str, place: Place | None) -> str:
    """Why nothing can be posted to a channel that ops.toml names, and what to do; empty when it can."""
    called = f"#{name} (channels.{role})"
    if place is None:
        return f"channels.{role} in ops.toml names #{name}, which Slack does not have or hides from me."
    if place.is_archived:
        return f"{called} is archived: unarchive it, or name another channel in ops.toml."
    if not place.is_member:
        return f"I am not a member of {called}: invite me there with /invite."
    if place.is_shared_outside:
        return f"{called} is shared with another company, so I post nothing there."
    return ""


def _missing_places(policy: Policy, places: list[Place]) -> list[str]:
    known = {place.name: place for place in places}
    used = policy.channels.used().items()
    told = (wrong_place(role, name, known.get(name.removeprefix("#"))) for role, name in used)
    return [one for one in told if one]


def roles(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Whom ops.toml names, by the section that names them."""
    return {
        "people.owners": policy.people.owners,
        "approvals": policy.approvals.everyone,
        "escalations": policy.escalations.everyone,
    }


def wrong_person(role: str, name: str, members: Sequence[Who]) -> str:
    """Why somebody whom ops.toml names cannot be asked; empty when they can."""
    found = [who for who in members if name.removeprefix("@") in (who.handle, who.id)]
    if any(not who.stranger for who in found):
        return ""
    why = _STRANGER.get(found[0].stranger, found[0].stranger) if found else "is not a member of this workspace"
    return f"{role} in ops.toml names {name!r}, who {why}."


def _missing_people(policy: Policy, members: list[Who]) -> list[str]:
    told = (wrong_person(role, name, members) for role, names in roles(policy).items() for name in names)
    return [one for one in told if one]
