"""What every test may ask for: `stores`, one real PostgreSQL and Valkey, and `vendor_server`, the sandbox's vendors."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot import stores as houses_stores
from tests import databases

settings.register_profile("here", suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
settings.load_profile("here")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the many processes compiles every package again
gc.set_threshold(20_000, 20, 20)  # thousands of tests are kept until the end: to look through them is a sixteenth of it

LONGEST = (
    "e2e/test_points_actions.py",
    "jobs/test_executors.py",
    "e2e/test_refusals.py",
    "e2e/test_deaths.py",
    "contracts/test_connectors.py",
    "e2e/test_told.py",
    "e2e/test_demo.py",
    "bot/test_alerts.py",
    "e2e/test_points.py",
    "e2e/test_first_morning.py",
    "domain/actions/test_course.py",
    "e2e/test_redis_gone.py",
    "e2e/test_states.py",
    "contracts/test_jobs.py",
    "bot/test_doctor.py",
    "bot/test_slack_deaths.py",
    "sandbox/vendors/test_server.py",
    "jobs/test_act.py",
    "contracts/test_actions.py",
    "bot/test_restore.py",
    "e2e/test_vendor_faults.py",
    "bot/test_stores.py",
    "sandbox/slack/test_pair.py",
    "domain/kernel/test_history.py",
    "jobs/test_work.py",
)
"""What is begun first, so that no long file is left to one worker at the end; houses stand beside what is lighter."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first; each file keeps its own order."""
    here = Path(__file__).parent
    assert all((here / name).exists() for name in LONGEST), "LONGEST names a file that is gone"
    place = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def stores() -> Iterator[houses_stores.Stores]:
    """An embedded PostgreSQL 18 and Valkey of this session (of this worker under xdist); not fsynced, for speed."""
    folder = Path(tempfile.mkdtemp(prefix="operations-brain-"))
    folder.chmod(0o711)  # as root the servers run under their own account and must be able to walk in
    try:
        with houses_stores.embedded(folder / "var", {}, durable=False) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def vendor_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the sandbox's vendors, a process of their own whose clock stands on a Friday in November."""
    state = tmp_path_factory.mktemp("vendors")
    line = [sys.executable, "-m", "sandbox", "vendors", "--port", "0", "--state", str(state), "--seed", "7"]
    process = subprocess.Popen([*line, "--now", "2026-11-20T11:30:00"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="session")
def house_template(stores: houses_stores.Stores) -> str:
    """The name of a database at schema head, made by the migrations; copies of it are cheap."""
    return databases.template(stores.database_url)


@pytest.fixture(scope="module")
def database_url(stores: houses_stores.Stores, house_template: str, request: pytest.FixtureRequest) -> str:
    """A database of the module's own, at schema head."""
    name = "house_" + "".join(letter if letter.isalnum() else "_" for letter in request.module.__name__)[-50:].lower()
    return databases.fresh_database(stores.database_url, name)
