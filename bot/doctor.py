"""`python -m bot doctor`: what may be wrong is looked at, named with its mend, and mended where that is safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot import (
    doctor_alarm,
    doctor_environment,
    doctor_files,
    doctor_house,
    doctor_slack,
    doctor_stores,
    doctor_vendors,
)
from bot import doctor_scene as scenes
from bot.doctor_scene import Look, Scene
from domain.kernel.errors import InputError, RefusedError
from domain.kernel.finding import Finding, refused, unseen
from models.wire import LOST

GROUPS: dict[str, tuple[Look, ...]] = {
    "environment": doctor_environment.LOOKS,
    "files": doctor_files.LOOKS,
    "stores": doctor_stores.LOOKS,
    "house": doctor_house.LOOKS,
    "slack": doctor_slack.LOOKS,
    "vendors": doctor_vendors.LOOKS,
    "credentials": doctor_vendors.CREDENTIALS,
    "alarm": doctor_alarm.LOOKS,
    "deadman": doctor_alarm.DEADMAN,
}
USUAL = tuple(name for name in GROUPS if name != "deadman")
"""Everything but what raises an alarm in somebody's pocket: that is done when it is asked for."""
NIGHTLY = tuple(name for name in USUAL if name not in ("house", "vendors"))
"""What nobody looks at more often: the self-check and the collecting of readings have the rest."""
_ROOTS = {
    "slack.clock": "house.clock",
    "slack.calls": "slack.scopes",
}
"""What shows in two places is named once: the first is left out while the second is bad."""
_MARKS = {"ok": "ok  ", "warn": "look", "bad": "BAD ", "unseen": "?   "}


async def examine(scene: Scene, groups: Iterable[str] = USUAL) -> list[Finding]:
    """Everything there is to find in some groups; nothing is changed."""
    looks = [(f"{group}.{look.__name__}", look) for group in groups for look in GROUPS[group]]
    found = await asyncio.gather(*(_looked(name, look, scene) for name, look in looks))
    every = [one for part in found for one in part]
    bad = {one.name for one in every if one.state == "bad"}
    return [one for one in every if _ROOTS.get(one.name) not in bad]


async def _looked(name: str, look: Look, scene: Scene) -> list[Finding]:
    try:
        return list(await look(scene))
    except LOST as error:
        return [unseen(name, f"It could not be looked at ({type(error).__name__}).")]
    except RefusedError as error:
        return [refused(name, error)]


def repaired(found: Sequence[Finding]) -> list[Finding]:
    """Mend what can be mended safely; what was mended is well, and says so."""
    return [_repaired(one) for one in found]


def _repaired(one: Finding) -> Finding:
    if one.repair is None:
        return one
    try:
        one.repair()
    except OSError as error:
        return replace(one, text=f"{one.text} It could not be mended here ({error.strerror}).")
    return replace(one, state="ok", text=f"{one.text} It is mended.", repair=None)


def run(group: str, *, as_json: bool, repair: bool) -> int:
    """Look, print and tell by the exit code whether a person is needed: 1 when something is bad."""
    if group and group not in GROUPS:
        raise InputError(f"There is no group {group!r}; there are: {', '.join(GROUPS)}.")

    async def asked() -> list[Finding]:
        async with scenes.scene() as scene:
            return await examine(scene, (group,) if group else USUAL)

    found = asyncio.run(asked())
    if repair:
        found = repaired(found)
    print(json.dumps([one.data() for one in found], indent=2, ensure_ascii=False) if as_json else _told(found))
    return 1 if any(one.state == "bad" for one in found) else 0


def _told(found: Sequence[Finding]) -> str:
    """What is not well line by line, what is well by name, and how many there are of each."""
    other = [line(one) for one in found if one.state != "ok" or one.mend]
    names: dict[str, list[str]] = {}
    for one in found:
        group, _, name = one.name.partition(".")
        if one.state == "ok" and not one.mend:
            names.setdefault(group, []).append(name or group)
    well = [f"{_MARKS['ok']}  {group:<12} {', '.join(each)}" for group, each in names.items()]
    return "\n".join([*well, *other, summary(found)])


def line(one: Finding) -> str:
    """A finding as one line, with its mend when it needs one."""
    return f"{_MARKS[one.state]}  {one.name}: {one.text}{f' → {one.mend}' if one.mend and one.state != 'ok' else ''}"


def summary(found: Sequence[Finding]) -> str:
    """How many of each."""
    counts = {state: sum(one.state == state for one in found) for state in _MARKS}
    return (
        f"{len(found)} things: {counts['ok']} well, {counts['bad']} need a person, {counts['warn']} are worth a look, "
        f"{counts['unseen']} could not be looked at."
    )
