"""Money as the shop writes it: a decimal in a string, at least one digit after the point."""

from __future__ import annotations

from functools import lru_cache

CURRENCY = "GBP"


@lru_cache(maxsize=8192)
def text(thousandths: int) -> str:
    """`12.75`, `10.0`, `0.001`."""
    whole, rest = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    digits = f"{rest:03}".rstrip("0") or "0"
    return f"{sign}{whole}.{digits}"
