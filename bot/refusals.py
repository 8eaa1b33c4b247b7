"""What is refused before anything starts: a wrong policy, date, token or database, a blank secret, a taken port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from bot import acceptances, dangers, forked, hook_signature, logs, ports, schema, settings, stores, wiring
from bot.settings import Settings
from domain.kernel.errors import EXIT_REFUSED, RefusedError, TransientError
from domain.kernel.metric import METRICS
from domain.kernel.policy import Policy
from domain.tasks import troubles
from domain.watch import credentials, graph, heartbeat, second_road
from jobs import job, timetable

_SLACK_WITHIN = 5.0  # seconds
KEPT = "policy.toml"
"""The policy in force, beside the data: for a start that finds something wrong in the file and has no database yet."""


def check(found: Settings, accepted: Collection[str] = ()) -> None:
    """Try everything that can be tried without asking anybody and without changing anything; RefusedError.

    `accepted`: the dangers that are accepted with this start, beside those that were before.
    """
    declared(found, accepted)
    ports.refuse_taken(found.ops_web_port, "set OPS_WEB_PORT to a free one")
    dangers.refuse(scene(found), {*accepted, *acceptances.holding(found.ops_data_dir)})


def startable(found: Settings, rules: Policy) -> None:
    """Refuse what a process of this house would be refused for under these rules, were it started now."""
    declared(found)
    dangers.refuse(scene(found, rules), acceptances.holding(found.ops_data_dir))


def scene(found: Settings, rules: Policy | None = None) -> dangers.Scene:
    """What is known of this process, under the policy that was judged last unless another is given."""
    return dangers.Scene(found, rules or policy(found, [one.flag for one in dangers.DANGERS]), dict(os.environ))


def dangerous(found: Settings, rules: Policy, database_url: str) -> dict[str, str]:
    """The dangers this process starts with, each accepted: flag -> sentence; RefusedError for one that is not."""
    seen = replace(scene(found, rules), powers=schema.powers(database_url))
    dangers.refuse(seen, acceptances.holding(found.ops_data_dir))
    return dangers.present(seen)


def try_outside(accepted: Collection[str] = ()) -> int:
    """Try both tokens and a given database in a process of its own, which leaves nothing behind in this one.

    0; or, when it has told why, 78, or 1 for a database that was waited for in vain. A Slack that cannot be reached
    now is no reason to refuse: the bot goes on trying.
    """
    attempt = partial(_try_outside, accepted)
    return forked.start(attempt, dict(os.environ), stderr=None, death_signal=signal.SIGKILL).wait()


def declared(found: Settings, accepted: Collection[str] = ()) -> None:
    """Refuse a policy or a vendor's credential with something wrong in it, which would fail hours later, at night."""
    settings.refuse_unknown(os.environ)
    if (found.ops_data_dir / settings.RESTORING).exists():
        raise RefusedError("A restore has begun and did not end; run it again: python -m bot restore FILE --replace.")
    policy(found, accepted)
    hook_signature.refuse_wrong(os.environ)
    secrets = settings.credentials()
    heartbeat.refuse_wrong(secrets.get(heartbeat.PING_URL))
    for department in wiring.DEPARTMENTS:
        for connector in department.connectors:
            for one in connector.credentials:
                secrets.get(one.name)
                credentials.expiry(secrets, one.name)


def policy(found: Settings, accepted: Collection[str] = ()) -> Policy:
    """The policy of the file; or, when that is refused, the one that was last in force here."""
    try:
        return judged(found, found.ops_policy, accepted)
    except RefusedError:
        kept = found.ops_data_dir / KEPT
        with suppress(RefusedError):
            if kept.exists():
                return judged(found, kept, accepted)
        raise


