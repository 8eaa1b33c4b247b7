"""Each promise is kept by a house at rest, and each breach of one is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine

from domain.kernel.ports import Ops
from domain.watch import invariants
from models.db import Database
from models.invariants import QUESTIONS
from tests.models import standing

TASK = "insert into task (id, origin, source, requester, brief, state, limit_at) values "
ACTION = (
    "insert into action (id, key, kind, args, digest, reason, requester, department, risk, state, decided) "
    "values ('A-1', 'k', 'a.b', '{{}}', 'd1', '', 'user:U1', 'sales', 'low', '{state}', '{decided}')"
)
APPROVAL = (
    "insert into approval (id, action_id, digest, approvers, needed, state, expires_at, decided_by, decided_at) values "
    "('P-{n}', 'A-1', '{digest}', '[\"ben\", \"U3\"]', {needed}, 'approved', {until}, '{by}', now())"
)
VOTE = "insert into vote (approval_id, person, choice) values ('P-1', '{0}', 'approve')"
BEN = "insert into person (id, handle, team_id, stranger) values ('U2', 'ben', 'T', '')"
EFFECT = "insert into effect (key, action_id, deed, state) values ('A-1:{0}', 'A-1', '{0}', 'done')"
LATER, PAST = "now() + interval '1 hour'", "now() - interval '2 hours'"
SLOT = (
    f"insert into slot (job, day, slot, planned_at, state, limit_at) values ('j', now(), '', now(), 'claimed', {PAST})"
)
MAIL = f"insert into outbox (key, target, lane, card, created_at) values ('m', 'post', 'l', '', {PAST})"


def _action(state: str = "done", decided: str = "user:U2") -> str:
    return ACTION.format(state=state, decided=decided)


def _approval(n: int = 1, digest: str = "d1", needed: int = 1, until: str = LATER, by: str = "user:U2") -> str:
    return APPROVAL.format(n=n, digest=digest, needed=needed, until=until, by=by)


WELL = [_action("undone"), _approval(), BEN, VOTE.format("U2"), EFFECT.format("do"), EFFECT.format("undo")]
BREACHES = {
    "I1 limits": [f"{TASK} ('T-1', 'o', 's', 'U1', '{{}}', 'running', {PAST})"],
    "I2 effects": [_action(), _approval(), BEN, VOTE.format("U2")],
    "I3 once": [*WELL, _approval(2), VOTE.format("U3").replace("P-1", "P-2")],
    "I3 in time": [_action("approved"), _approval(until="now() - interval '1 second'"), BEN, VOTE.format("U2")],
    "I3 not one's own": [*WELL, VOTE.format("U3"), "update action set requester = 'U3'"],
    "I3 asked": [*WELL, VOTE.format("U9")],
    "I3 enough": [*WELL, "update approval set needed = 2"],
    "I3 exactly": [*WELL, "update action set digest = 'd2'"],
    "I4 slots": [SLOT],
    "I5 messages": [MAIL],
}


@pytest.fixture
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house without a row."""
    database = Database(database_url, pool=2, name="invariants")
    _write(database, "truncate task, action, approval, vote, effect, person, slot, outbox, escalation, failure")
    yield standing.ops(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    await database.close()


def _write(database: Database, *statements: str) -> None:
    engine = create_engine(database.url)
    with engine.begin() as owner:
        for statement in statements:
            owner.exec_driver_sql(statement)
    engine.dispose()


async def _broken(ops: Ops, late: timedelta = invariants.LATE) -> dict[str, str]:
    """What is broken, but for the replay: these rows are written past the trail."""
    return {
        one.name: one.sentence
        for one in await invariants.check(ops, late=late)
        if one.broken and "replay" not in one.name
    }


async def test_a_house_at_rest_keeps_every_promise(ops: Ops) -> None:
    found = await invariants.check(ops)
    assert [one.name for one in found if one.broken] == []
    assert len(found) == len(QUESTIONS) + 2
    assert found[0].sentence == "I1 limits holds: no task is past its limit without an open escalation."


async def test_a_decision_in_order_breaks_nothing(ops: Ops) -> None:
    _write(ops.db, *WELL)
    assert await _broken(ops) == {}
    found = await invariants.check(ops)
    assert found[-1].sentence == "I6 replay is broken: A-1 row: told nothing, stands a row, and 1 more."


@pytest.mark.parametrize("name", QUESTIONS)
async def test_every_promise_has_a_breach_that_is_named(ops: Ops, name: str) -> None:
    _write(ops.db, *BREACHES[name])
    assert name in await _broken(ops)
    if name.startswith("I3"):
        assert set(await _broken(ops)) == {name}


async def test_a_person_who_holds_a_task_or_an_open_escalation_is_enough(ops: Ops) -> None:
    _write(
        ops.db,
        f"{TASK} ('T-1', 'o1', 's', 'U1', '{{}}', 'paused', {PAST})",
        f"{TASK} ('T-2', 'o2', 's', 'U1', '{{}}', 'queued', {PAST})",
        "insert into escalation (id, cause, kind, title, trying, wrong, tried, needed, link, department) "
        "values ('E-1', 'task:stuck', 'logic', '', '', '', '', '', '{}', 'sales')",
        "insert into failure (cause, kind, detail, subject, escalation_id) "
        "values ('task:stuck', 'logic', '', 'T-2', 'E-1')",
    )
    assert await _broken(ops) == {}
    _write(ops.db, "update escalation set state = 'closed'")
    assert await _broken(ops) == {
        "I1 limits": "I1 limits is broken: T-2 is queued past its limit, and nothing open says so."
    }
    assert await _broken(ops, late=timedelta(hours=3)) == {}


async def test_what_a_rule_allowed_needs_no_person(ops: Ops) -> None:
    _write(ops.db, _action("done", "rule:autonomy"), _approval(by="rule:autonomy"), EFFECT.format("do"))
    assert await _broken(ops) == {}


async def test_a_message_given_up_is_one_that_somebody_was_told_of(ops: Ops) -> None:
    _write(ops.db, MAIL, "update outbox set state = 'failed'")
    said = "I5 messages is broken: m was given up, and nobody was told."
    assert await _broken(ops) == {"I5 messages": said}
    _write(ops.db, "insert into failure (cause, kind, detail, subject) values ('outbox', 'systemic', '', 'm')")
    assert await _broken(ops) == {}
    _write(ops.db, "update outbox set critical = true")
    said = "I5 messages is broken: m could not wait, and no road took it."
    assert await _broken(ops) == {"I5 messages": said}
    _write(ops.db, "insert into receipt (key, road, state) values ('m', 'file', 'accepted')")
    assert await _broken(ops) == {}


async def test_another_account_of_the_same_mailbox_is_oneself(ops: Ops) -> None:
    asker = "insert into person (id, handle, team_id, stranger, mail) values ('U1', 'ana', 'T', '', 'm')"
    _write(ops.db, *WELL, asker)
    assert await _broken(ops) == {}
    _write(ops.db, "update vote set mail = 'm'")
    assert set(await _broken(ops)) == {"I3 not one's own"}
