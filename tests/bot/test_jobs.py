"""The jobs on the command line: listed, paused and resumed; the order of bringing up, also before there is a house."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import __main__
from bot.stores import Stores
from jobs.timetable import TIMETABLE

Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A line typed; what it prints."""

    def typed(*line: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["bot", "jobs", *line])
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == code, said.err
        return said.out or said.err

    return typed


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, database_url: str, stores: Stores) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", str(stores.redis_url))


@pytest.mark.usefixtures("house")
def test_a_job_is_paused_and_resumed_and_the_list_says_so(run: Run) -> None:
    def told() -> dict[str, Any]:
        return {one["name"]: one for one in json.loads(run("list", "--json"))}

    assert list(told()) == [one.name for one in TIMETABLE]
    assert json.loads(run("pause", "ads", "--why", "a test", "--json"))["done"] == "ads is paused"
    assert told()["ads"]["told"] == "paused by the command line: a test"
    assert "python -m bot jobs resume NAME" in run()
    assert "✗ job ads is paused by the command line: a test" in run("graph")
    assert "⚠ ads — paused by the command line: a test" in run()
    assert "ads goes on" in run("resume", "ads")
    assert told()["ads"]["standing"] == "well"
    assert "There is no job 'adds'" in run("pause", "adds", code=1)


def test_before_there_is_a_house_the_order_names_the_credentials_that_are_not_set(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("OPS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("META_TOKEN", "a-token-of-some-length")
    levels = json.loads(run("graph", "--json"))
    first = {node["name"]: node for node in levels[0]["nodes"]}
    assert first["HUBSPOT_SERVICE_KEY"]["lacks"].startswith("is not set (HubSpot, Settings")
    assert first["META_TOKEN"]["lacks"] == ""
    place = {node["name"]: level["level"] for level in levels for node in level["nodes"]}
    assert place["HUBSPOT_SERVICE_KEY"] < place["deals"] < place["hubspot.deals"] < place["pulse"]
    assert place["nightly"] < place["retention"]
