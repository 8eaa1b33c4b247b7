"""Uploaded files: their objects, and their bytes in the state directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MOST_BYTES = 50_000_000


class Files:
    """`waiting` are announced uploads without bytes yet; without a state directory bytes stay in memory."""

    def __init__(self, state: Path | None) -> None:
        self._directory = state / "files" if state else None
        self._memory: dict[str, bytes] = {}
        self.waiting: dict[str, dict[str, Any]] = {}
        self.known: dict[str, dict[str, Any]] = {}

    def keep(self, file_id: str, content: bytes) -> None:
        """Keep the bytes of an upload."""
        if self._directory is None:
            self._memory[file_id] = content
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / file_id).write_bytes(content)

    def read(self, file_id: str) -> bytes | None:
        """The bytes of a file, if they came."""
        if self._directory is None:
            return self._memory.get(file_id)
        path = self._directory / file_id
        return path.read_bytes() if path.is_file() else None
