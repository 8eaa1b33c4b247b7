"""Whether the house can call for help: a second road, somebody outside who misses it, and the proof that they do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot.doctor_scene import Look, Scene
from domain.kernel.errors import OpsError, RefusedError
from domain.kernel.finding import Finding, bad, ok, refused, unseen, warn
from domain.kernel.policy_watch import WATCHDOG
from domain.kernel.ports import Ops
from domain.kernel.vendor import Call, Door
from domain.kernel.vendor_auth import Header
from domain.watch import alarm, heartbeat, second_road
from domain.watch.spans import span
from models import ping
from models.ping import Heard

PROVEN = "deadman"
"""The name under which the last proof is kept among the pings."""
WITHHELD_S = 2.0
RECEIPT_S = 60.0
_STILL = "No house runs here."
_OLD = timedelta(days=90)
_PROVE = "Run: python -m bot doctor deadman"


async def roads(scene: Scene) -> Iterable[Finding]:
    """What cannot wait has a second road, and every address of it can be used."""
    name = "alarm.roads"
    if scene.ops is None:
        return [unseen(name, "The policy is refused.")]
    found = alarm.addresses(scene.ops)
    if not found:
        text = "There is no second road: while Slack is away nobody is told of anything."
        return [warn(name, text, f"Set {second_road.VARIABLE} to addresses of Apprise, such as mailto://.")]
    try:
        await asyncio.to_thread(second_road.refuse_wrong, found)
    except RefusedError as error:
        return [refused(name, error)]
    return [ok(name, f"{len(found)} addresses stand at the end of the second road.")]


async def outside(scene: Scene) -> Iterable[Finding]:
    """Somebody outside misses the house when it falls silent, and that was proven lately."""
    if scene.ops is None or not scene.running:
        return [unseen("alarm.outside", _STILL)]
    async with scene.ops.db.begin() as db:
        heard = {one.name: one for one in await ping.heard(db)}
    if WATCHDOG not in heard and not scene.ops.secrets.get(heartbeat.PING_URL):
        text = "Nobody outside would notice that this machine has died."
        mend = f"Let bot/watchdog.py run on another machine, or set {heartbeat.PING_URL} to a service that misses us."
        return [warn("alarm.outside", text, mend)]
    return [ok("alarm.outside", "Somebody outside is there to miss the house."), _proof(heard.get(PROVEN))]


def _proof(last: Heard | None) -> Finding:
    if last is None:
        return warn("alarm.deadman", "Nobody has proven yet that a ping which stays away is told.", _PROVE)
    if last.kind != "success":
        return bad("alarm.deadman", f"The last proof failed: {last.said}", f"Mend it. {_PROVE}")
    if last.silent_for > _OLD:
        return warn("alarm.deadman", f"The last proof is {span(last.silent_for)} old.", _PROVE)
    return ok("alarm.deadman", f"A ping that stayed away was told {span(last.silent_for)} ago.")


async def withheld(scene: Scene) -> Iterable[Finding]:
    """Begin a ping at the watchdog, never end it, and wait for the receipt of the alarm."""
    name = "alarm.deadman"
    if scene.ops is None:
        return [unseen(name, "The policy is refused.")]
    said = scene.ops.secrets.get(heartbeat.PING_URL) or ""
    base, found, _ = said.partition("/ping/")
    if not found:
        text = f"{heartbeat.PING_URL} names no watchdog of ours: stop the house for a while, and see the alarm come."
        return [unseen(name, text)]
    try:
        road = await _receipt(scene.ops, Door(name, base, Header(heartbeat.PING_URL)))
    except OpsError as error:
        return [await _kept(scene, bad(name, f"The watchdog cannot be asked: {error.detail}", "Let it run there."))]
    if "accepted" in road:
        return [await _kept(scene, ok(name, f"A ping that stayed away was told ({road})."))]
    why = f"A ping was withheld, and its alarm took no road that answered ({road or 'no alarm came'})."
    return [await _kept(scene, bad(name, why, "Set OPS_WATCHDOG_URLS, and try it by: python -m bot.watchdog --drill"))]


async def _receipt(ops: Ops, door: Door) -> str:
    """Which road took the alarm about a ping that was withheld; empty when none came in time."""
    drill = f"drill-{uuid4().hex[:8]}"
    async for _ in ops.http.lines(
        door, Call(f"/ping/{drill}/start", query=(("within", str(WITHHELD_S)),), known=False)
    ):
        pass
    until = asyncio.get_running_loop().time() + WITHHELD_S + RECEIPT_S
    while asyncio.get_running_loop().time() < until:
        await asyncio.sleep(WITHHELD_S / 10)
        kept = (await ops.http.ask(door, Call("/status", known=False))).data
        if road := _road(kept, f"watchdog:ping.{drill}"):
            return road
    return ""


def _road(kept: Any, cause: str) -> str:
    alerts = kept.values() if isinstance(kept, dict) else ()
    return next((str(one["road"]) for one in alerts if one.get("cause") == cause and one.get("road")), "")


async def _kept(scene: Scene, found: Finding) -> Finding:
    """Keep the proof where the next look finds it, if a house runs here."""
    if scene.ops is not None and scene.running:
        async with scene.ops.db.begin() as db:
            await ping.hear(db, PROVEN, "success" if found.state == "ok" else "fail", found.text)
    return found


LOOKS: tuple[Look, ...] = (roads, outside)
DEADMAN: tuple[Look, ...] = (withheld,)
