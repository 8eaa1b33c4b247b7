"""Sales: who speaks of the deals in the pipeline."""

from __future__ import annotations

from domain.kernel.department import Department
from domain.sales import hubspot

DEPARTMENT = Department(
    key="sales",
    name="Sales",
    icon=":handshake:",
    purpose="What is in the pipeline, what was won, who has gone quiet.",
    connectors=(hubspot.CONNECTOR,),
)
