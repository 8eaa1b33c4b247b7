"""A worker may be killed at any moment: nothing finished is repeated, nothing begun is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.stores import Stores
from domain.kernel.ports import Ops
from tests.jobs.parts import ROOT, an_ops, fresh_database

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "executors_test")


@pytest_asyncio.fixture(loop_scope="session")
async def ops(url: str) -> AsyncIterator[Ops]:
    ops = an_ops(url)
    yield ops
    await ops.db.close()


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Start]:
    begun: list[subprocess.Popen[bytes]] = []

    def worker(boot_id: str, version: str = "1") -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "tests.jobs.one_worker", url, boot_id, str(tmp_path), version]
        with (tmp_path / f"{boot_id}.log").open("wb") as log:
            begun.append(subprocess.Popen(argv, cwd=ROOT, stderr=log, stdout=log))
        return begun[-1]

    yield worker
    for one in begun:
        if one.poll() is None:
            os.kill(one.pid, signal.SIGCONT)
            one.kill()
        one.wait(10)


def _journal(folder: Path) -> list[str]:
    path = folder / "journal"
    return path.read_text().splitlines() if path.exists() else []


async def _until(found: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not found():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.03)


async def _alive(ops: Ops, boot_id: str) -> None:
    async with asyncio.timeout(60):
        while True:
            async with ops.db.begin() as db:
                asked = text("select state from executor where id = :id")
                if (await db.execute(asked, {"id": boot_id})).scalar() == "alive":
                    return
            await asyncio.sleep(0.05)


async def _recorded(ops: Ops, flow_id: str, step: str) -> None:
    asked = text("select 1 from dbos.operation_outputs where workflow_uuid = :id and function_name = :step")
    async with asyncio.timeout(60):
        while True:
            async with ops.db.begin() as db:
                if (await db.execute(asked, {"id": flow_id, "step": step})).scalar():
                    return
            await asyncio.sleep(0.03)


async def _status(ops: Ops, flow_id: str) -> str:
    async with ops.db.begin() as db:
        asked = text("select status from dbos.workflow_status where workflow_uuid = :id")
        return str((await db.execute(asked, {"id": flow_id})).scalar())


async def _ends(ops: Ops, flow_id: str, status: str = "SUCCESS", seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while await _status(ops, flow_id) != status:  # noqa: ASYNC110 - happens in another process
            await asyncio.sleep(0.05)


async def test_a_killed_worker_is_replaced_and_no_finished_step_is_repeated(
    ops: Ops, start: Start, tmp_path: Path
) -> None:
    await ops.flows.start("test.three", "k:1", {"word": "k"}, queue="logistics")
    first = start("a1")
    await _until(lambda: "k-two a1" in _journal(tmp_path))
    first.kill()
    start("a2")
    await _until(lambda: "k-two a2" in _journal(tmp_path))
    (tmp_path / "go").touch()
    await _ends(ops, "k:1")
    assert _journal(tmp_path) == ["k-one a1", "k-two a1", "k-two a2", "k-three a2"]


async def test_a_worker_that_has_grown_begins_afresh_but_only_when_idle(ops: Ops, start: Start, tmp_path: Path) -> None:
    await ops.flows.start("test.growing", "g:1", {"word": "g"}, queue="logistics")
    worker = start("g1")
    await _until(lambda: "g-hold g1" in _journal(tmp_path))
    await asyncio.sleep(0.6)
    assert worker.poll() is None, "it does not leave what it is doing"
    (tmp_path / "go").touch()
    await _ends(ops, "g:1")
    await _until(lambda: worker.poll() is not None)
    assert worker.returncode == 0


async def test_two_workers_overlap_and_none_is_stranded(ops: Ops, start: Start, tmp_path: Path) -> None:
    ids = [f"o:{n}" for n in range(6)]
    for flow_id in ids:
        await ops.flows.start("test.three", flow_id, {"word": flow_id}, queue="logistics")
    old = start("b1")
    await _until(lambda: len(_journal(tmp_path)) == 12)
    start("b2")
    await _alive(ops, "b2")
    old.terminate()
    (tmp_path / "go").touch()
    for flow_id in ids:
        await _ends(ops, flow_id)
    assert old.wait(15) == 0
    lines = _journal(tmp_path)
    assert all(sum(line.startswith(f"{flow_id}-one ") for line in lines) == 1 for flow_id in ids)
    assert all(sum(line.startswith(f"{flow_id}-three ") for line in lines) == 1 for flow_id in ids)


async def test_a_worker_told_to_stop_leaves_its_flow_to_another(ops: Ops, start: Start, tmp_path: Path) -> None:
    await ops.flows.start("test.three", "t:1", {"word": "t"}, queue="logistics")
    old = start("c1")
    await _until(lambda: "t-two c1" in _journal(tmp_path))
    old.terminate()
    assert old.wait(15) == 0
    async with ops.db.begin() as db:
        assert (await db.execute(text("select state from executor where id = 'c1'"))).scalar() == "dead"
    (tmp_path / "go").touch()
    start("c2")
    await _ends(ops, "t:1")
    assert _journal(tmp_path)[-1] == "t-three c2"


async def test_a_hung_worker_loses_its_flow_and_cannot_end_it_later(ops: Ops, start: Start, tmp_path: Path) -> None:
    await ops.flows.start("test.three", "h:1", {"word": "h"}, queue="logistics")
    hung = start("d1")
    await _until(lambda: "h-two d1" in _journal(tmp_path))
    os.kill(hung.pid, signal.SIGSTOP)
    start("d2")
    await _until(lambda: "h-two d2" in _journal(tmp_path))
    os.kill(hung.pid, signal.SIGCONT)
    (tmp_path / "go").touch()
    await _ends(ops, "h:1")
    assert sum(line.startswith("h-three") for line in _journal(tmp_path)) == 1


async def test_a_wait_that_began_ends_on_another_worker(ops: Ops, start: Start, tmp_path: Path) -> None:
    await ops.flows.start("test.sleeping", "s:1", {"word": "s", "seconds": 1.5}, queue="logistics")
    first = start("e1")
    await _until(lambda: "s-before e1" in _journal(tmp_path))
    await _recorded(ops, "s:1", "DBOS.sleep")
    first.kill()
    start("e2")
    await _ends(ops, "s:1")
    assert _journal(tmp_path) == ["s-before e1", "s-after e2"]


async def test_a_flow_that_kills_its_worker_is_given_up_after_five_takeovers(
    ops: Ops, start: Start, tmp_path: Path
) -> None:
    await ops.flows.start("test.poison", "p:1", {}, queue="logistics")
    await ops.flows.start("test.sleeping", "p:2", {"word": "p", "seconds": 0}, queue="logistics")
    async with ops.db.begin() as db:
        await db.execute(text("update flow set takeovers = 4 where id = 'p:1'"))
    for boot_id in ("f1", "f2"):
        start(boot_id).wait(60)
    start("f3")
    await _ends(ops, "p:1", "CANCELLED")
    await _ends(ops, "p:2")
    assert [line for line in _journal(tmp_path) if line.startswith("poison")] == ["poison f1", "poison f2"]


READ_ONLY = ("set default_transaction_read_only = on", "reset default_transaction_read_only")
REFUSING = ("with allow_connections false", "with allow_connections true")


@pytest.mark.parametrize(("ill", "well"), [READ_ONLY, REFUSING], ids=["read-only", "refusing"])
async def test_a_database_that_is_away_for_a_while_heals_without_a_restart(
    ops: Ops, start: Start, url: str, tmp_path: Path, ill: str, well: str
) -> None:
    word = ill.rsplit(maxsplit=1)[-1]
    await ops.flows.start("test.three", f"{word}:1", {"word": word}, queue="logistics")
    start(f"w-{word}")
    await _until(lambda: f"{word}-two w-{word}" in _journal(tmp_path))
    name = make_url(url).database
    elsewhere = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(elsewhere.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'alter database "{name}" {ill}'.encode())
        _cut(connection, name)
        (tmp_path / "go").touch()
        await asyncio.sleep(2.5)
        connection.execute(f'alter database "{name}" {well}'.encode())
        _cut(connection, name)
    await ops.db.close()
    await _ends(ops, f"{word}:1")
    lines = _journal(tmp_path)
    assert lines.count(f"{word}-one w-{word}") == 1
    assert lines.count(f"{word}-three w-{word}") == 1


def _cut(connection: psycopg.Connection[tuple[object, ...]], name: str | None) -> None:
    connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
