"""What a department is: its voice in Slack and the connectors it answers for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.kernel.connector import Connector


@dataclass(frozen=True)
class Department:
    """One bot: `key` is also the name of its queue, its channel in ops.toml and its worker process."""

    key: str
    name: str
    icon: str
    purpose: str
    connectors: tuple[Connector, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether it can change anything at a vendor."""
        return any(one.actions for one in self.connectors)
