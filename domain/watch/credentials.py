"""When each credential lapses and each version ends, and what breaks then: told 60, 30 and 7 days before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.kernel import connector as connectors
from domain.kernel.connector import Connector
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops, Secrets

STAGES = (60, 30, 7, 0)
"""Days before the end at which a person is told; 0 is the day itself and every day after."""


@dataclass(frozen=True)
class Lapse:
    """Something that ends: `left` in days, negative when it is over; `breaks` is what stops then."""

    key: str
    what: str
    on: date
    left: int
    breaks: str

    @property
    def stage(self) -> int | None:
        """The stage it has reached, None while it is far off."""
        reached = [stage for stage in STAGES if self.left <= stage]
        return min(reached) if reached else None

    @property
    def sentence(self) -> str:
        """What a person reads."""
        when = f"ends on {self.on:%-d %B %Y}, in {self.left} days" if self.left > 0 else f"ended on {self.on:%-d %B %Y}"
        return f"{self.what} {when}; then stops: {self.breaks}."


def lapses(ops: Ops) -> tuple[Lapse, ...]:
    """Everything with an end, the nearest first.

    A vendor's version ends on its declared date. A credential ends on the date in NAME_EXPIRES, when that is set.
    """
    today = ops.today()
    found = [
        lapse
        for department in ops.departments
        for connector in department.connectors
        if ops.policy.connector(connector.key).enabled and not connectors.missing(ops, connector)
        for lapse in _of(ops, connector, today)
    ]
    return tuple(sorted(found, key=lambda lapse: (lapse.left, lapse.key)))


def due(ops: Ops) -> tuple[Lapse, ...]:
    """What has reached a stage at which a person is told."""
    return tuple(lapse for lapse in lapses(ops) if lapse.stage is not None)


def _of(ops: Ops, connector: Connector, today: date) -> Iterator[Lapse]:
    streams = ", ".join(stream.key for stream in connector.streams)
    name = f"{connector.name}'s version {connector.version}"
    yield Lapse(f"version:{connector.key}", name, connector.sunset, (connector.sunset - today).days, streams)
    for one in connector.credentials:
        if (on := expiry(ops.secrets, one.name)) and ops.secrets.get(one.name):
            yield Lapse(f"credential:{one.name}", f"The credential {one.name}", on, (on - today).days, one.breaks)


def expiry(secrets: Secrets, name: str) -> date | None:
    """The date in NAME_EXPIRES, when it is set; RefusedError when it is not a date."""
    written = secrets.get(f"{name}_EXPIRES")
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise RefusedError(
            f"{name}_EXPIRES is not a date such as 2027-01-31: {written!r}; correct it, or unset it."
        ) from error