def judged(found: Settings, path: Path, accepted: Collection[str] = ()) -> Policy:
    """Refuse a policy that has something wrong in it, or something dangerous that nobody accepted."""
    rules = sound(path)
    seen = dangers.Scene(found, rules, dict(os.environ))
    dangers.refuse(seen, {*accepted, *acceptances.holding(found.ops_data_dir)}, dangers.OF_RULES)
    return rules


def sound(path: Path) -> Policy:
    """Refuse a policy that cannot be read, or names something that nothing in the house answers to."""
    rules = settings.policy(path)
    jobs = timetable.of(rules)
    graph.refuse(job.plans(jobs, rules), wiring.DEPARTMENTS, {one.name for one in jobs})
    strangers(rules, path)
    return rules


def strangers(rules: Policy, path: Path) -> None:
    """Refuse a policy, read from `path`, that names a connector, a metric, an action or the like there is not."""
    named: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
        ("connector", rules.connectors, (one.key for each in wiring.DEPARTMENTS for one in each.connectors)),
        ("metric", rules.targets, METRICS),
        ("action", _kinds(rules), _actions()),
        ("department", _departments(rules), (one.key for one in wiring.DEPARTMENTS)),
        ("category", (one.after for one in rules.work.following), rules.tasks.categories),
        ("job", rules.failures.jobs, (troubles.JOB, *(one.name for one in timetable.of(rules)))),
    )
    for kind, names, known in named:
        if unknown := sorted(set(names) - (there_are := set(known))):
            raise RefusedError(
                f"{path}: nobody knows the {kind} {unknown[0]!r}; there are: {', '.join(sorted(there_are))}."
            )


def _kinds(rules: Policy) -> Iterable[str]:
    """Actions by name, and patterns that fit none; more than there is may be forbidden by a pattern."""
    named = (one.action for one in rules.tasks.categories.values() if one.action)
    patterns = (*rules.approvals.kinds, *rules.autonomy.start, *rules.autonomy.limits)
    exact = (one for one in rules.actions.forbidden if "*" not in one)
    known = [*_actions()]
    return (*named, *exact, *(one for one in patterns if not any(fnmatchcase(kind, one) for kind in known)))


def _departments(rules: Policy) -> Iterable[str]:
    return (*(rule.department for rule in rules.tasks.rules), *rules.escalations.owners)


def _actions() -> Iterable[str]:
    connectors = (connector for department in wiring.DEPARTMENTS for connector in department.connectors)
    return (action.kind for connector in connectors for action in connector.actions)


def _try_outside(accepted: Collection[str]) -> int:
    found = settings.settings()
    logs.set_up(found.ops_log, "preflight")
    try:
        _try_second_road()
        asyncio.run(_try_tokens(found))
        _try_database(found, accepted)
    except (RefusedError, TransientError) as error:
        print(error.detail, file=sys.stderr)
        return EXIT_REFUSED if isinstance(error, RefusedError) else 1
    return 0


def _try_second_road() -> None:
    """Here, because the library that knows the services is large and nothing else at the start needs it."""
    if where := second_road.addresses(settings.credentials().get(second_road.VARIABLE)):
        second_road.refuse_wrong(where)


def _try_database(found: Settings, accepted: Collection[str]) -> None:
    """Before our own stores are prepared: a database that cannot be used leaves no trace of the attempt."""
    url, _ = stores.given(os.environ)
    if url:
        schema.refuse_no_address(url)
        schema.await_answer(schema.require_known, url)
        seen = replace(scene(found), powers=schema.powers(url))
        dangers.refuse(seen, {*accepted, *acceptances.holding(found.ops_data_dir)})


async def _try_tokens(found: Settings) -> None:
    from bot import slack_api, slack_preflight  # noqa: PLC0415 - a wrong policy is told sooner without Slack's code

    tokens = slack_preflight.tokens(found)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLACK_WITHIN), slack_api.session() as pool:
            bot = slack_api.client(tokens.bot, found.slack_api_url, pool)
            await slack_preflight.check(bot, slack_api.client(tokens.app, found.slack_api_url, pool))
