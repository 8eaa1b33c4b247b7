"""What is refused before anything starts: a wrong policy, date or token, a blank secret, a taken port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress

from bot import forked, logs, ports, settings, wiring
from bot.settings import Settings
from domain.kernel.errors import EXIT_REFUSED, RefusedError
from domain.kernel.metric import METRICS
from domain.watch import credentials
from jobs import job, timetable

_SLACK_WITHIN = 5.0  # seconds


def check(found: Settings) -> None:
    """Try everything that can be tried without asking anybody and without changing anything; RefusedError."""
    declared(found)
    ports.refuse_taken(found.ops_web_port, "set OPS_WEB_PORT to a free one")


def try_tokens() -> int:
    """Try both tokens in a process of its own, which leaves nothing behind in this one; 0, or 78 when it has told why.

    A Slack that cannot be reached now is no reason to refuse: the bot goes on trying.
    """
    return forked.start(_try_tokens, dict(os.environ), stderr=None, death_signal=signal.SIGKILL).wait()


def declared(found: Settings) -> None:
    """Refuse a policy or a vendor's credential with something wrong in it, which would fail hours later, at night."""
    _policy(found)
    secrets = settings.credentials()
    for department in wiring.DEPARTMENTS:
        for connector in department.connectors:
            for one in connector.credentials:
                secrets.get(one.name)
                credentials.expiry(secrets, one.name)


def _policy(found: Settings) -> None:
    """Refuse a policy that cannot be read, or names something that nothing in the house answers to."""
    rules = wiring.policy(found)
    job.plans(timetable.TIMETABLE, rules)
    connectors = {one.key for department in wiring.DEPARTMENTS for one in department.connectors}
    for kind, named, known in (("connector", rules.connectors, connectors), ("metric", rules.targets, set(METRICS))):
        if unknown := sorted(set(named) - known):
            there_are = ", ".join(sorted(known))
            raise RefusedError(f"{found.ops_policy}: nobody knows the {kind} {unknown[0]!r}; there are: {there_are}.")


def _try_tokens() -> int:
    found = settings.settings()
    logs.set_up(found.ops_log, "preflight")
    try:
        asyncio.run(_tried(found))
    except RefusedError as refusal:
        print(refusal.detail, file=sys.stderr)
        return EXIT_REFUSED
    return 0


async def _tried(found: Settings) -> None:
    from bot import slack_api, slack_preflight  # noqa: PLC0415 - a wrong policy is told sooner without Slack's code

    tokens = slack_preflight.tokens(found)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLACK_WITHIN), slack_api.session() as pool:
            bot = slack_api.client(tokens.bot, found.slack_api_url, pool)
            await slack_preflight.check(bot, slack_api.client(tokens.app, found.slack_api_url, pool))
