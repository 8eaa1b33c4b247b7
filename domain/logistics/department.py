"""Logistics: who speaks of orders, stock and shipments."""

from __future__ import annotations

from domain.kernel.department import Department
from domain.logistics import shipbob, shopify

DEPARTMENT = Department(
    key="logistics",
    name="Logistics",
    icon=":package:",
    purpose="What is ordered, what is in stock, what is late.",
    connectors=(shopify.CONNECTOR, shipbob.CONNECTOR),
)
