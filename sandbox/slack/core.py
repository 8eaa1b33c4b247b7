"""What every part of the sandbox leans on: time, ids, faults, the log, the listening pages."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.slack.clock import Clock, Timers
from sandbox.slack.faults import Faults
from sandbox.slack.ids import Ids
from sandbox.slack.traffic import Traffic
from sandbox.slack.watchers import Watchers


@dataclass(frozen=True, slots=True)
class Core:
    """Handed to every part at its making."""

    clock: Clock
    timers: Timers
    ids: Ids
    faults: Faults
    traffic: Traffic
    watchers: Watchers


def make_core(seed: int, boot: int) -> Core:
    """A core whose ids depend on the seed and on how often this sandbox was started."""
    clock = Clock()
    ids = Ids(clock, seed, boot)
    traffic, watchers = Traffic(), Watchers()
    traffic.heard = watchers.tell_traffic
    return Core(clock, Timers(clock), ids, Faults(clock, ids.chance), traffic, watchers)
