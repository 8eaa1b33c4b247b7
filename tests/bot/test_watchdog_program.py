"""The watchdog as a program: one copied file that sees nothing of the house's code."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.bot.outside import Outside, an_outside
from tests.bot.slack_rig import until
from tests.e2e.whole_house import free_port

SOURCE = Path(__file__).resolve().parents[2] / "bot" / "watchdog.py"


@pytest_asyncio.fixture(loop_scope="session")
async def outside() -> AsyncIterator[Outside]:
    async with an_outside() as found:
        yield found


@dataclass
class Alone:
    """The program in a folder of its own, which sees nothing of the house's code."""

    folder: Path
    environment: dict[str, str]

    def line(self, *words: str) -> tuple[str, ...]:
        shutil.copy(SOURCE, self.folder / "watchdog.py")
        return (sys.executable, "watchdog.py", *words)

    async def run(self, *words: str, **more: str) -> tuple[int, str]:
        """Its exit code and everything it says."""
        process = await asyncio.create_subprocess_exec(
            *self.line(*words), cwd=self.folder, env={**self.environment, **more}, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@pytest.fixture
def alone(outside: Outside, tmp_path: Path) -> Alone:
    told = {
        "TARGET": f"http://{outside.url}/healthz",
        "URLS": f"json://{outside.url}/",
        "FOLDER": str(tmp_path),
        "AGAIN": "0",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "SLACK_", "PYTHONPATH"))}
    return Alone(tmp_path, {**kept, **{f"OPS_WATCHDOG_{name}": value for name, value in told.items()}})


async def test_a_look_for_a_timer_ends_with_what_it_found(alone: Alone, outside: Outside) -> None:
    assert (await alone.run("--once"))[0] == 0
    outside.answer = "hm"
    assert (await alone.run("--once"))[0] == 0, "a second look decides"
    code, said = await alone.run("--once")
    assert (code, len(outside.said)) == (1, 1)
    assert said.startswith("open: watchdog:house: The house at")


async def test_a_drill_prints_the_receipts(alone: Alone, outside: Outside) -> None:
    code, said = await alone.run("--drill")
    assert (code, said) == (0, "JSON: accepted\n")
    assert outside.said == ["A drill: nothing has happened. (watchdog:drill)"]
    outside.refuses = True
    assert await alone.run("--drill") == (1, "JSON: refused\n")


async def test_a_refused_configuration_is_one_sentence_and_78(alone: Alone) -> None:
    code, said = await alone.run(OPS_WATCHDOG_URLS="nosuch://user:hunter2@there")
    assert code == 78
    assert said.splitlines() == [
        "The watchdog's configuration cannot be used: Apprise does not take alert address 1 (nosuch://…)."
    ]


async def test_a_misspelt_variable_is_refused(alone: Alone) -> None:
    code, said = await alone.run("--once", OPS_WATCHDOG_TARGTE="http://127.0.0.1/healthz")
    assert (code, "nobody knows the key 'targte'" in said) == (78, True)


async def test_without_a_road_it_says_so_and_writes_to_its_file(alone: Alone, outside: Outside) -> None:
    outside.answer = "hm"
    _, said = await alone.run("--once", OPS_WATCHDOG_URLS="")
    assert "no alert road (OPS_WATCHDOG_URLS, OPS_ALARM_URLS)" in said
    assert (await alone.run("--once", OPS_WATCHDOG_URLS=""))[0] == 1
    assert "(watchdog:house, since" in (alone.folder / "alerts.log").read_text()


async def test_it_hears_pings_tells_a_late_one_and_proves_it_by_a_drill(alone: Alone, outside: Outside) -> None:
    port = free_port()
    here, more = f"http://127.0.0.1:{port}", {"PORT": str(port), "PINGS": "backup=0.5", "STEADY": "0.1", "EVERY": "0.3"}
    process = await asyncio.create_subprocess_exec(
        *alone.line(), cwd=alone.folder, env={**alone.environment, **{f"OPS_WATCHDOG_{a}": b for a, b in more.items()}}
    )
    try:
        async with aiohttp.ClientSession() as http:
            assert await until(lambda: _status(http, f"{here}/ping/backup/start", 200), 40)
            assert await _status(http, f"{here}/ping/nobody", 404)
            assert await _status(http, f"{here}/ping/drill-1/start?within=0.2", 200)
            assert await until(lambda: _said(outside, "watchdog:ping.drill-1"), 40)

            async def begun_again() -> bool:
                assert await _status(http, f"{here}/ping/backup/start", 200)
                return await _said(outside, "backup has not pinged")

            assert await until(begun_again, 40), "to begin again and again is no success"
            assert await _status(http, f"{here}/ping/backup/fail", 200)
            async with http.get(f"{here}/status") as answer:
                kept = await answer.json()
        assert kept["alert:1"]["road"] == "JSON: accepted"
    finally:
        process.terminate()
        assert await process.wait() == 0


async def _status(http: aiohttp.ClientSession, url: str, wanted: int) -> bool:
    try:
        async with http.post(url, data="because") as answer:
            return answer.status == wanted
    except aiohttp.ClientError:
        return False


async def _said(outside: Outside, words: str) -> bool:
    return any(words in one for one in outside.said)
