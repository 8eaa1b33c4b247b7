"""The orchestrator: the voice of the morning pulse, and of everything no single department answers for."""

from __future__ import annotations

from domain.kernel.department import Department

DEPARTMENT = Department(
    key="orchestrator",
    name="Operations Brain",
    icon=":brain:",
    purpose="Tells each morning how the company is, answers questions from the stored figures, and keeps the house.",
)
