"""A worker of its own process that only does actions at the sandbox's vendors, for the tests that kill it."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta

from domain.kernel.breaker import Breaker
from domain.kernel.policy_actions import ActionPolicy
from domain.kernel.vendor import Client
from jobs import act, executors
from jobs.executors import Pace, Worker
from jobs.flows import Queue
from tests.collecting import DEPARTMENTS, HASTY, Secrets, sandbox_secrets
from tests.jobs.parts import an_ops

PACE = Pace(beat=0.2, look=0.2, silent=timedelta(seconds=0.8), fresh=timedelta(seconds=1), grace=timedelta(seconds=1))


async def main(url: str, vendors: str, boot_id: str, sweep: float) -> None:
    plain = an_ops(url, boot_id=boot_id)
    secrets = Secrets(sandbox_secrets(vendors))
    http = Client(secrets, Breaker(plain.db, threshold=50), HASTY)
    quick = plain.policy.model_copy(
        update={"actions": ActionPolicy(retry_after_s=(0.1, 0.1), look_up_after_s=(0.1, 0.1))}
    )
    ops = replace(plain, policy=quick, secrets=secrets, http=http, departments=DEPARTMENTS)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    queues = [Queue(name, 50, 0.1) for name in ("logistics", "marketing", "sales")]
    beside = [act.attending(queue.name, sweep=sweep) for queue in queues]
    await executors.work(ops, Worker(f"actor-{boot_id}", queues, [act.act], PACE, beside=beside), stop)
    await http.close()
    await ops.db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
