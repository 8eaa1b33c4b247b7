"""The channels and people that ops.toml names, held against what was last read from Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.ports import Ops
from models import directory

_OLD = timedelta(hours=6)


@dataclass(frozen=True)
class Problem:
    """One name that does not lead where it should."""

    name: str
    text: str


@dataclass(frozen=True)
class Found:
    """Whether Slack was read at all, and what is wrong with the names."""

    read: bool
    problems: tuple[Problem, ...] = ()


async def missing(ops: Ops) -> Found:
    """Names of the policy that Slack does not have, or where the bot may not speak."""
    wanted = sorted(set(ops.policy.channels.used().values()))
    async with ops.db.begin() as db:
        read_at = await directory.checked_at(db)
        if read_at is None:
            return Found(read=False)
        places = await directory.channels(db, wanted)
        named = dict.fromkeys([*ops.policy.people.owners, *ops.policy.escalations.everyone])
        people = {handle: await directory.person_named(db, handle) for handle in named}
    problems = [problem for name in wanted if (problem := _channel(name, places.get(name)))]
    problems += [
        Problem(f"@{handle}", f"@{handle} is not a member of this Slack")
        for handle, who in people.items()
        if who is None or who.stranger
    ]
    if ops.clock.now() - read_at > _OLD:
        problems.append(Problem("Slack", "the bot has not read Slack's channels for more than six hours"))
    return Found(True, tuple(problems))


def _channel(name: str, place: directory.Place | None) -> Problem | None:
    if place is None or place.is_archived:
        return Problem(f"#{name}", f"the channel #{name} does not exist; create it or change ops.toml")
    if not place.is_member:
        return Problem(f"#{name}", f"the bot is not in #{name}; invite it there")
    if place.is_shared_outside:
        return Problem(f"#{name}", f"#{name} is shared with another company; business data are not posted there")
    return None
