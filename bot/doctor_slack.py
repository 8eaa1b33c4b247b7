"""What Slack lets us do and what ops.toml wants of it: tokens, scopes, calls, channels, people, events, the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bot import slack_api, slack_directory, slack_preflight, slack_verdict
from bot.doctor_scene import Look, Scene
from bot.slack_api import Client
from bot.slack_preflight import Passed, Tokens
from domain.kernel.errors import RefusedError
from domain.kernel.finding import Finding, bad, ok, refused, unseen, warn
from domain.kernel.policy import Policy
from domain.watch import executors
from handlers import manifest
from handlers.menu import MENU
from models import inbox
from models.directory import Place, Who

_WITHIN_S = 20.0
_MOST_APART = timedelta(minutes=1)
_REINSTALL = "Paste `python -m bot manifest` into the app's manifest and install it again."


@dataclass(frozen=True)
class View:
    """What Slack told: None where it did not; `ahead`: our clock.

    `called` are the methods the running bot called, `refused` those that were refused, with the scope each wanted;
    `echoed`: an event of our own came back to it.
    """

    passed: Passed
    places: Mapping[str, Place] | None
    people: Sequence[Who] | None
    called: Collection[str]
    refused: Mapping[str, str]
    ahead: timedelta
    heard: Mapping[str, datetime] | None
    echoed: bool


async def slack(scene: Scene) -> Iterable[Finding]:
    """Both tokens first; with good ones everything else."""
    if scene.ops is None:
        return [unseen("slack", "The policy is refused.")]
    try:
        tokens = slack_preflight.tokens(scene.found)
        async with asyncio.timeout(_WITHIN_S):
            view = await _viewed(scene, tokens)
    except RefusedError as error:
        return [refused("slack.tokens", error), unseen("slack", "Without good tokens Slack tells nothing.")]
    except slack_verdict.UNREADABLE as error:
        text = f"Slack cannot be asked ({slack_verdict.of(error).word})."
        return [bad("slack.reachable", text, f"Look whether {scene.found.slack_api_url} can be reached from here.")]
    policy = scene.ops.policy
    found = [ok("slack.tokens", "Slack takes both tokens, and they are of one app.")]
    return [*found, *(one for look in _AT for one in look(view, policy))]


async def _viewed(scene: Scene, tokens: Tokens) -> View:
    """Ask Slack everything; RefusedError when a token is wrong, else what the client raises."""
    async with slack_api.session() as pool:
        bot = slack_api.client(tokens.bot, scene.found.slack_api_url, pool)
        ahead = await _ahead(scene, bot)
        passed = await slack_preflight.check(bot, slack_api.client(tokens.app, scene.found.slack_api_url, pool))
        places = await _all(bot, "conversations.list", "channels", types="public_channel,private_channel")
        people = await _all(bot, "users.list", "members")
        told, heard = await _told(scene)
        return View(
            passed,
            None if places is None else {one.name: one for one in map(slack_directory.place_of, places)},
            None if people is None else [slack_directory.who_of(one, passed.identity.team_id) for one in people],
            told.get("called", ()),
            {**told.get("refused", {}), **bot.refused},
            ahead,
            heard,
            bool(told.get("echoed")),
        )


async def _ahead(scene: Scene, bot: Client) -> timedelta:
    """How far our clock is ahead of Slack's; raises what the client raises unless it is about the token."""
    try:
        answer: Any = await slack_api.whole(bot, "auth.test", http_verb="POST")
    except slack_verdict.FAILED as error:
        if slack_verdict.of(error).meaning in ("wait", "unknown"):
            raise
        return timedelta()
    now = scene.ops.clock.now() if scene.ops else None
    told = answer.headers.get("Date")
    return now - parsedate_to_datetime(told) if now and told else timedelta()


async def _all(bot: Client, method: str, holds: str, **args: Any) -> list[dict[str, Any]] | None:
    """Every item of a list; None when Slack refuses to tell it."""
    try:
        return [one async for one in slack_api.pages(bot, method, holds, **args)]
    except slack_verdict.FAILED as error:
        if slack_verdict.of(error).meaning in ("wait", "unknown"):
            raise
        return None


async def _told(scene: Scene) -> tuple[Mapping[str, Any], Mapping[str, datetime] | None]:
    """What the running bot tells of Slack, and when it last heard what; nothing and None while no house runs."""
    if scene.ops is None or not scene.running:
        return {}, None
    bot = next((one for one in await executors.processes(scene.ops) if one.role == "bot"), None)
    async with scene.ops.db.begin() as db:
        heard = await inbox.heard(db)
    return (bot.detail.get("slack") or {}) if bot else {}, heard


