"""The units of deploy/ are sound, alike in what they may not do, and name every process there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot import procfile, watchdog, wiring

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("operations-brain*.*"))
SERVICES = [one for one in UNITS if one.suffix == ".service"]
LASTING = ["operations-brain.service", "operations-brain@.service", "operations-brain-watchdog.service"]
THRESHOLD = 30
"""Tenths of systemd's exposure level, which ends at 100."""
_BOUNDS = ("MemoryMax", "TasksMax")


def said(unit: Path) -> dict[str, list[str]]:
    """Every setting of a unit with its values."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def words(name: str) -> str:
    return (DEPLOY / "systemd" / name).read_text(encoding="utf-8")


def test_every_process_of_the_procfile_has_a_unit() -> None:
    wanted = said(DEPLOY / "systemd" / "operations-brain.target")["Wants"]
    lines = procfile.read(ROOT / "Procfile")
    assert wanted == [f"operations-brain@{name}.service" for name in lines if name not in ("release", "watchdog")]
    assert " ".join(lines["release"]) in words("operations-brain-release.service")
    assert "-m bot.watchdog" in words("operations-brain-watchdog.service")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda one: one.name)
def test_every_unit_is_held_alike_and_bounded(unit: Path) -> None:
    def held(found: dict[str, list[str]]) -> dict[str, list[str]]:
        rest = {"User", "StateDirectory"}  # the watchdog has its own
        names = list(found)
        return {name: found[name] for name in names[names.index("User") :] if name not in rest and name != "WantedBy"}

    found = said(unit)
    assert held(found) == held(said(SERVICES[0]))
    assert [name for name in _BOUNDS if name not in found] == []
    assert found["User"] == found["StateDirectory"]
    assert f"u {found['User'][0]} " in (DEPLOY / "sysusers.d" / "operations-brain.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_started_again(name: str) -> None:
    assert said(DEPLOY / "systemd" / name)["Restart"] == ["always"]


@pytest.mark.parametrize("name", LASTING[:2])
def test_the_house_tells_systemd_that_it_lives_and_a_refused_configuration_is_not_tried_again(name: str) -> None:
    found = said(DEPLOY / "systemd" / name)
    assert (found["Type"], found["WatchdogSec"], found["RestartPreventExitStatus"]) == (["notify"], ["60"], ["78"])
    assert found["OnFailure"] == ["operations-brain-alarm@%n.service"]


def test_every_secret_of_the_list_is_one_the_house_reads() -> None:
    lines = r"LoadCredential=(\w+):/etc/operations-brain/credentials/\1$"
    listed = set(re.findall(lines, words("secrets.conf"), re.MULTILINE))
    connectors = [one for department in wiring.DEPARTMENTS for one in department.connectors]
    known = {one.name for connector in connectors for one in connector.credentials}
    known |= {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL", "REDIS_URL", "OPS_ALARM_URLS", "OPS_PING_URL"}
    known |= set(watchdog.VARIABLES.values())
    assert listed
    assert listed - known == set()


def test_the_document_names_only_what_there_is() -> None:
    told = (ROOT / "docs" / "howto" / "deploy.md").read_text(encoding="utf-8")
    files = re.findall(r"deploy/[\w./@-]*\w", told)
    units = re.findall(r"operations-brain[\w@-]*\.(?:service|timer|target)(?!\.d)", told)
    commands = {one.name or one.callback.__name__ for one in command_line.app.registered_commands if one.callback}
    assert [one for one in files if not list(ROOT.glob(f"{one}*"))] == []
    assert [one for one in units if not (DEPLOY / "systemd" / one).exists()] == []
    assert set(re.findall(r"-m bot ([a-z]+)", told)) - commands == set()
    shown = [one for one in DEPLOY.rglob("*") if one.is_file() and not one.name.startswith("operations-brain")]
    assert [one.name for one in shown if str(one.relative_to(ROOT)) not in told] == []


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they would stand on a machine whose checkout is this one."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine: the units are held to our own rules only")
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/operations-brain", str(ROOT))
        (folder / unit.name).write_text(text, encoding="utf-8")
    return folder


def _analyze(here: Path, *line: str) -> None:
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{here}:"}
    done = subprocess.run(["systemd-analyze", *line], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr


def test_systemd_takes_every_unit(here: Path) -> None:
    _analyze(here, "verify", "--man=no", *(str(here / unit.name.replace("@.", "@bot.")) for unit in UNITS))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda one: one.name)
def test_no_service_is_exposed(here: Path, unit: Path) -> None:
    _analyze(here, "security", "--offline=yes", "--no-pager", f"--threshold={THRESHOLD}", str(here / unit.name))


def test_a_command_of_a_person_has_what_the_service_has(tmp_path: Path) -> None:
    spy = tmp_path / "systemd-run"
    spy.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n', encoding="utf-8")
    spy.chmod(0o755)
    line = [str(DEPLOY / "bin" / "operations-brain"), "alerts", "say", "a key", "a sentence"]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(line, env={"PATH": path}, capture_output=True, text=True, check=False)
    given, service = ended.stdout.splitlines(), said(DEPLOY / "systemd" / "operations-brain.service")
    assert (ended.returncode, ended.stderr) == (3, "")
    assert given[-4:] == ["alerts", "say", "a key", "a sentence"]
    assert given[-7:-4] == [service["ExecStart"][0].split()[0], "-m", "bot"]
    assert f"--uid={service['User'][0]}" in given
    assert f"--working-directory={service['WorkingDirectory'][0]}" in given
    assert f"--property=EnvironmentFile={service['EnvironmentFile'][0]}" in given
    assert f"--setenv={service['Environment'][0].split()[0]}" in given
