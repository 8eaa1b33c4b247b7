"""The global ids of the shop's objects."""

from __future__ import annotations

import re

ORDER, LINE, REFUND, CUSTOMER = 6_100_000_000_000, 15_700_000_000_000, 940_000_000_000, 8_200_000_000_000
COMPANY, ITEM, FULFILMENT, LOCATION = 5_300_000_000, 49_600_000_000_000, 7_400_000_000_000, 88_300_000_001
SHOP = 68_100_000_001
_GID = re.compile(r"^gid://shopify/([A-Za-z]+)/(\d+)(\?.*)?$")


def gid(type_name: str, number: int) -> str:
    """`gid://shopify/Order/6100000489434`."""
    return f"gid://shopify/{type_name}/{number}"


def parse(text: str) -> tuple[str, int] | None:
    """Type and number of a global id, or nothing when it is not one."""
    found = _GID.match(text)
    return (found[1], int(found[2])) if found else None
