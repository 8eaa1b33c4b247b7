"""A worker of its own process for the tests that kill it: every step writes one line into a journal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.kernel.ports import Ops
from jobs import executors
from jobs.executors import Pace, Worker
from jobs.flows import Queue, pause, step, workflow
from tests.jobs.parts import an_ops

HERE = Path(sys.argv[3]) if len(sys.argv) > 3 else Path()


async def _write(ops: Ops, word: str) -> str:
    with (HERE / "journal").open("a") as journal:
        journal.write(f"{word} {ops.boot_id}\n")
    return word


async def _write_and_hold(ops: Ops, word: str) -> str:
    await _write(ops, word)
    while not (HERE / "go").exists():  # noqa: ASYNC110 - another process makes the file
        await asyncio.sleep(0.02)
    return word


async def _die(ops: Ops, word: str) -> None:
    await _write(ops, word)
    os.kill(os.getpid(), signal.SIGKILL)


@workflow("test.three")
async def three(args: dict[str, Any]) -> str:
    await step("one", _write, f"{args['word']}-one")
    await step("two", _write_and_hold, f"{args['word']}-two")
    return await step("three", _write, f"{args['word']}-three")


@workflow("test.sleeping")
async def sleeping(args: dict[str, Any]) -> str:
    await step("before", _write, f"{args['word']}-before")
    await pause(float(args["seconds"]))
    return await step("after", _write, f"{args['word']}-after")


@workflow("test.poison")
async def poison(args: dict[str, Any]) -> None:
    await step("die", _die, "poison")


_kept: list[bytes] = []


async def _grow(ops: Ops, word: str) -> None:
    _kept.append(os.urandom(60_000_000))
    await _write(ops, word)


@workflow("test.growing")
async def growing(args: dict[str, Any]) -> str:
    await step("grow", _grow, f"{args['word']}-grow")
    return await step("hold", _write_and_hold, f"{args['word']}-hold")


async def main(url: str, boot_id: str, version: str) -> None:
    ops = an_ops(url, boot_id=boot_id)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pace = Pace(
        beat=0.2, look=0.2, silent=timedelta(seconds=0.8), fresh=timedelta(seconds=1), grace=timedelta(seconds=1)
    )
    worker = Worker(
        f"worker-{boot_id}",
        [Queue("logistics", 50, 0.05)],
        [three, sleeping, poison, growing],
        pace,
        {"notification_listener_polling_interval_sec": 0.05, "application_version": version},
    )
    await executors.work(ops, worker, stop)
    await ops.db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[4]))
