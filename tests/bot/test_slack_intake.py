"""The way in, without a line: groups in one transaction, twice is once, one bad envelope harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot import slack_intake
from bot.slack_dispatch import Dispatch, Work
from bot.slack_intake import Arrival, Intake
from bot.stores import Stores
from domain.kernel.ports import Ops
from models import inbox
from models.base import Db
from tests.bot.slack_rig import an_ops, fresh_database, rows, until


class Wire:
    """A link that only remembers what it was told."""

    name = "a"

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    async def reply(self, _line: object, envelope_id: str, payload: Any = None) -> bool:
        self.told.append((envelope_id, payload))
        return True


class Counted(Intake):
    """Counts the groups it writes."""

    groups: tuple[int, ...] = ()

    async def _write(self, batch: Sequence[Arrival]) -> frozenset[str]:
        self.groups = (*self.groups, len(batch))
        return await super()._write(batch)


@pytest.fixture(scope="module")
async def ops(stores: Stores) -> AsyncIterator[Ops]:
    found = an_ops(fresh_database(stores.database_url, "slack_intake"))
    yield found
    await found.db.close()


@pytest.fixture
async def intake(ops: Ops) -> AsyncIterator[Counted]:
    found = Counted(ops.db, 7, "U0BRAIN")
    task = asyncio.create_task(found.run())
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await found.close()


def slash(number: object, **more: Any) -> dict[str, Any]:
    payload = {"trigger_id": f"t{number}", "user_id": "U1", "command": "/x", "text": "hi", "token": "old", **more}
    return {"type": "slash_commands", "envelope_id": f"e{number}", "payload": payload}


async def acknowledged(wire: Wire, many: int) -> bool:
    return len(wire.told) >= many


async def test_many_envelopes_are_written_in_few_transactions_before_they_are_acknowledged(
    intake: Counted, ops: Ops
) -> None:
    wire = Wire()
    worked: list[Arrival] = []
    intake.work = worked.append
    for number in range(60):
        intake.accept(wire, None, slash(number))  # type: ignore[arg-type]
    assert wire.told == []
    assert await until(lambda: acknowledged(wire, 60))
    assert len(intake.groups) <= 2
    assert len(worked) == 60
    assert await rows(ops, "select count(*), count(*) filter (where payload::text like '%old%') from inbox") == [
        (60, 0)
    ]


async def test_the_same_envelope_twice_in_one_group_is_acknowledged_twice_and_worked_once(intake: Counted) -> None:
    wire = Wire()
    worked: list[Arrival] = []
    intake.work = worked.append
    for _ in range(3):
        intake.accept(wire, None, slash("twice"))  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 3))
    assert len(worked) == 1
    intake.accept(wire, None, slash("twice"))  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 4))
    assert len(worked) == 1


async def test_one_envelope_the_database_cannot_hold_harms_no_other(intake: Counted, ops: Ops) -> None:
    wire = Wire()
    worked: list[Arrival] = []
    intake.work = worked.append
    intake.accept(wire, None, slash("good1"))  # type: ignore[arg-type]
    intake.accept(wire, None, slash("bad", text=float("inf")))  # type: ignore[arg-type]
    intake.accept(wire, None, slash("good2"))  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 3))
    assert [one.envelope.key for one in worked] == ["command:tgood1", "command:tbad", "command:tgood2"]
    assert await rows(ops, "select payload::text from inbox where key = 'command:tbad'") == [("{}",)]


async def test_who_asks_too_often_is_told_in_the_acknowledgement_and_the_row_says_so(intake: Counted, ops: Ops) -> None:
    wire = Wire()
    worked: list[Arrival] = []
    intake.work, intake.limit = worked.append, lambda _envelope: "Too often."
    intake.accept(wire, None, slash("often"))  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 1))
    assert wire.told == [("eoften", {"response_type": "ephemeral", "text": "Too often."})]
    assert worked == []
    found = await rows(ops, "select outcome, done_at is not null from inbox where key = 'command:toften'")
    assert found == [("limited", True)]


async def test_what_a_person_was_told_is_not_done_is_not_done_although_its_row_came_late(
    intake: Counted, ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = inbox.take

    async def slowly(db: Db, envelopes: Sequence[inbox.Envelope], *, owner: int) -> frozenset[str]:
        found = await whole(db, envelopes, owner=owner)
        await asyncio.sleep(5)
        return found

    monkeypatch.setattr(slack_intake, "WRITE_S", 0.1)
    monkeypatch.setattr(inbox, "take", slowly)
    wire = Wire()
    intake.accept(wire, None, slash("late"))  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 1))
    assert wire.told == [("elate", {"response_type": "ephemeral", "text": slack_intake.DEGRADED})]
    await rows(ops, "update inbox set received_at = now() - interval '1 minute' where done_at is null returning 1")
    dispatch = Dispatch(cast("Any", None), ops.db, 7)
    dispatch.settle = intake.settle
    await dispatch._take_over()
    assert "command:tlate" not in dispatch._held
    assert await rows(ops, "select outcome from inbox where key = 'command:tlate'") == [("refused",)]


async def test_what_is_not_for_us_is_acknowledged_and_leaves_no_row(intake: Counted, ops: Ops) -> None:
    wire, before = Wire(), await rows(ops, "select count(*) from inbox")
    event = {"type": "message", "user": "U1", "channel": "C1", "channel_type": "channel", "text": "lunch?", "ts": "1.1"}
    frame = {"type": "events_api", "envelope_id": "e", "payload": {"event_id": "Ev1", "event": event}}
    intake.accept(wire, None, frame)  # type: ignore[arg-type]
    assert await until(lambda: acknowledged(wire, 1))
    assert await rows(ops, "select count(*) from inbox") == before


async def test_one_row_that_cannot_even_be_given_up_harms_no_other(intake: Counted, ops: Ops) -> None:
    written = """insert into inbox (key, kind, payload, owner, attempts, received_at)
        select 'command:late' || n, 'command', '{}', 7, 2, now() - interval '1 minute' from generate_series(1, 3) n
        returning 1"""
    await rows(ops, written)
    dispatch = Dispatch(cast("Any", None), ops.db, 7)
    faults = {"command:late1": RuntimeError("strange"), "command:late2": TimeoutError()}

    async def give_up(work: Work) -> None:
        if work.key in faults:
            raise faults[work.key]

    dispatch.give_up = give_up
    await dispatch._take_over()
    await dispatch.flush()
    query = "select key, outcome from inbox where key like 'command:late_' order by key"
    assert await rows(ops, query) == [
        ("command:late1", "given up"),
        ("command:late2", None),
        ("command:late3", "given up"),
    ]


@pytest.mark.parametrize("outcome", ["", "answered"])
async def test_a_row_that_breaks_its_dispatch_ends_nothing_and_is_taken_up_again(outcome: str) -> None:
    dispatch = Dispatch(cast("Any", None), cast("Any", None), 7)
    one = Work("view:broken", "view", {}, datetime.now(UTC), cast("Any", None), outcome)
    dispatch._held.add(one.key)
    await dispatch._one(one)
    left = [(one.key, outcome)] if outcome else []
    assert (dispatch._ended, one.key in dispatch._held) == (left, bool(outcome))
