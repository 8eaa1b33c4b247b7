"""What outlives a restart: one JSON line per change, replayed at the start."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Journal:
    """An append-only file; each line reaches the kernel at once, so kill -9 costs at most a torn last line."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._path = directory / "slack.jsonl" if directory else None
        self._file: int | None = None
        self._lock: int | None = None

    def replay(self) -> Iterator[dict[str, Any]]:
        """Every whole line of the file, oldest first."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # a line torn by a crash of the machine; the ones after it are whole

    def open(self, kept: Iterable[dict[str, Any]]) -> None:
        """Write what is still true into a fresh file and put it in the old one's place.

        Raises OSError when the directory cannot be written or another sandbox uses it.
        """
        if self._path is None or self.directory is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.directory / "slack.lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"another sandbox keeps its state in {self.directory}") from error
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as out:
            out.writelines(encode(record).encode() + b"\n" for record in kept)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def write(self, op: str, **fields: Any) -> None:
        """Append one change; does nothing when the sandbox keeps no state."""
        if self._file is not None:
            os.write(self._file, encode({"op": op, **fields}).encode() + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        for held in (self._file, self._lock):
            if held is not None:
                os.close(held)
        self._file = self._lock = None
