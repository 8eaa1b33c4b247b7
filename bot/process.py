"""What each line of the Procfile does: the bot, the scheduler, one worker per department, the web."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bot import acceptances, anew, logs, notify, policies, refusals, schema, secret_files, settings, stores, wiring
from bot.settings import Settings
from domain.kernel.errors import EXIT_REFUSED, RefusedError, TransientError
from domain.kernel.finding import Finding
from domain.kernel.ports import Examine, Ops

Run = Callable[[Ops, Settings, asyncio.Event], Awaitable[None]]


async def _bot(ops: Ops, found: Settings, stop: asyncio.Event) -> None:
    from bot import slack  # noqa: PLC0415 - each process loads only what it runs

    await slack.run(ops, found, stop)


async def _scheduler(ops: Ops, _: Settings, stop: asyncio.Event) -> None:
    from domain.watch import executors  # noqa: PLC0415
    from jobs.scheduler import Clockwork  # noqa: PLC0415

    async with executors.alive(ops, "scheduler"):
        await Clockwork(ops, ops.plans, monotonic=time.monotonic).run(stop)


async def _web(ops: Ops, found: Settings, stop: asyncio.Event) -> None:
    from bot import web  # noqa: PLC0415

    await web.run(ops, found.ops_web_port, stop, found.ops_web_host)


def _worker(department: str) -> Run:
    async def run(ops: Ops, found: Settings, stop: asyncio.Event) -> None:
        from domain.watch.alarm import Roads  # noqa: PLC0415
        from handlers import plain  # noqa: PLC0415
        from jobs import act, alarm, executors, flows, recover, timetable  # noqa: PLC0415

        queues = [queue for queue in flows.QUEUES if queue.name == department]
        beside = [act.attending(one.key) for one in ops.departments if one.key == department and one.acts]
        if department == "orchestrator":
            queues += [queue for queue in flows.QUEUES if queue.name == flows.WAITING]
            ops = replace(ops, examine=_examining(found))
            beside += [alarm.attending(Roads(plain.render, found.ops_data_dir)), recover.attend]
        await executors.work(
            ops, executors.Worker(f"worker-{department}", queues, timetable.workflows(), beside=beside), stop
        )

    return run


def _examining(found: Settings) -> Examine:
    """The doctor, for the night; its code is loaded when it looks."""

    async def examine(ops: Ops) -> Sequence[Finding]:
        from bot import doctor  # noqa: PLC0415
        from bot.doctor_scene import Scene  # noqa: PLC0415

        return await doctor.examine(Scene(found, os.environ, ops, running=True), doctor.NIGHTLY)

    return examine


PROCESSES: dict[str, Run] = {
    "bot": _bot,
    "scheduler": _scheduler,
    **{f"worker-{one.key}": _worker(one.key) for one in wiring.DEPARTMENTS},
    "web": _web,
}


def preload() -> None:
    """Load what the processes run before they are forked, so that all of them share its pages."""
    for module in ("bot.slack", "bot.web", "handlers.menu", "jobs.executors", "jobs.scheduler", "jobs.timetable"):
        importlib.import_module(module)


def enter(name: str) -> int:
    """Run one process until SIGTERM; its exit code, 78 with one sentence when it refuses to start."""
    if name not in PROCESSES:
        print(f"There is no process {name!r}; there are: {', '.join(PROCESSES)}.", file=sys.stderr)
        return EXIT_REFUSED
    try:
        mark = secret_files.mark(os.environ)
        found = settings.settings()
        logs.set_up(found.ops_log, name)
        refusals.declared(found)
        schema.await_answer(schema.require_head, stores.known(found.ops_data_dir, os.environ).database_url)
        asyncio.run(_live(PROCESSES[name], found, name, mark))
    except (RefusedError, TransientError) as error:
        print(error.detail, file=sys.stderr)
        return EXIT_REFUSED if isinstance(error, RefusedError) else 1
    return 0


async def _live(run: Run, found: Settings, name: str, mark: secret_files.Mark) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    url = stores.known(found.ops_data_dir, os.environ).database_url
    rules, digest = await policies.settle(found, url)
    present = refusals.dangerous(found, rules, url)
    async with wiring.house(found, name, rules=rules) as ops:
        if first := name == "scheduler":
            await acceptances.started(ops, found.ops_data_dir, present)
        began = anew.Began(digest, mark)
        async with notify.awake(), anew.watching(ops, found, stop, began, looks=first):
            await run(ops, found, stop)
