"""An action is begun by its bell, and done once wherever its worker is killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from domain.watch import audit
from models import action as rows
from tests.collecting import a_rig
from tests.domain.actions.conftest import Stage
from tests.jobs.parts import ROOT

_BOOTS = count(1)


class Actors:
    """Workers one after the other; the next ends itself at the point that stands in a file."""

    def __init__(self, url: str, vendors: str, folder: Path) -> None:
        self._url = url
        self._vendors = vendors
        self._folder = folder
        self._armed = 0
        self.running: subprocess.Popen[bytes] | None = None

    def start(self, *, sweep: float = 3600.0) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "tests.jobs.one_actor", self._url, self._vendors, f"a{next(_BOOTS)}", f"{sweep}"]
        env = {**os.environ, "OPS_UNDER_TEST": "1", "OPS_FAULT_AT": f"@{self._folder}/armed"}
        with (self._folder / "actors.log").open("ab") as log:
            self.running = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=log, stderr=log)
        return self.running

    def arm(self, point: str) -> None:
        self._armed += 1
        beside = self._folder / "new"
        beside.write_text(f"{point}:{self._folder}/mark-{self._armed}")
        beside.replace(self._folder / "armed")

    async def fall(self) -> None:
        """Wait until the armed point has ended the worker."""
        assert self.running is not None
        async with asyncio.timeout(60):
            while self.running.poll() is None:  # noqa: ASYNC110 - another process ends
                await asyncio.sleep(0.03)
        assert self.running.returncode == -9

    def end(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.kill()
            self.running.wait(10)


@pytest.fixture
def actors(database_url: str, vendor_server: str, tmp_path: Path) -> Iterator[Actors]:
    found = Actors(database_url, vendor_server, tmp_path)
    yield found
    found.end()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(database_url: str, vendor_server: str) -> AsyncIterator[Stage]:
    async with a_rig(database_url, vendor_server) as rig:
        yield Stage(rig, rig.ops)


async def _ends(stage: Stage, name: str, state: str) -> None:
    async with asyncio.timeout(60):
        while (await stage.row(name)).state != state:  # noqa: ASYNC110 - happens in another process
            await asyncio.sleep(0.03)


async def _rung(stage: Stage, kind: str) -> str:
    name = await stage.approved(kind)
    async with stage.ops.db.begin() as db:
        await rows.ring(db, (await stage.row(name)).department)
    return name


async def _undo_rung(stage: Stage, name: str) -> None:
    await stage.undoing(name)
    async with stage.ops.db.begin() as db:
        await rows.ring(db, (await stage.row(name)).department)


async def test_a_worker_that_dies_behind_the_vendors_answer_does_and_undoes_once(stage: Stage, actors: Actors) -> None:
    """Every other point, and plans: tests/e2e/test_points_actions.py."""
    before = await stage.effects("shipbob")
    actors.arm("vendor_answered")
    actors.start()
    name = await _rung(stage, "shipbob.create_receiving_order")
    await actors.fall()
    actors.start()
    await _ends(stage, name, "done")
    assert await stage.effects("shipbob") == before + 1
    actors.arm("vendor_answered")
    await _undo_rung(stage, name)
    await actors.fall()
    actors.start()
    await _ends(stage, name, "undone")
    assert await stage.effects("shipbob") == before + 2
    assert (await audit.verify(stage.ops)).broken == 0


async def test_what_no_bell_told_of_is_found(stage: Stage, actors: Actors) -> None:
    actors.start(sweep=0.1)
    before = await stage.approved("shipbob.create_receiving_order")
    await _ends(stage, before, "done")
    later = await stage.approved("hubspot.create_follow_up_task")
    await _ends(stage, later, "done")
