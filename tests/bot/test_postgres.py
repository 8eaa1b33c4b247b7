"""The embedded PostgreSQL, asked whether it answers."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psycopg

from bot import program, stores


def test_a_server_that_was_told_to_end_and_waits_for_its_clients_answers_nobody(folder: Path) -> None:
    with stores.opened(folder / "var", {}, durable=False) as plan:
        one = next(one for one in plan.programs if one.name == "postgres")
        assert one.answers is not None
        process = program.start(one)
        assert program.wait_ready(one, process, 40)
        with psycopg.connect(plan.stores.libpq_url):
            assert one.answers()
            process.send_signal(signal.SIGTERM)
            while one.answers():
                time.sleep(0.01)
            assert process.poll() is None
        program.stop(one, process)
