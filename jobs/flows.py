"""The DBOS door: flows that are finished once begun, step by step, on whatever process lives."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, SetWorkflowID

from domain.kernel.errors import InputError, LogicError, OpsError, SystemicError, TransientError
from domain.kernel.ports import Ops
from domain.watch import ledger

P = ParamSpec("P")
T = TypeVar("T")
Body = Callable[[dict[str, Any]], Awaitable[Any]]

APP = "operations-brain"
VERSION = "1"
"""Bumped by hand, and only after a drain: a change of steps goes behind `changed` instead."""
MOST_RECOVERIES = 5
ROLE = "operations_brain_app"  # the one the migrations make and models.db works as
_KINDS: dict[str, type[OpsError]] = {
    kind.__name__: kind for kind in (TransientError, InputError, LogicError, SystemicError, OpsError)
}
_AT_ONCE = 8  # steps in one process: the pools of connections are small


@dataclass(frozen=True)
class Queue:
    """Where flows wait for a process; `at_once` bounds what one process holds, None is for flows that wait."""

    name: str
    at_once: int | None = 100
    poll_seconds: float = 1.0


WAITING = ledger.WAITING
QUEUES = (Queue("logistics"), Queue("marketing"), Queue("sales"), Queue("orchestrator"), Queue(WAITING, None))


@dataclass(frozen=True)
class Workflow:
    """A flow: its stable name, and the coroutine that calls the steps in a fixed order."""

    name: str
    body: Body


@dataclass
class _Bound:
    """What the flows of this process work with: the house's one global, because a flow's arguments are stored."""

    ops: Ops | None = None
    room: asyncio.Semaphore | None = None


_bound = _Bound()
_limit: ContextVar[float | None] = ContextVar("limit", default=None)
_running: set[str] = set()
_known: dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, Any]]] = {}


def bind(ops: Ops) -> None:
    """Give the flows of this process what their steps work with."""
    _bound.ops = ops
    _bound.room = asyncio.Semaphore(_AT_ONCE)


def workflow(name: str) -> Callable[[Body], Workflow]:
    """Name a coroutine as a flow; it takes one JSON object and calls `step`, `pause` and other flows only."""
    return lambda body: Workflow(name, body)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Bound the time of every step begun inside; one that takes longer ends as a TransientError."""
    before = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(before)


