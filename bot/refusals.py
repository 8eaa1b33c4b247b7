"""What is refused before anything starts: a wrong policy, a blank secret, a taken port, a token Slack does not know."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress

from bot import forked, logs, settings, wiring
from bot.settings import Settings
from domain.kernel.errors import EXIT_REFUSED, RefusedError
from domain.kernel.metric import METRICS
from jobs import job, timetable

_SLACK_WITHIN = 5.0  # seconds: when Slack cannot be reached now, the bot goes on trying


def check(found: Settings) -> int:
    """Try everything that can be tried without changing anything; 0, or 78 when the reason is told already.

    RefusedError for everything but the tokens, which are tried in a process of their own.
    """
    policy(found)
    _refuse_placeholders()
    _refuse_taken(found.ops_web_port)
    # Slack's code would stay in the supervisor's memory, and in all its forks', for nothing.
    return forked.start(_try_tokens, os.environ, stderr=None, death_signal=signal.SIGKILL).wait()


def policy(found: Settings) -> None:
    """Refuse a policy that cannot be read, or names something that nothing in the house answers to."""
    rules = wiring.policy(found)
    job.plans(timetable.TIMETABLE, rules)
    connectors = {one.key for department in wiring.DEPARTMENTS for one in department.connectors}
    for kind, named, known in (("connector", rules.connectors, connectors), ("metric", rules.targets, set(METRICS))):
        if unknown := sorted(set(named) - known):
            there_are = ", ".join(sorted(known))
            raise RefusedError(f"{found.ops_policy}: nobody knows the {kind} {unknown[0]!r}; there are: {there_are}.")


def _refuse_placeholders() -> None:
    """A vendor's secret that a template left behind would fail hours later, at night."""
    secrets = settings.credentials()
    for department in wiring.DEPARTMENTS:
        for connector in department.connectors:
            for one in connector.credentials:
                secrets.get(one.name)


def _refuse_taken(port: int) -> None:
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise RefusedError(f"The port {port} is taken; set OPS_WEB_PORT to a free one.") from error


def _try_tokens() -> int:
    """Both tokens, once; a Slack that does not answer is no reason to refuse."""
    found = settings.settings()
    logs.set_up(found.ops_log, "preflight")
    try:
        asyncio.run(_tried(found))
    except RefusedError as refusal:
        print(refusal.detail, file=sys.stderr)
        return EXIT_REFUSED
    return 0


async def _tried(found: Settings) -> None:
    from bot import slack_api, slack_preflight  # noqa: PLC0415 - loaded in the fork only

    tokens = slack_preflight.tokens(found)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLACK_WITHIN), slack_api.session() as pool:
            bot = slack_api.client(tokens.bot, found.slack_api_url, pool)
            await slack_preflight.check(bot, slack_api.client(tokens.app, found.slack_api_url, pool))
