"""Record what happened and why; every decision, click, move and effect leaves a row that nobody can change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import trail
from models.base import Db
from models.trail import Entry, Note

__all__ = ["Entry", "Note", "of", "record"]

of = trail.of


async def record(db: Db, note: Note, body: Mapping[str, Any] | None = None) -> None:
    """Write down what changed no row of ours, in the transaction of its cause."""
    await trail.record(db, note, body)
