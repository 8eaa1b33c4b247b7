"""What every test may ask for: `stores`, one real PostgreSQL and Valkey for the whole session."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import stores as houses_stores


@pytest.fixture(scope="session")
def stores() -> Iterator[houses_stores.Stores]:
    """An embedded PostgreSQL 18 and Valkey of this session (of this worker under xdist); not fsynced, for speed."""
    folder = Path(tempfile.mkdtemp(prefix="operations-brain-"))
    folder.chmod(0o711)  # as root the servers run under their own account and must be able to walk in
    try:
        with houses_stores.embedded(folder / "var", {}, durable=False) as running:
            yield running
    finally:
        shutil.rmtree(folder)
