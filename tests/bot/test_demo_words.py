"""What the demo says in its terminal holds: the address in one line, and history behind only while there is some."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bot import demo, demo_state
from bot.demo_state import State
from models import window
from models.db import Database
from models.window import Window

URL = "http://a-machine-with-a-rather-long-name.in-a-rather-long-domain.example:3900"


def said(state: State) -> str:
    """The demo's last words in a terminal of 80 columns."""
    heard = io.StringIO()
    demo._invite(Console(file=heard, width=80), URL, state, Path("var/a demo"))
    return heard.getvalue()


def test_the_address_stands_in_one_line() -> None:
    assert f"Open {URL}/ and try these:\n" in said(State())


def test_a_shell_looks_at_the_house_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_ALARM_URLS", "json://there/?a=b&c='d'")
    demo._keep(
        {"OPS_ALARM_URLS": "json://there/?a=b&c='d'", "SHOPIFY_SHOP": "a shop", "PATH": "/bin:/usr/bin"}, tmp_path
    )
    line = f"set -a; . {tmp_path / 'environment'}; set +a; printenv OPS_ALARM_URLS SHOPIFY_SHOP"
    assert subprocess.check_output(["/bin/sh", "-c", line], env={}, text=True) == "json://there/?a=b&c='d'\na shop\n"
    assert "set -a; . 'var/a demo/environment'; set +a; .venv/bin/python -m bot doctor\n" in said(State())


def test_older_history_is_told_of_only_while_it_comes_in() -> None:
    assert "Older history keeps coming in behind. Ctrl-C" in said(State())
    assert "Older history" not in said(State(whole=True))


async def test_the_history_is_whole_when_its_last_window_is(database_url: str) -> None:
    days, database = (date(2026, 11, 20), date(2026, 11, 21)), Database(database_url)
    now = datetime.now(UTC)
    async with database.begin() as db:
        await window.plan(db, "shopify", "orders", [Window(day, day, 2) for day in days])
    for day, whole in zip(days, (False, True), strict=True):
        async with database.begin() as db:
            await window.done(db, "shopify", "orders", day, rows=2, at=now)
        assert (await demo_state._look(database_url, "C0PULSE", now.date())).whole is whole
    await database.close()
