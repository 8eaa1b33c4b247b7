"""Whether the environment and the policy say what they mean: unknown names, placeholders, secrets set twice."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot import hook_signature, refusals, settings, wiring
from bot.doctor_scene import Look, Scene
from bot.settings import Settings
from domain.kernel import connector as connectors
from domain.kernel.connector import Connector, Credential
from domain.kernel.errors import RefusedError
from domain.kernel.finding import Finding, bad, ok, refused, unseen, warn
from domain.watch import credentials

OURS = frozenset({"OPS_DEMO_DIR", "OPS_PROCESS", "OPS_FAULT_AT", "OPS_FAULT_TRACE", "OPS_UNDER_TEST"})
"""Names beside the settings that something of ours reads."""
_SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


async def policy(scene: Scene) -> Iterable[Finding]:
    """The file of the policy can be read, and names only what there is."""
    try:
        refusals.policy(scene.found)
    except RefusedError as error:
        return [refused("policy", error)]
    return [ok("policy", f"{scene.found.ops_policy} holds no mistake.")]


async def known(scene: Scene) -> Iterable[Finding]:
    """Somebody reads every variable that looks like one of ours; a misspelt one is silently without effect."""
    names = _known()
    beginnings = ("OPS_", *(f"{one.key.upper()}_" for one in _connectors()))
    strange = [
        name
        for name in sorted(scene.environment)
        if name.startswith(beginnings) and name not in names and not hook_signature.VARIABLE.fullmatch(name)
    ]
    if not strange:
        return [ok("environment.known", "Every variable that looks like ours is read.")]
    near = difflib.get_close_matches(strange[0], names, 1)
    mend = f"Did you mean {near[0]}? Correct the name, or unset it." if near else "Correct the name, or unset it."
    return [bad("environment.known", f"Nobody reads {', '.join(strange)}.", mend)]


def _known() -> set[str]:
    found = {name.upper() for name in Settings.model_fields} | OURS
    for one in _connectors():
        found.add(f"{one.key.upper()}_URL")
        found |= {f"{name.name}{end}" for name in one.credentials for end in ("", "_EXPIRES")}
    return found


def _connectors() -> Iterator[Connector]:
    return (one for department in wiring.DEPARTMENTS for one in department.connectors)


def _credentials() -> Iterator[Credential]:
    return (one for connector in _connectors() for one in connector.credentials)


async def meant(scene: Scene) -> Iterable[Finding]:
    """No secret is what a template left behind, and every end of one is a date."""
    held, name = settings.Credentials(dict(scene.environment)), "environment.secrets"
    try:
        hook_signature.refuse_wrong(scene.environment)
        for one in _credentials():
            held.get(one.name)
            credentials.expiry(held, one.name)
    except RefusedError as error:
        return [refused(name, error)]
    return [ok(name, "No secret is a placeholder.")]


async def twice(scene: Scene) -> Iterable[Finding]:
    """No two names hold one secret: who can read would also be able to change."""
    named = (*_SECRETS, *(one.name for one in _credentials() if one.secret))
    by_value = defaultdict(list)
    for name in named:
        if value := scene.environment.get(name, "").strip():
            by_value[value].append(name)
    shared = [names for names in by_value.values() if names[1:]]
    if not shared:
        return [ok("environment.twice", "No secret is set under two names.")]
    text = f"{' and '.join(shared[0])} hold the same secret."
    return [bad("environment.twice", text, "Make a credential of its own for each, with only the rights it needs.")]


async def halves(scene: Scene) -> Iterable[Finding]:
    """A vendor of which something is set is connected, else what is set has no effect."""
    if scene.ops is None:
        return [unseen("environment.vendors", "The policy is refused.")]
    found = []
    for one in _connectors():
        name = f"environment.{one.key}"
        mine = [each.name for each in one.credentials if scene.environment.get(each.name, "").strip()]
        try:
            missing = connectors.missing(scene.ops, one)
        except RefusedError:
            found.append(unseen(name, "A variable of it is refused."))
            continue
        if mine and not scene.ops.policy.connector(one.key).enabled:
            text = f"{', '.join(mine)} is set, but [connectors.{one.key}] rests."
            found.append(warn(name, text, "Unset it, or let the connector work."))
        elif mine and missing:
            text = f"{one.name} is half set: {', '.join(missing)} is missing, so nothing is read."
            found.append(bad(name, text, "Set what is missing, or unset the rest."))
        else:
            found.append(
                ok(name, f"{one.name} is {'connected' if mine else 'not connected, and nothing of it is set'}.")
            )
    return found


LOOKS: tuple[Look, ...] = (policy, known, meant, twice, halves)
