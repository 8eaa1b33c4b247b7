"""An old backup is told, and so is a recovery that nobody ends; a house that never had either says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.kernel.policy_watch import Watch
from domain.watch import safety
from domain.watch.safety import Safety
from models.backup import Made
from models.recovery import Kept

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def _states(found: Safety) -> dict[str, str]:
    return {one.name: one.state for one in safety.judge(NOW, found, Watch())}


def _backup(hours: float) -> Safety:
    return Safety(Made("/b.tar", NOW - timedelta(hours=hours), 5_000_000, 1.0))


def _recovery(hours: float) -> Safety:
    at = NOW - timedelta(hours=hours)
    return Safety(recovery=Kept("R-1", "b.tar", at, at, {"actions": {}}, None))


def test_a_backup_grows_old() -> None:
    assert _states(Safety()) == {}
    assert [_states(_backup(hours)) for hours in (25, 27, 53)] == [
        {"backup": "ok"},
        {"backup": "warn"},
        {"backup": "bad"},
    ]


def test_a_recovery_is_shown_and_one_that_is_forgotten_is_told() -> None:
    assert [_states(_recovery(hours)) for hours in (1, 25)] == [{"recovery": "warn"}, {"recovery": "bad"}]
