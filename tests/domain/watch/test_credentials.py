"""Ends are told 60, 30 and 7 days before, and on the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from domain.kernel.breaker import Breaker
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.watch import credentials
from domain.watch.credentials import Lapse
from models.cache import Cache
from models.db import Database
from tests.collecting import DEPARTMENTS, Clock, Secrets, policy, sandbox_secrets

SUNSET = min(one.sunset for department in DEPARTMENTS for one in department.connectors)


def _ops(today: date, **more: str) -> Ops:
    secrets = Secrets({**sandbox_secrets("http://127.0.0.1:9"), **more})
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    clock = Clock(datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    http, flows = Client(secrets, Breaker(database)), cast("Any", None)
    return Ops(policy(), clock, database, Cache(None), secrets, http, flows, DEPARTMENTS, "test")


@pytest.mark.parametrize(("left", "stage"), [(61, None), (60, 60), (31, 60), (30, 30), (7, 7), (1, 7), (0, 0), (-5, 0)])
def test_an_end_reaches_its_stages(left: int, stage: int | None) -> None:
    assert Lapse("k", "A token", SUNSET, left, "ads").stage == stage


def test_far_from_every_end_nothing_is_due() -> None:
    assert credentials.due(_ops(SUNSET - timedelta(days=61))) == ()


def test_a_version_that_ends_soon_is_named_with_what_stops() -> None:
    (first, *_) = credentials.due(_ops(SUNSET - timedelta(days=30)))
    assert (first.left, first.stage, first.on) == (30, 30, SUNSET)
    assert f"ends on {SUNSET:%-d %B %Y}, in 30 days; then stops: " in first.sentence


def test_a_credential_with_a_known_end_is_told_too() -> None:
    ops = _ops(date(2026, 11, 20), SHIPBOB_TOKEN_EXPIRES="2026-11-25")
    (token,) = [one for one in credentials.due(ops) if one.key == "credential:SHIPBOB_TOKEN"]
    assert (token.left, token.stage) == (5, 7)


def test_an_end_that_is_no_date_is_refused() -> None:
    with pytest.raises(RefusedError, match="SHIPBOB_TOKEN_EXPIRES is not a date"):
        credentials.lapses(_ops(date(2026, 11, 20), SHIPBOB_TOKEN_EXPIRES="next year"))


def test_what_is_not_connected_cannot_end() -> None:
    ops = _ops(SUNSET)
    cast("Secrets", ops.secrets).known.clear()
    assert credentials.lapses(ops) == ()