async def step(name: str, deed: Callable[Concatenate[Ops, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do `deed(ops, ...)` as one recorded step, never repeated once finished; arguments and result are plain JSON.

    A failure of the taxonomy is recorded as data and raised here, on a replay too. While the database is away for a
    passing reason the step is tried again.
    """

    async def once() -> dict[str, Any]:
        if _bound.ops is None or _bound.room is None:
            raise SystemicError("The flows of this process are not bound.")
        async with _bound.room:
            try:
                return {"value": await _in_time(deed(_bound.ops, *args, **kwargs), seconds, name)}
            except OpsError as error:
                kind = next(word for word in _KINDS if isinstance(error, _KINDS[word]))
                return {"failed": kind, "detail": error.detail, "source": error.source}

    seconds = _limit.get()

    found = await DBOS.run_step_async(
        {
            "name": name,
            "retries_allowed": True,
            "max_attempts": 11,  # 1, 2, 4 ... 512 seconds: a database that is away for a quarter of an hour
            "should_retry": ledger.passing,
        },
        once,
    )
    if "failed" in found:
        raise _KINDS[found["failed"]](found["detail"], source=found["source"])
    value: T = found["value"]
    return value


async def _in_time(work: Awaitable[T], seconds: float | None, name: str) -> T:
    try:
        async with asyncio.timeout(seconds) as scope:
            return await work
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise TransientError(f"the step {name!r} did not end within {seconds:g} seconds") from error


async def pause(seconds: float) -> None:
    """Wait inside a flow; the end of the wait is stored and survives a restart."""
    await DBOS.sleep_async(seconds)


async def changed(name: str) -> bool:
    """Whether this flow began after the change `name`: the way to insert a step without stranding open flows."""
    return bool(await DBOS.patch_async(name))


_CONNECT = {
    "application_name": "operations-brain-flows",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class FlowsClient:
    """Begins flows from any process without running one: the row of the flow commits with the caller's own rows."""

    def __init__(self, url: str, begin: Callable[[], Any]) -> None:
        """`url` is the database; `begin` opens a transaction when the caller has none (Database.begin)."""
        logging.getLogger("dbos").setLevel(logging.WARNING)  # it tells its settings with every start
        self._begin = begin
        self._client = DBOSClient(
            system_database_url=url,
            serializer=DBOSPortableJSONSerializer(),
            system_database_pool_size=1,
            application_name=APP,
            lazy=True,
            retry_connection_errors=False,
        )

    async def start(
        self, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str, db: Any | None = None
    ) -> bool:
        """Begin flow `name` under `flow_id`; False when it was begun before, LogicError when with other arguments."""
        if db is not None:
            return await self._start(db, name, flow_id, args, queue)
        async with self._begin() as own:
            return await self._start(own, name, flow_id, args, queue)

    async def _start(self, db: Any, name: str, flow_id: str, args: Mapping[str, Any], queue: str) -> bool:
        if not await ledger.enter(db, flow_id, name, args, queue):
            return False
        options = EnqueueOptions(workflow_name=name, workflow_id=flow_id, queue_name=queue)
        await db.run_sync(lambda sync: self._client.enqueue_in_transaction(sync, options, dict(args)))
        return True

    async def cancel(self, flow_ids: Sequence[str]) -> None:
        """End flows where they stand, while no process runs any."""
        await self._client.cancel_workflows_async(list(flow_ids))

    def close(self) -> None:
        """Hang up."""
        self._client.destroy()


def migrate(url: str) -> None:
    """Bring the engine's own schema to what this version needs; harmless when it is there."""
    DBOS.migrate(url, schema="dbos", application_role=ROLE)


async def launch(
    ops: Ops, *, queues: Sequence[Queue], workflows: Sequence[Workflow], config: Mapping[str, Any] | None = None
) -> None:
    """Run flows in this process: register every flow, listen to `queues`, inside the running loop.

    The executor's row must beat before this is called, or its flows would be taken for abandoned.
    """
    bind(ops)
    logging.getLogger("dbos").addFilter(_SPARSE)
    settings: DBOSConfig = {
        "name": APP,
        "system_database_url": ops.db.url,
        "application_version": VERSION,
        "executor_id": ops.boot_id,
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": 3,  # what stays open; a busy worker opens more for as long as it needs them
        "db_engine_kwargs": {"connect_args": _CONNECT, "max_overflow": 5},
        "run_migrations": False,
        "log_level": "WARNING",
        "scheduler_polling_interval_sec": 3600.0,  # the clock is ours, the engine's own schedules stay empty
        "notification_coalesce_sec": 1.0,  # streams and events, which we do not use; 0.01 costs at rest
    }
    settings.update(config or {})  # type: ignore[typeddict-item]
    DBOS(config=settings)
    for one in workflows:
        _register(one)
    DBOS.listen_queues([queue.name for queue in queues])
    DBOS.launch()
    for queue in queues:
        await DBOS.register_queue_async(
            queue.name, worker_concurrency=queue.at_once, polling_interval_sec=queue.poll_seconds
        )


def _register(one: Workflow) -> None:
    async def run(args: dict[str, Any]) -> Any:
        flow_id = DBOS.workflow_id or ""
        _running.add(flow_id)
        try:
            return await one.body(args)
        except Exception as error:
            if ledger.passing(error):
                # The engine gives a flow up when a result cannot be written for such a reason; begin it again instead.
                # In a context of its own, or the engine would record the call as a step of this very flow.
                await asyncio.create_task(_again(flow_id), context=contextvars.Context())
            raise
        finally:
            _running.discard(flow_id)

    _known[one.name] = DBOS.workflow(name=one.name, max_recovery_attempts=MOST_RECOVERIES)(run)


async def _again(flow_id: str) -> None:
    """Put a running flow back into its queue as soon as the database takes it; its finished steps stay finished."""
    wait = 1.0
    while True:
        try:
            status = await DBOS.get_workflow_status_async(flow_id)
            await resume(flow_id, (status.queue_name if status else None) or "")
        except Exception as error:
            if not ledger.passing(error):
                raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, 15.0)
        else:
            return


async def land(within: timedelta) -> None:
    """Stop taking flows, let those that run finish within the time given, and leave the engine."""
    seconds = int(within.total_seconds()) if _running else 0
    await asyncio.to_thread(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=seconds)
    # The engine had put its own threads behind this loop and has just ended them; what runs on needs others.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


def running() -> frozenset[str]:
    """The flows that run in this process now."""
    return frozenset(_running)


async def begin_here(ops: Ops, name: str, flow_id: str, args: Mapping[str, Any], *, queue: str) -> None:
    """Begin a flow in this very process without waiting for its queue, which takes it over when the process dies.

    Harmless when it was begun before, by whatever process: of two that race, the engine lets one run it.
    """
    async with ops.db.begin() as db:
        await ledger.enter(db, flow_id, name, args, queue)
    with SetWorkflowID(flow_id):
        await DBOS.start_workflow_async(_known[name], dict(args))


async def resume(flow_id: str, queue: str) -> None:
    """Put a flow that nobody runs back into its queue; finished steps are not repeated."""
    await DBOS.resume_workflow_async(flow_id, queue_name=queue or None)


async def cancel(flow_id: str) -> None:
    """End a flow where it stands."""
    await DBOS.cancel_workflow_async(flow_id)


async def forget(flow_ids: Sequence[str]) -> None:
    """Delete ended flows and what their steps recorded."""
    await DBOS.delete_workflows_async(list(flow_ids))


class Sparse(logging.Filter):
    """Lets one line per place in the code through every half minute: a dead database must not fill the disk."""

    def __init__(self, every: float = 30.0) -> None:
        """`every` is in seconds."""
        super().__init__()
        self._every = every
        self._last: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        place = (record.pathname, record.lineno)
        if record.created - self._last.get(place, 0.0) < self._every:
            return False
        self._last[place] = record.created
        return True


_SPARSE = Sparse()
