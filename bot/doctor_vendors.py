"""Whether each vendor takes our credentials: those to read, those to change, and when they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot.doctor_scene import Look, Scene
from domain.kernel import action as actions
from domain.kernel import connector as connectors
from domain.kernel.connector import Connector
from domain.kernel.errors import OpsError, RefusedError, TransientError
from domain.kernel.finding import Finding, bad, ok, unseen, warn
from domain.kernel.ports import Ops
from domain.kernel.source import Source
from domain.kernel.vendor_errors import CredentialError, PermissionMissingError, ThrottledError, fault_of
from domain.watch import credentials
from domain.watch.credentials import Lapse

_WITHIN_S = 20.0
_REFUSED = "The policy is refused."


async def reading(scene: Scene) -> Iterable[Finding]:
    """Every connected vendor answers its cheapest question."""
    if scene.ops is None:
        return [unseen("vendors", _REFUSED)]
    return await asyncio.gather(*(_reads(scene.ops, one) for one in _connectors(scene.ops)))


async def _reads(ops: Ops, one: Connector) -> Finding:
    name = f"vendors.{one.key}"
    try:
        if connectors.missing(ops, one) or not ops.policy.connector(one.key).enabled:
            return unseen(name, f"{one.name} is not connected.")
        other = await _asked(connectors.source(ops, one), one)
    except (RefusedError, ThrottledError) as error:
        return unseen(name, f"{one.name}: {error.detail}")
    except OpsError as error:
        error.source = one.key
        advice = connectors.advice(ops, one, error) or "Look at the vendor's status page; the house goes on trying."
        return bad(name, f"{one.name} ({fault_of(error)}): {error.detail}", advice)
    if other:
        return warn(name, f"{one.name}: {other}.", "Install a release of this program that knows the newer version.")
    return ok(name, f"{one.name} answers.")


async def writing(scene: Scene) -> Iterable[Finding]:
    """Every vendor that may be changed takes the credential for that."""
    if scene.ops is None:
        return [unseen("credentials", _REFUSED)]
    found = [one for one in _connectors(scene.ops) if _may(scene.ops, one)]
    return await asyncio.gather(*(_writes(scene.ops, one) for one in found))


def _may(ops: Ops, one: Connector) -> bool:
    """Whether an action of it may be taken at all."""
    return bool(one.writing) and any(not actions.refusal(ops.policy, each) for each in one.actions)


async def _writes(ops: Ops, one: Connector) -> Finding:
    name = f"credentials.{one.key}"
    try:
        if missing := actions.writable(ops, one):
            return unseen(name, f"What would be done at {one.name} is only proposed: {', '.join(missing)} is not set.")
        await _asked(actions.source_for_writing(ops, one), one)
    except CredentialError as error:
        return bad(name, f"{one.name} refuses the credential to change it: {error.detail}", "Renew it.")
    except PermissionMissingError:
        pass  # it is good, and may do less than read
    except OpsError as error:  # what else is wrong with it is found where it is read
        return unseen(name, error.detail)
    return ok(name, f"{one.name} takes the credential to change it.")


async def _asked(source: Source, one: Connector) -> str | None:
    """Ask; a sentence when another version answered than was asked."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return source.other_version(await source.ask(one.health))
    except TimeoutError:
        raise TransientError(f"it did not answer within {_WITHIN_S:g} s.") from None


def _connectors(ops: Ops) -> tuple[Connector, ...]:
    return tuple(one for department in ops.departments for one in department.connectors)


async def ends(scene: Scene) -> Iterable[Finding]:
    """Nothing has ended, and what ends within 60 days is named."""
    if scene.ops is None:
        return [unseen("ends", _REFUSED)]
    try:
        due = credentials.due(scene.ops)
    except RefusedError as error:
        return [unseen("ends", error.detail)]
    return [_ends(one) for one in due] or [ok("ends", "No credential and no version ends within 60 days.")]


def _ends(one: Lapse) -> Finding:
    name = f"ends.{one.key.replace(':', '.')}"
    version = one.key.startswith("version:")
    mend = "Install a release of this program that knows the newer version." if version else "Renew it."
    return warn(name, one.sentence, mend) if one.left > 0 else bad(name, one.sentence, mend)


LOOKS: tuple[Look, ...] = (reading,)
CREDENTIALS: tuple[Look, ...] = (writing, ends)
