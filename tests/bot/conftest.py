"""What tests of the processes share: a place that servers under another account can walk into."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty directory that root's servers can walk into, with a short path."""
    place = Path(tempfile.mkdtemp(prefix="ob-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)
