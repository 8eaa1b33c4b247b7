"""What was asked of the vendors: the last requests, for a person who wonders what happened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.company.company import Company

VENDORS = ("shopify", "shipbob", "meta", "hubspot")
_KEPT = 5000


@dataclass
class Journal:
    """A ring of requests; changes are kept by the company itself."""

    company: Company
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    seen: int = 0

    def note(self, vendor: str, method: str, path: str, outcome: dict[str, Any]) -> None:
        """Write one request down; `outcome` holds status, ms and the fault that was put in its way."""
        self.seen += 1
        entry = {"seq": self.seen, "at": self.company.clock.now().isoformat(), "vendor": vendor, "method": method}
        self.requests.append({**entry, "path": path, **outcome})

    def report(self, since: int = 0) -> dict[str, Any]:
        """Requests after a number and all changes, by vendor."""
        recent = [entry for entry in self.requests if entry["seq"] > since]
        answer: dict[str, Any] = {"next": self.seen}
        for vendor in VENDORS:
            answer[vendor] = {
                "requests": [entry for entry in recent if entry["vendor"] == vendor],
                "effects": self.company.effects.by_key(vendor),
            }
        return answer
