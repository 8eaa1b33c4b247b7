"""A process that sends one alarm and ends where OPS_FAULT_AT says: for tests of what follows it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from domain.watch import alarm
from domain.watch.alarm import Roads
from handlers import plain
from tests.jobs.parts import Secrets, an_ops


async def main(url: str, address: str, folder: str) -> None:
    ops = replace(an_ops(url), secrets=Secrets({"OPS_ALARM_URLS": address}))
    await alarm.sweep(ops, Roads(plain.render, Path(folder)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
