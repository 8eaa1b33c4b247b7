"""A process that fills the history of the shop and says aloud when a window is stored; made to be killed."""

from __future__ import annotations

import asyncio
import sys

from domain.kernel import history
from tests.collecting import a_rig, in_small_windows


async def main(database_url: str, vendor_url: str) -> None:
    async with a_rig(database_url, vendor_url) as rig:
        connector = in_small_windows("shopify")
        await history.backfill(rig.with_days(12), connector, "orders", lambda state: print(state.windows, flush=True))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
