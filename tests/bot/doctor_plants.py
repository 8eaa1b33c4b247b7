"""How a fault is planted in a healthy house, which finding must name it, and a word that must be in its sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.doctor_scene import Scene
from tests.bot.doctor_rig import Rig

Plant = Callable[[Rig], AbstractAsyncContextManager[Scene]]
Planting = Callable[[Rig], AsyncIterator[Scene]]


@dataclass(frozen=True)
class Planted:
    """One fault: `finding` names it, with `word` in its sentence."""

    finding: str
    word: str
    plant: Plant


class Faults(dict[str, Planted]):
    """Faults by what they are."""

    def fault(self, what: str, finding: str, word: str) -> Callable[[Planting], None]:
        def known(plant: Planting) -> None:
            self[what] = Planted(finding, word, asynccontextmanager(plant))

        return known

    def settings(self, what: str, finding: str, word: str, **changes: Any) -> None:
        @self.fault(what, finding, word)
        async def plant(rig: Rig) -> AsyncIterator[Scene]:
            yield rig.settings(**changes)

    def environment(self, what: str, finding: str, word: str, **changes: str) -> None:
        @self.fault(what, finding, word)
        async def plant(rig: Rig) -> AsyncIterator[Scene]:
            async with rig.environment(**changes) as scene:
                yield scene

    def policy(self, what: str, finding: str, word: str, **sections: dict[str, Any]) -> None:
        @self.fault(what, finding, word)
        async def plant(rig: Rig) -> AsyncIterator[Scene]:
            yield rig.policy(**sections)

    def sql(self, what: str, finding: str, word: str, do: str, undo: str) -> None:
        @self.fault(what, finding, word)
        async def plant(rig: Rig) -> AsyncIterator[Scene]:
            await rig.rows(do)
            yield rig.scene
            await rig.rows(undo)

    def bot(self, what: str, finding: str, word: str, told: dict[str, Any]) -> None:
        """The running bot tells something else of Slack."""

        @self.fault(what, finding, word)
        async def plant(rig: Rig) -> AsyncIterator[Scene]:
            before = (await rig.rows("select detail -> 'slack' as told from executor where role = 'bot'"))[0].told
            change = (
                "update executor set detail = jsonb_set(detail, '{slack}', cast(:told as jsonb)) where role = 'bot'"
            )
            await rig.rows(change, told=json.dumps(before | told))
            yield rig.scene
            await rig.rows(change, told=json.dumps(before))
