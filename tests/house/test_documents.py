"""What the documents tell a newcomer is what the code needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot import wiring
from domain.kernel.connector import Connector

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = [one for department in wiring.DEPARTMENTS for one in department.connectors]


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
def test_the_quickstart_names_each_vendors_variables_and_rights(connector: Connector) -> None:
    told = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    missing = [
        name for name in (*(one.name for one in connector.credentials), *connector.scopes) if f"`{name}`" not in told
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
