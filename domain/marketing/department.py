"""Marketing: who speaks of advertising and what it brings."""

from __future__ import annotations

from domain.kernel.department import Department
from domain.marketing import meta

DEPARTMENT = Department(
    key="marketing",
    name="Marketing",
    icon=":mega:",
    purpose="What advertising costs and what it brings.",
    connectors=(meta.CONNECTOR,),
)
