"""A process cut at any named point of an alert leaves one message, every failure linked, and an end that is told."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from domain.kernel import point
from tests.domain.escalations.conftest import Room

ROOT = Path(__file__).resolve().parents[3]


async def _run(room: Room, **environment: str) -> int:
    found = os.environ | {point.ALLOWED: "1", "PYTHONPATH": str(ROOT)} | environment
    line = ["-m", "tests.domain.escalations.one_crier", room.ops.db.url]
    process = await asyncio.create_subprocess_exec(sys.executable, *line, cwd=ROOT, env=found)
    return await process.wait()


async def test_deaths_lose_no_trouble_and_tell_none_twice(room: Room, tmp_path: Path) -> None:
    for name in ("raised", "batched", "closed"):
        assert await _run(room, OPS_FAULT_AT=f"{name}:{tmp_path}/{name}") == -signal.SIGKILL
    assert await _run(room) == 0
    assert [tuple(row) for row in await room.rows("select state, count, posted from escalation")] == [("closed", 3, 1)]
    assert await room.one("select count(*) from failure where escalation_id is null") == 0
    assert len(await room.posts()) == 1
