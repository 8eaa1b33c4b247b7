"""The demo ends cleanly by whatever signal it is asked, and however it was started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bot import leftovers
from tests.e2e.whole_house import ROOT, clean_environment, until

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(("number", "moment"), [("SIGINT", "vendors/vendors.log"), ("SIGTERM", "house/lock")])
def test_a_demo_that_a_shell_put_behind_itself_ends_when_it_is_asked(place: Path, number: str, moment: str) -> None:
    """Such a shell lets its child ignore SIGINT."""
    home = place / number
    demo = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "bot", "demo", "--port", "0"],
        cwd=ROOT,
        env={**clean_environment(), "OPS_DEMO_DIR": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until((home / moment).exists, what=moment)
        running = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.Signals[number])
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert (demo.returncode, said.splitlines()[-1][:22]) == (0, "Everything has ended. ")
    assert [one for one in running if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert [one for name in ("postgres", "valkey") for one in leftovers.running_in(home / "house" / name)] == []
