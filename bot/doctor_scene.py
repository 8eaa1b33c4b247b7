"""What the doctor looks at: the settings, the environment, the policy, and the house as far as it can be reached."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot import refusals, settings, stores, wiring
from bot.settings import Settings
from domain.kernel.errors import RefusedError
from domain.kernel.finding import Finding
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops


@dataclass(frozen=True)
class Scene:
    """`ops` is None while no policy can be used; `running` says whether the stores of a house are known."""

    found: Settings
    environment: Mapping[str, str]
    ops: Ops | None
    running: bool
    root: Path = settings.ROOT

    @property
    def homes(self) -> tuple[Path, ...]:
        """The data directory, and the one that holds the servers' data when that is another."""
        home = self.found.ops_data_dir
        try:
            return (home, Path((home / "home").read_text(encoding="utf-8")))
        except OSError:
            return (home,)


Look = Callable[[Scene], Awaitable[Iterable[Finding]]]
"""Looks at some things; what cannot be looked at is a finding too."""


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """The house of this environment: running, standing still, or without a policy that can be used."""
    found = settings.settings()
    rules = _rules(found)
    if rules is None:
        yield Scene(found, os.environ, None, running=False)
        return
    try:
        where = stores.known(found.ops_data_dir, os.environ)
    except RefusedError:
        async with wiring.still(found, "doctor", rules) as ops:
            yield Scene(found, os.environ, ops, running=False)
        return
    async with wiring.house(found, "doctor", pool=2, where=where, rules=rules) as ops:
        yield Scene(found, os.environ, ops, running=True)


def _rules(found: Settings) -> Policy | None:
    """The policy that was last in force, which a house goes by whatever the file says; else the file's."""
    for path in (found.ops_data_dir / refusals.KEPT, found.ops_policy):
        with suppress(RefusedError):
            return settings.policy(path)
    return None
