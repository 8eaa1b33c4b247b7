"""What the tests of the whole house share: the sandbox's vendors, a Slack, and directories servers can walk into."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import sandboxed
from bot.sandboxed import Part
from handlers import manifest, menu


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    """The vendors of a company that lives today."""
    part = sandboxed.start("vendors", 0, tmp_path_factory.mktemp("company"))
    yield part
    sandboxed.stop(part)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """An empty directory that root's servers can walk into, with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="ob-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def slack(place: Path) -> Iterator[Part]:
    """A Slack that holds the bot to its own manifest."""
    scopes = place / "manifest.json"
    scopes.write_text(json.dumps(manifest.build(menu.MENU)), encoding="utf-8")
    part = sandboxed.start("slack", 0, place / "slack", "--manifest", str(scopes))
    yield part
    sandboxed.stop(part)
