"""What the self-check sees at this moment, and whether the processes run the code that stands on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.doctor_scene import Look, Scene
from domain.kernel.finding import Finding, State, ok, unseen, warn
from domain.watch import checks, executors
from jobs import flows
from models.check import Result

_STATES: dict[str, State] = {"ok": "ok", "warn": "warn", "bad": "bad", "unknown": "unseen"}
_MEND = {
    "disk": "Free space, or move OPS_DATA_DIR to a larger disk.",
    "memory": "End what else runs on this machine, or give it more memory.",
    "clock": "Set the machine's clock by NTP.",
    "database": "Start it, or correct DATABASE_URL.",
    "redis": "Start it, or correct REDIS_URL; everything works meanwhile.",
    "process": "Look at the end of its log, then start the house anew: python -m bot run.",
    "slack": "Look at https://status.slack.com, and at the log of the bot.",
    "trail": "Run: python -m bot audit verify",
    "fds": "Start that process anew.",
    "lag": "Look what else this machine does; start that process anew when nothing else does it.",
    "flow": "End the process that holds it: another takes it over at its last step.",
    "inbox": "Look whether the bot lives, and how late its loop comes.",
    "watchdog": "Look whether it runs, and whether it reaches /ping of this house.",
    "ping": "Look whether it runs, and whether it reaches /ping of this house.",
    "alarm": "Run: python -m bot alerts drill --break slack",
}
_LOOK = "Look at /health, which shows since when."
_ROOMS = ("bot", "handlers", "jobs", "domain", "models")
_GRACE_S = 60.0


async def checked(scene: Scene) -> Iterable[Finding]:
    """The self-check, made now and not kept."""
    if scene.ops is None or not scene.running:
        return [unseen("house", "No house runs here, so nothing of it can be looked at.")]
    _, found = await checks.look(scene.ops)
    return [
        _finding(one)
        for one in checks.one_each(found)
        if one.name == "slack.echo" or not one.name.startswith("slack.")  # the doctor asks Slack itself for the rest
    ]


def _finding(one: Result) -> Finding:
    name, state = f"house.{one.name}", _STATES[one.state]
    mend = _MEND.get(one.name.partition(".")[0], _LOOK)
    return Finding(name, state, one.text, mend if state in ("warn", "bad") else "")


async def code(scene: Scene) -> Iterable[Finding]:
    """No living process was started before the code was changed for the last time."""
    name = "house.code"
    if scene.ops is None or not scene.running:
        return [unseen(name, "No house runs here.")]
    files = (path for room in _ROOMS for path in (scene.root / room).rglob("*.py"))
    changed = datetime.fromtimestamp(max(path.stat().st_mtime for path in files) - _GRACE_S, UTC)
    here = (one for one in await executors.processes(scene.ops) if one.place == executors.place())
    old = [one.role for one in here if one.state == "alive" and one.started_at < changed]
    if old:
        text = f"{', '.join(old)} run older code than stands in {scene.root}."
        return [warn(name, text, "Start the house anew.")]
    return [ok(name, f"Every process runs the code that stands in {scene.root}.")]


async def versions(scene: Scene) -> Iterable[Finding]:
    """No unfinished work waits for another version of the program."""
    name = "house.flows"
    if scene.ops is None or not scene.running:
        return [unseen(name, "No house runs here.")]
    foreign = await executors.foreign(scene.ops, flows.VERSION)
    if foreign:
        told = ", ".join(f"{number} of version {version}" for version, number in foreign.items())
        text = f"Unfinished flows wait for another version of this program: {told}."
        return [warn(name, text, "Run that version until they are done, or cancel them.")]
    return [ok(name, "No flow waits for another version of this program.")]


LOOKS: tuple[Look, ...] = (checked, code, versions)
