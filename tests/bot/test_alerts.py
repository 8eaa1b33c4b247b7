"""Alarms from the command line: whatever is broken one road is found, and every road can be proven."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot import refusals, settings
from bot.stores import Stores
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import executors, second_road
from domain.watch.alarm import CARRIERS, Roads
from handlers import plain
from jobs import alarm as jobs_alarm
from tests.jobs.parts import ROOT, Secrets, an_ops, fresh_database
from tests.receiver import Receiver, http_receiver


@pytest.fixture(scope="module")
def database(stores: Stores) -> str:
    return fresh_database(stores.database_url, "alerts_test")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped policy, with a second road that need not wait."""
    file = tmp_path_factory.mktemp("rules") / "ops.toml"
    shipped = settings.Settings().ops_policy.read_text(encoding="utf-8")
    file.write_text(shipped.replace("second_road_after_seconds = 100", "second_road_after_seconds = 1"))
    return file


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with http_receiver() as found:
        yield found


async def alerts(*words: str, folder: Path, **more: str) -> tuple[int, str]:
    """Run `python -m bot alerts`; its exit code and its words."""
    plainly = {
        name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "DATABASE_", "REDIS_"))
    }
    line = [sys.executable, "-m", "bot", "alerts", *words]
    one = await asyncio.create_subprocess_exec(
        *line, env={**plainly, "OPS_DATA_DIR": str(folder), **more}, cwd=ROOT, stdout=-1, stderr=-1
    )
    out, err = await one.communicate()
    return one.returncode or 0, out.decode() + (err.decode() if one.returncode else "")


@asynccontextmanager
async def carried(database: str, there: Receiver, folder: Path) -> AsyncIterator[Ops]:
    """A house whose second road is looked after."""
    ops = replace(
        an_ops(database, alarm={"second_road_after_seconds": 1}), secrets=Secrets({"OPS_ALARM_URLS": there.address})
    )
    for role in CARRIERS:
        await executors.beat(replace(ops, boot_id=role), role, {})
    task = asyncio.ensure_future(jobs_alarm.attending(Roads(plain.render, folder), every=0.1)(ops))
    yield ops
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await ops.db.close()


async def test_without_database_and_slack_the_second_road_takes_it(tmp_path: Path, there: Receiver) -> None:
    code, said = await alerts("say", "supervisor:bot", "It loops.", folder=tmp_path, OPS_ALARM_URLS=there.address)
    assert code == 0
    assert "second road: 1 json accepted" in said
    assert there.titles == ["Operations Brain: The house needs a person"]
    assert "It loops." in there.got[0]["message"]
    assert "The supervisor's log" in there.got[0]["message"]  # at night nobody can press “What to do” there
    assert "supervisor:bot It loops." in (tmp_path / second_road.FILE).read_text()


async def test_what_the_house_refuses_to_start_with_keeps_no_alarm_in(tmp_path: Path, there: Receiver) -> None:
    road = tmp_path / "road"
    road.write_text(there.address)
    wrong = {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "away"), "OPS_WEB_PORT": "none"}
    said = {**wrong, "OPS_ALARM_URLS_FILE": str(road)}
    code, told = await alerts("say", "supervisor:house", "The house has stopped.", folder=tmp_path, **said)
    assert (code, there.titles) == (0, ["Operations Brain: The house needs a person"]), told
    assert "supervisor:house The house has stopped." in (tmp_path / second_road.FILE).read_text()


async def test_when_no_road_is_open_it_stands_in_the_file_and_the_exit_says_so(tmp_path: Path) -> None:
    code, said = await alerts("say", "supervisor:bot", "It loops.", folder=tmp_path)
    assert code == 1
    assert "no road took it" in said
    assert "outbox: not possible (The stores are not running;" in said
    assert "supervisor:bot It loops." in (tmp_path / second_road.FILE).read_text()


async def test_an_alarm_of_a_house_nobody_carries_for_goes_at_once_and_else_waits_for_slack(
    tmp_path: Path, database: str, rules: Path, there: Receiver
) -> None:
    known = {"DATABASE_URL": database, "OPS_POLICY": str(rules), "OPS_ALARM_URLS": there.address}
    code, said = await alerts("say", "supervisor:bot", "It loops.", folder=tmp_path, **known)
    assert (code, there.titles) == (0, ["The company: The house needs a person"]), said
    async with carried(database, there, tmp_path):
        code, said = await alerts("say", "supervisor:web", "It hangs.", folder=tmp_path, **known)
        assert code == 0
        assert "outbox: Slack has 1 s to take it" in said


async def test_a_drill_proves_each_road_with_receipts(
    tmp_path: Path, database: str, rules: Path, there: Receiver
) -> None:
    known = {"DATABASE_URL": database, "OPS_POLICY": str(rules), "OPS_ALARM_URLS": there.address}
    async with carried(database, there, tmp_path):  # one after the other: a road one drill proves is not broken then
        ways = ("slack", "both")
        ended = [await alerts("drill", "--break", way, "--json", folder=tmp_path, **known) for way in ways]
        _, listed = await alerts("list", "--json", folder=tmp_path, **known)
    assert [code for code, _ in ended] == [0, 0], ended
    slack, both = (json.loads(said) for _, said in ended)
    assert all(one["passed"] and 1 <= one["seconds"] < 30 for one in (slack, both))
    receipts = [(one["road"], one["address"], one["state"]) for one in slack["answers"]]
    assert receipts == [("second", "1 json", "accepted")]
    assert [one["state"] for one in both["answers"]] == ["refused", "accepted"]
    assert (both["health"], both["health_names_it"]) == ("degraded", True)
    assert both["key"] in (tmp_path / second_road.FILE).read_text()
    told = {one["key"]: one["told"] for one in json.loads(listed)}
    assert (told[slack["key"]], told[both["key"]]) == (True, False)


def test_a_second_road_no_service_answers_to_is_refused_and_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_ALARM_URLS", "json://127.0.0.1/x slak://a-secret-token")
    with pytest.raises(RefusedError) as caught:
        refusals._try_second_road()
    assert caught.value.detail.startswith("OPS_ALARM_URLS: address 2 slak cannot be used; write it as Apprise does")
    assert "a-secret-token" not in caught.value.detail
