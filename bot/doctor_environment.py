"""Whether the environment and the policy say what they mean: unknown names, placeholders, halves, dangers."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterable, Iterator, Mapping

from bot import acceptances, dangers, hook_signature, policies, refusals, schema, settings
from bot.acceptances import Acceptance
from bot.dangers import Danger
from bot.doctor_scene import Look, Scene
from domain.kernel import connector as connectors
from domain.kernel.errors import RefusedError, TransientError
from domain.kernel.finding import Finding, bad, ok, refused, unseen, warn
from domain.watch import credentials

_LOOKED_AT_CLOSER = "exposed-files"  # by the group files


async def policy(scene: Scene) -> Iterable[Finding]:
    """The file of the policy holds no mistake, and the house goes by it."""
    path = scene.found.ops_policy
    try:
        refusals.sound(path)
    except RefusedError as error:
        return [refused("policy", error)]
    if scene.ops is None or not scene.running:
        return [ok("policy", f"{path} holds no mistake.")]
    if changed := await policies.differing(scene.ops, scene.found):
        text = f"{path} was changed; the house goes by the policy that was accepted last: {'; '.join(changed[:5])}."
        return [bad("policy", text, "Look at it by `python -m bot policy diff`, then accept or refuse it.")]
    return [ok("policy", f"{path} holds no mistake, and the house goes by it.")]


async def known(scene: Scene) -> Iterable[Finding]:
    """Somebody reads every variable that looks like one of ours; a misspelt one is silently without effect."""
    try:
        settings.refuse_unknown(scene.environment)
    except RefusedError as error:
        return [refused("environment.known", error)]
    names = {f"{one.key.upper()}_URL" for one in dangers.CONNECTORS}
    names |= {f"{name}{end}" for name in _named() for end in ("", "_EXPIRES", "_FILE")}
    beginnings = tuple(f"{one.key.upper()}_" for one in dangers.CONNECTORS)
    strange = sorted(name for name in scene.environment if name.startswith(beginnings) and name not in names)
    if not strange:
        return [ok("environment.known", "Every variable that looks like ours is read.")]
    near = difflib.get_close_matches(strange[0], names, 1)
    mend = f"Did you mean {near[0]}? Correct the name, or unset it." if near else "Correct the name, or unset it."
    return [bad("environment.known", f"Nobody reads {', '.join(strange)}.", mend)]


def _named() -> Iterator[str]:
    return (one.name for connector in dangers.CONNECTORS for one in connector.credentials)


async def meant(scene: Scene) -> Iterable[Finding]:
    """No secret is what a template left behind, and every end of one is a date."""
    held, name = settings.Credentials(dict(scene.environment)), "environment.secrets"
    try:
        hook_signature.refuse_wrong(scene.environment)
        for one in _named():
            held.get(one)
            credentials.expiry(held, one)
    except RefusedError as error:
        return [refused(name, error)]
    return [ok(name, "No secret is a placeholder.")]


async def dangerous(scene: Scene) -> Iterable[Finding]:
    """Nothing a start would be refused for; what somebody accepted for a day is named until then."""
    if scene.ops is None:
        return [unseen("danger", "The policy is refused.")]
    seen = dangers.Scene(scene.found, scene.ops.policy, scene.environment, powers=await _powers(scene))
    accepted = acceptances.holding(scene.found.ops_data_dir)
    return [_danger(one, one.look(seen), accepted) for one in dangers.DANGERS if one.flag != _LOOKED_AT_CLOSER]


async def _powers(scene: Scene) -> tuple[str, ...]:
    """What the database lets us do beyond what we need; nothing while it does not answer, which is found elsewhere."""
    if scene.ops is None or not scene.running:
        return ()
    try:
        return await asyncio.to_thread(schema.powers, scene.ops.db.url)
    except (RefusedError, TransientError):
        return ()


def _danger(one: Danger, said: str, accepted: Mapping[str, Acceptance]) -> Finding:
    name = f"danger.{one.flag}"
    if not said:
        return ok(name, "Nothing dangerous.")
    text, _, mend = said.rpartition("; ")
    if one.flag in accepted and not one.never:
        return warn(name, f"{text}, accepted until {accepted[one.flag].until:%-d %B at %H:%M} UTC.", mend)
    return bad(name, f"{text}.", mend)


async def halves(scene: Scene) -> Iterable[Finding]:
    """A vendor of which something is set is connected, else what is set has no effect."""
    if scene.ops is None:
        return [unseen("environment.vendors", "The policy is refused.")]
    found = []
    for one in dangers.CONNECTORS:
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


LOOKS: tuple[Look, ...] = (policy, known, meant, dangerous, halves)
