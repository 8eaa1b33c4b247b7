"""What is remembered of bulk operations over restarts, and how long their files are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.vendors.shopify import ids

FIRST_ID = 3_310_000_000_000
_KEPT = 16
_ENDED = ("COMPLETED", "CANCELED", "FAILED", "EXPIRED")


@dataclass
class Operation:
    """One bulk operation and how far it has come."""

    number: int
    query: str
    path: Path
    created: datetime
    status: str = "CREATED"
    completed: datetime | None = None
    error: str | None = None
    objects: int = 0
    roots: int = 0
    type_name: str = "BulkOperation"

    @property
    def id(self) -> str:
        """Its global id."""
        return ids.gid("BulkOperation", self.number)


def save(operation: Operation) -> None:
    """Write down how an operation stands now."""
    operation.path.parent.mkdir(parents=True, exist_ok=True)
    entry = {
        "number": operation.number,
        "query": operation.query,
        "file": operation.path.name,
        "created": operation.created.isoformat(),
        "status": operation.status,
        "completed": operation.completed.isoformat() if operation.completed else None,
        "objects": operation.objects,
        "roots": operation.roots,
    }
    with (operation.path.parent / "operations.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def load(folder: Path) -> dict[int, Operation]:
    """The operations of earlier runs; one that had not ended has failed."""
    found: dict[int, Operation] = {}
    path = folder / "operations.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    for line in lines:
        entry: dict[str, Any] = json.loads(line)
        operation = Operation(entry["number"], entry["query"], folder / entry["file"], _time(entry["created"]))
        operation.status, operation.objects, operation.roots = entry["status"], entry["objects"], entry["roots"]
        operation.completed = _time(entry["completed"]) if entry["completed"] else None
        found[operation.number] = operation
    for operation in found.values():
        if operation.status not in _ENDED:
            operation.status, operation.error = "FAILED", "INTERNAL_SERVER_ERROR"
        elif operation.status == "COMPLETED" and not operation.path.exists():
            operation.status = "EXPIRED"
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def expire(known: dict[int, Operation]) -> None:
    """Delete the files of all but the newest operations; a shop keeps them for a week, a laptop has less room."""
    ended = sorted(number for number, one in known.items() if one.status == "COMPLETED")
    for number in ended[:-_KEPT]:
        known[number].path.unlink(missing_ok=True)
        known[number].status = "EXPIRED"
