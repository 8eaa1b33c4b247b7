"""The doctor as it is asked: exit codes, data, repairs, a house that stands still, and a ping that is withheld."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot import doctor, doctor_alarm
from bot.doctor_scene import Scene
from bot.settings import Credentials, Settings
from bot.watchdog import Config, Watchdog
from domain.kernel.breaker import Forgetful
from domain.kernel.errors import InputError, RefusedError
from domain.kernel.finding import bad, refused
from domain.kernel.vendor import Client
from tests.bot.outside import an_outside
from tests.collecting import HASTY
from tests.jobs.parts import an_ops

TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL", "REDIS_URL", "OPS_POLICY", "OPS_WEB_PORT")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a house that stands still."""
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    found = tmp_path / "var"
    found.mkdir(0o700)
    monkeypatch.setenv("OPS_DATA_DIR", str(found))
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")  # a machine where nothing is at stake
    return found


def asked(capsys: pytest.CaptureFixture[str], group: str, *, repair: bool = False) -> tuple[int, dict[str, Any]]:
    """The exit code and the findings by name."""
    code = doctor.run(group, as_json=True, repair=repair)
    return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)}


def test_what_stands_open_is_named_and_closed_when_that_is_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "files")[0] == 0
    secret = home / "postgres.password"
    secret.write_text("hush", encoding="utf-8")
    secret.chmod(0o644)
    code, found = asked(capsys, "files")
    assert (code, found["files.secrets"]["state"]) == (1, "bad")
    assert found["files.secrets"]["mend"] == f"chmod 0600 {secret}"
    code, found = asked(capsys, "files", repair=True)
    assert (code, found["files.secrets"]["state"]) == (0, "ok")
    assert found["files.secrets"]["text"].endswith("It is mended.")
    assert secret.stat().st_mode & 0o777 == 0o600
    secret.chmod(0o644)
    assert doctor.run("files", as_json=False, repair=True) == 0
    assert "chmod" not in capsys.readouterr().out  # nobody has to do it any more
    assert "hush" not in json.dumps(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_another_user_is_taken_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = home / "house.env"
    secret.touch(0o600)
    os.chown(secret, 12345, 12345)
    assert asked(capsys, "files")[1]["files.secrets"]["text"] == f"{secret} belongs to another user."
    assert asked(capsys, "files", repair=True)[0] == 0
    assert secret.stat().st_uid == 0
    os.chown(home, 12345, 12345)
    code, found = asked(capsys, "files", repair=True)
    assert (code, found["files.data"]["mend"]) == (1, "Run as that user, as the house does.")
    assert home.stat().st_uid == 12345, "a house of another account is never taken from it"


def test_a_house_that_stands_still_is_looked_at_as_far_as_it_can_be(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = asked(capsys, "")
    states = {name: one["state"] for name, one in found.items()}
    assert code == 1
    assert [name for name, state in states.items() if state == "bad"] == ["slack.tokens"]
    for unseen in ("house", "stores.database", "stores.schema", "slack", "vendors.shopify", "alarm.outside"):
        assert states[unseen] == "unseen", unseen
    assert states["policy"] == states["environment.known"] == "ok"


def test_without_a_policy_the_rest_is_still_looked_at(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_POLICY", str(home / "none.toml"))
    code, found = asked(capsys, "")
    assert code == 1
    assert found["policy"]["mend"] == "Set OPS_POLICY to a readable file."
    assert found["files.data"]["state"] == "ok"
    assert found["slack"]["state"] == found["vendors"]["state"] == found["danger"]["state"] == "unseen"


def test_a_person_reads_one_line_each_and_how_many_there_are(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run("environment", as_json=False, repair=False) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok    policy       policy"
    assert [one for one in lines if not one.startswith("ok  ")] == []
    assert last.endswith("0 need a person, 0 are worth a look, 0 could not be looked at.")
    assert doctor.line(bad("a", "It is open.", "Close it.")).endswith("It is open. → Close it.")


def test_a_group_nobody_knows_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match="There is no group 'slak'; there are: environment, files"):
        doctor.run("slak", as_json=False, repair=False)


def test_a_repair_that_fails_still_needs_a_person(home: Path) -> None:
    def fail() -> None:
        raise PermissionError(1, "Operation not permitted")

    (found,) = doctor.repaired([bad("files.data", "It is open.", "Close it.", fail)])
    assert found.state == "bad"
    assert found.text == "It is open. It could not be mended here (Operation not permitted)."


def test_a_refusal_is_split_into_what_is_wrong_and_what_to_do() -> None:
    found = refused("a", RefusedError("The port 99999 is taken; set OPS_WEB_PORT to a free one."))
    assert (found.text, found.mend) == ("The port 99999 is taken.", "Set OPS_WEB_PORT to a free one.")


# --- a ping that is withheld ------------------------------------------------------------------------------------------


@asynccontextmanager
async def a_watchdog(folder: Path, urls: str) -> AsyncIterator[str]:
    """A watchdog that lives; where it takes pings."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    dog = Watchdog(Config(target="http://127.0.0.1:9/healthz", folder=str(folder), urls=urls, every=60.0, timeout=0.5))
    pages = web.Application()
    pages.add_routes([web.get("/status", dog.status), web.route("*", "/ping/{name}{kind:(/start|/fail)?}", dog.heard)])
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    watching = asyncio.create_task(dog.watch())
    try:
        yield f"http://127.0.0.1:{port}/ping/house"
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await runner.cleanup()


async def deadman(monkeypatch: pytest.MonkeyPatch, ping_url: str) -> tuple[str, str]:
    """State and text of the proof, asked of a house that stands still."""
    monkeypatch.setattr(doctor_alarm, "WITHHELD_S", 0.2)
    monkeypatch.setattr(doctor_alarm, "RECEIPT_S", 30.0)
    ops = an_ops("postgresql+psycopg:///brain?host=/nowhere")
    secrets = Credentials({"OPS_PING_URL": ping_url})
    http = Client(secrets, Forgetful(ops.db), HASTY)
    scene = Scene(Settings(), {}, replace(ops, secrets=secrets, http=http), running=False)
    (found,) = await doctor.examine(scene, ("deadman",))
    await http.close()
    return found.state, found.text


async def test_a_withheld_ping_is_told_and_the_receipt_is_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_outside() as receiver, a_watchdog(tmp_path, f"json://{receiver.url}/") as url:
        state, text = await deadman(monkeypatch, url)
        assert (state, text) == ("ok", "A ping that stayed away was told (JSON: accepted).")
        assert any("a ping was withheld" in said for said in receiver.said)


async def test_an_alarm_that_nobody_took_is_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with an_outside() as receiver, a_watchdog(tmp_path, f"json://{receiver.url}/broken") as url:
        state, text = await deadman(monkeypatch, url)
        assert state == "bad"
        assert "took no road that answered" in text


async def test_where_there_is_no_watchdog_of_ours_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await deadman(monkeypatch, "https://hc-ping.com/some-id"))[0] == "unseen"
    state, text = await deadman(monkeypatch, "http://127.0.0.1:9/ping/house")
    assert (state, "cannot be asked" in text) == ("bad", True)
