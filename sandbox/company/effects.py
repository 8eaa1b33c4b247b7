"""What programs and people changed at the vendors: one line a change, kept over restarts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Effect:
    """One change at a vendor; `key` is what the caller named it by, so that doing it twice can be seen."""

    vendor: str
    name: str
    key: str
    minute: int
    data: dict[str, Any]


@dataclass
class Effects:
    """Every change, in memory and in `effects.jsonl`."""

    path: Path
    all: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read what earlier runs left; a last line torn by a kill is dropped, as its caller got no answer."""
        if not self.path.exists():
            return
        text = self.path.read_text(encoding="utf-8")
        whole, _, torn = text.rpartition("\n")
        self.all = [Effect(**json.loads(line)) for line in whole.splitlines()]
        if torn:
            self.path.write_text(whole + "\n" if whole else "", encoding="utf-8")

    def add(self, effect: Effect) -> Effect:
        """Write a change down before anyone is told of it."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(effect), separators=(",", ":")) + "\n")
        self.all.append(effect)
        return effect

    def of(self, vendor: str) -> list[Effect]:
        """The changes at one vendor."""
        return [effect for effect in self.all if effect.vendor == vendor]

    def by_key(self, vendor: str) -> dict[str, list[dict[str, Any]]]:
        """The changes at one vendor under their keys."""
        found: dict[str, list[dict[str, Any]]] = {}
        for effect in self.of(vendor):
            found.setdefault(effect.key, []).append(asdict(effect))
        return found
