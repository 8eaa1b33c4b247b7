"""Keeps the order book once it is read, so that only the first start of a checkout takes seconds over it."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from sandbox.company import ledger, orders
from sandbox.company.orders import OrderBook

KEPT = ledger.DATA.parent / ".unpacked"


def read(seed: int) -> OrderBook:
    """The order book out of the shop's own files."""
    return orders.open_book(ledger.load(seed), seed)


def book(seed: int, kept: Path = KEPT, anew: Callable[[int], OrderBook] = read) -> OrderBook:
    """The order book of this seed: as it was kept by the same code and data, else read and kept.

    Only what this very account wrote is taken back; a checkout that cannot be written to is read each time.
    """
    path = kept / f"{_digest(seed)}.pickle"
    with suppress(OSError, pickle.UnpicklingError, EOFError):
        if path.stat().st_uid == os.getuid():
            return cast("OrderBook", pickle.loads(path.read_bytes()))  # noqa: S301 - our own file
    found = anew(seed)
    with suppress(OSError):
        _keep(path, pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
    return found


def _digest(seed: int) -> str:
    """One word for the seed, the data and the code that reads them."""
    told = hashlib.sha256(str(seed).encode())
    for path in sorted((*Path(__file__).parent.glob("*.py"), *ledger.DATA.iterdir())):
        told.update(path.read_bytes())
    return told.hexdigest()[:32]


def _keep(path: Path, said: bytes) -> None:
    """Write it whole or not at all, and drop what older code or data left."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(said)
    old = [one for one in path.parent.glob("*.pickle") if one != path]
    Path(beside).replace(path)
    for one in sorted(old, key=lambda each: each.stat().st_mtime)[:-3]:
        one.unlink(missing_ok=True)