def scopes(view: View, _policy: Policy) -> Iterator[Finding]:
    """What was granted is what the manifest asks for: nothing less, and nothing more."""
    wanted = set(manifest.scopes(MENU))
    if not view.passed.scopes:
        yield unseen("slack.scopes", "Slack did not say what it granted.")
        return
    lacking = sorted(wanted - view.passed.scopes)
    if lacking:
        yield bad("slack.scopes", f"The app lacks {', '.join(lacking)}.", _REINSTALL)
    else:
        yield ok("slack.scopes", f"All {len(wanted)} scopes of the manifest are granted.")
    if spare := sorted(view.passed.scopes - wanted):
        yield warn("slack.scopes.spare", f"The app was granted {', '.join(spare)}, which no call needs.", _REINSTALL)
    else:
        yield ok("slack.scopes.spare", "No scope is granted that no call needs.")


def calls(view: View, _policy: Policy) -> Iterator[Finding]:
    """No call that was really made was refused for want of a scope, and the manifest knows of each."""
    told = ", ".join(f"{method} (needs {scope})" for method, scope in sorted(view.refused.items()))
    strange = sorted(set(view.called) - set(manifest.METHODS))
    if told:
        yield bad("slack.calls", f"Slack refused {told}.", _REINSTALL)
    elif strange:
        yield bad(
            "slack.calls", f"The manifest asks no scope for {', '.join(strange)}.", "Add it to handlers/manifest.py."
        )
    else:
        yield ok("slack.calls", "No call was refused for want of a scope.")


def channels(view: View, policy: Policy) -> Iterator[Finding]:
    """Every channel something is posted to is there, open, ours alone, and the bot is in it."""
    for role, name in policy.channels.used().items():
        key = f"slack.channel.{role}"
        if view.places is None:
            yield unseen(key, "Slack does not list the channels.")
        elif wrong := slack_directory.wrong_place(role, name, view.places.get(name.removeprefix("#"))):
            yield bad(key, wrong, "See that the bot is in that channel, or name another in ops.toml.")
        else:
            yield ok(key, f"#{name} is there, and the bot is in it.")


def people(view: View, policy: Policy) -> Iterator[Finding]:
    """Everybody whom ops.toml names is a full member; there is an owner to turn to."""
    for role, names in slack_directory.roles(policy).items():
        key = f"slack.{role}"
        if view.people is None:
            yield unseen(key, "Slack does not list the people.")
        elif wrong := [one for name in names if (one := slack_directory.wrong_person(role, name, view.people))]:
            yield bad(key, " ".join(wrong), "Name a full member of this workspace in ops.toml.")
        elif role == "people.owners" and not names:
            yield bad(key, "Nobody is told when the house itself needs a person.", "Name somebody under people.owners.")
        else:
            yield ok(key, f"{', '.join(names)} can be asked." if names else "Nobody is named.")


def events(view: View, _policy: Policy) -> Iterator[Finding]:
    """Slack sends events, not only commands and clicks."""
    if not view.heard and not view.echoed:
        yield unseen("slack.events", "Nobody has said, typed or pressed anything in Slack yet.")
        return
    kinds = {name.partition(".")[0] for name in manifest.events(MENU)}
    seen = {kind: at for kind, at in (view.heard or {}).items() if kind in kinds}
    if seen:
        last = max(seen, key=lambda kind: seen[kind])
        yield ok("slack.events", f"The last event was {last}, on {seen[last]:%-d %B at %H:%M} UTC.")
    elif view.echoed:
        yield ok("slack.events", "Slack sends events: one of the house's own came back.")
    else:
        text = "Slack sends commands, but never an event."
        yield bad("slack.events", text, "Turn on Event Subscriptions: paste `python -m bot manifest` again.")


def clock(view: View, _policy: Policy) -> Iterator[Finding]:
    """Our clock agrees with Slack's."""
    if abs(view.ahead) > _MOST_APART:
        side = "ahead of" if view.ahead > timedelta() else "behind"
        text = f"This machine's clock is {abs(view.ahead).total_seconds():.0f} s {side} Slack's."
        yield bad("slack.clock", text, "Set the machine's clock by NTP.")
    else:
        yield ok("slack.clock", "This machine's clock agrees with Slack's.")


_AT: tuple[Callable[[View, Policy], Iterable[Finding]], ...] = (scopes, calls, channels, people, events, clock)
LOOKS: tuple[Look, ...] = (slack,)
