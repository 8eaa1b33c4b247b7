"""What the documents tell a newcomer is what the code needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot import procfile, settings, watchdog, wiring
from bot.hook_signature import VARIABLE
from domain.kernel.connector import Connector
from sandbox.slack import checks

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = [one for department in wiring.DEPARTMENTS for one in department.connectors]


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
def test_the_quickstart_names_each_vendors_variables_and_rights(connector: Connector) -> None:
    told = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    rights = {scope for one in connector.actions for scope in one.scopes}
    missing = [
        name
        for name in (*(one.name for one in connector.credentials), *connector.scopes, *rights)
        if f"`{name}`" not in told
    ]
    assert missing == []


@pytest.mark.parametrize("document", ["README.md", "docs/quickstart.md"])
def test_every_command_that_is_told_exists(document: str) -> None:
    told = set(re.findall(r"python -m bot ([a-z]+)", (ROOT / document).read_text(encoding="utf-8")))
    known = {one.name or one.callback.__name__ for one in command_line.app.registered_commands if one.callback}
    assert told
    assert told - known == set()


@pytest.mark.parametrize("document", ["README.md", "docs/quickstart.md", "docs/architecture.md"])
def test_every_file_that_is_told_exists(document: str) -> None:
    told = re.findall(
        r"`((?:bot|handlers|jobs|domain|docs|sandbox|tests)/[\w/.-]+)`", (ROOT / document).read_text(encoding="utf-8")
    )
    assert [name for name in told if not (ROOT / name).exists()] == []


WATCHDOG = (ROOT / "bot" / "watchdog.py").read_text(encoding="utf-8")
DOCUMENTS = " ".join(
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/quickstart.md", "docs/architecture.md")
)


def test_every_verb_of_make_that_is_told_exists() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)(?:`| ARGS|$|  +#)", DOCUMENTS, re.MULTILINE)) - verbs == set()


def test_every_setting_is_told_and_every_one_that_is_told_is_read() -> None:
    told = {
        name for name in re.findall(r"\b(?:OPS|SLACK|DATABASE|REDIS)_[A-Z_]+\b", DOCUMENTS) if not VARIABLE.match(name)
    }
    read = {name.upper() for name in settings.Settings.model_fields} | {"OPS_DEMO_DIR"}
    assert told == read


def test_every_setting_of_the_watchdog_is_told_where_it_is_explained() -> None:
    told = (ROOT / "docs" / "howto" / "watchdog.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)`", told, re.MULTILINE)) == set(watchdog.VARIABLES)
    assert set(re.findall(r"`watchdog:([a-z]+)", told)) >= set(re.findall(r'"watchdog:([a-z]+)', WATCHDOG))


def test_the_table_of_processes_is_that_of_the_procfile() -> None:
    for name in procfile.read(ROOT / "Procfile"):
        short = name.removeprefix("worker")
        assert f"`{name}`" in DOCUMENTS or f"`{short}`" in DOCUMENTS, name


def test_the_rules_that_are_told_are_counted() -> None:
    assert "holds the bot against thirty rules" in DOCUMENTS
    assert len(checks.POINTS) == 30
