"""What tests of the processes share: a place that servers under another account can walk into, and a Slack."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.slack_rig import sandbox_process


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty directory that root's servers can walk into, with a short path."""
    place = Path(tempfile.mkdtemp(prefix="ob-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a Slack of the module's own, without limits."""
    with sandbox_process("--no-limits") as found:
        yield found
