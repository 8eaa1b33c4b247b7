"""The circuit breaker: a vendor that fails five times in a row is left alone, then probed once per pause."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel.errors import InputError, OpsError
from domain.kernel.vendor_errors import BreakerOpenError, ThrottledError
from models import connector as rows
from models.db import Database


@dataclass(frozen=True)
class Breaker:
    """One breaker per connector, kept in the database so that every process knows of it; times in seconds."""

    database: Database
    threshold: int = 5
    cooldown: float = 60.0
    longest: float = 1800.0

    async def admit(self, key: str) -> bool:
        """Leave to call, and whether failures are remembered; BreakerOpenError while the vendor is left alone."""
        async with self.database.begin() as db:
            found = await rows.admit(db, key, cooldown=self.cooldown, longest=self.longest)
        if not found.allowed:
            wait = max(1, round(found.wait))
            detail = f"it is left alone for another {wait} s after {found.failures} failures: {found.reason}"
            raise BreakerOpenError(detail, source=key, retry_after=wait)
        return found.failures > 0

    async def failed(self, key: str, error: OpsError) -> None:
        """Count a failed call; being asked to slow down and our own wrong input are no failures of the vendor."""
        if isinstance(error, ThrottledError | InputError | BreakerOpenError):
            return
        async with self.database.begin() as db:
            await rows.tripped(db, key, reason=error.detail, threshold=self.threshold)

    async def worked(self, key: str) -> None:
        """Close it."""
        async with self.database.begin() as db:
            await rows.mended(db, key)


class Forgetful(Breaker):
    """The breaker of a house without its database: every call is made, and no failure is remembered."""

    async def admit(self, key: str) -> bool:
        """Always."""
        return False

    async def failed(self, key: str, error: OpsError) -> None:
        """Nothing is counted."""

    async def worked(self, key: str) -> None:
        """Nothing is counted."""
