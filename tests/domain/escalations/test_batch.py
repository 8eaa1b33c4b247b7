"""However much fails: one message a cause, twelve messages in ten minutes at most, and every failure linked."""

from __future__ import annotations

from dataclasses import replace

import psutil
from sqlalchemy import text

from domain.escalations import escalation
from domain.kernel import card as cards
from domain.kernel.card import Buttons, Facts, Mention
from models import directory, escalation_flow, job_state
from models.directory import Who
from tests.domain.escalations.conftest import Room, failure


async def test_a_cause_is_gathered_and_then_told_once(room: Room) -> None:
    await room.fail(*(failure("job:orders", f"try {n}") for n in range(3)))
    assert await room.flush() == 0
    assert await room.flush(after_minutes=5) == 1
    assert await room.flush(after_minutes=2) == 0
    assert await room.posts() == [f"escalation:{await room.id_of('job:orders')}"]
    card = await room.shown("job:orders")
    labels = [fact.label for part in card.parts if isinstance(part, Facts) for fact in part.facts]
    assert labels[:4] == [
        "What the house was trying to do",
        "What went wrong",
        "What has been tried",
        "What is needed from you",
    ]
    pressed = [button.label for part in card.parts if isinstance(part, Buttons) for button in part.buttons]
    assert pressed == ["Acknowledge", "Assign", "Snooze", "Close", "What to do"]
    assert "3 failures so far" in card.conclusion
    assert "open, 3 failures, owner" in str(await escalation.listed(room.ops))


async def test_too_few_failures_are_no_trouble_yet(room: Room) -> None:
    await room.fail(failure("job:orders"), failure("job:orders"))
    assert await room.flush(after_minutes=30) == 0
    await room.fail(failure("job:orders"))
    assert await room.flush() == 1


async def test_what_no_timetable_tries_again_is_told_after_its_first_failure(room: Room) -> None:
    await room.fail(failure("action:A-1", kind="logic", retried=False))
    assert await room.flush(after_minutes=5) == 1


async def test_what_only_a_person_can_mend_is_told_at_once(room: Room) -> None:
    await room.fail(failure("vendor:shop", "the key was revoked", "systemic"))
    assert await room.flush() == 1


async def test_more_of_the_same_changes_the_message(room: Room) -> None:
    await room.fail(failure("vendor:shop", "first", "systemic"))
    await room.flush()
    await room.sent()
    await room.fail(*(failure("vendor:shop", "again", "systemic") for _ in range(6)))
    assert await room.flush(after_minutes=1) == 0
    assert len(await room.posts()) == 1
    assert "7 failures so far" in (await room.shown("vendor:shop")).conclusion
    assert await room.one("select samples from escalation") == ["first", "again", "again"]


async def test_ten_thousand_failures_of_one_cause_are_one_message(room: Room) -> None:
    before = psutil.Process().memory_info().rss
    for _ in range(10):
        await room.fail(*(failure("vendor:shop", f"order {n}") for n in range(1_000)))
    assert await room.flush(after_minutes=6) == 1
    assert psutil.Process().memory_info().rss - before < 30_000_000
    assert len(await room.posts()) == 1
    assert await room.one("select count(*) from failure f join escalation e on e.id = f.escalation_id") == 10_000
    assert await room.one("select count from escalation") == 10_000


async def test_ten_thousand_failures_of_five_hundred_causes_are_twelve_messages(room: Room) -> None:
    before = psutil.Process().memory_info().rss
    for n in range(10):
        await room.fail(*(failure(f"task:{(n * 1_000 + m) % 500}", f"order {m}") for m in range(1_000)))
    assert await room.flush(after_minutes=6) == 500
    for round_ in range(3):
        await room.fail(*(failure(f"late:{round_}:{m % 50}", retried=False) for m in range(200)))
        await room.flush(after_minutes=3)
    assert psutil.Process().memory_info().rss - before < 30_000_000
    assert len(await room.posts()) == 12
    assert await room.one("select count(*) from failure where escalation_id is null") == 0
    digest = await room.one("select card from outbox where key like '%escalation:digest:%' order by id desc limit 1")
    assert "further causes" in cards.from_json(digest).title
    assert await room.one("select count(*) from escalation where state = 'open' and posted = 2") >= 489


async def test_two_processes_tell_once(room: Room) -> None:
    await room.fail(failure("vendor:shop", kind="systemic"))
    async with room.ops.db.begin() as db:
        assert await escalation_flow.lone(db)
        assert await room.flush() == 0
    assert await room.flush() == 1


async def test_a_failure_written_while_its_episode_closed_is_linked(room: Room) -> None:
    await room.fail(failure("job:orders"))
    async with room.ops.db.begin() as db:
        await db.execute(text("update failure set escalation_id = null"))
    await room.flush()
    assert await room.one("select count(*) from failure where escalation_id is null") == 0


async def test_text_that_no_row_can_hold_is_held(room: Room) -> None:
    await room.fail(failure("job:orders", "a zero \0 and half a \ud83d " + "x" * 5_000))
    assert len(await room.one("select detail from failure")) <= 500


async def test_the_owner_is_called_by_name_when_slack_knows_them(room: Room) -> None:
    async with room.ops.db.begin() as db:
        await directory.keep_people(db, [Who("U0OWNER", "approver", "T1", "", "")])
    await room.fail(failure("vendor:shop", kind="systemic"))
    await room.flush()
    facts = [fact for part in (await room.shown("vendor:shop")).parts if isinstance(part, Facts) for fact in part.facts]
    assert Mention("approver", "U0OWNER") in [fact.value for fact in facts]


async def test_one_bad_slot_of_a_job_hides_nothing_that_others_fail_at(room: Room) -> None:
    async with room.ops.db.begin() as db:
        await job_state.known(db, "orders")
    await room.fail(*(failure("vendor:shop") for _ in range(4)))
    assert await room.flush(after_minutes=6) == 0, "people are told of this job by its slots"
    await room.fail(*(replace(failure("vendor:shop"), job="") for _ in range(3)))
    assert await room.flush() == 1


async def test_what_cannot_wait_is_marked_so_and_never_sent_over_the_road_it_speaks_of(room: Room) -> None:
    """Of Slack itself the second road tells at once; of the second road Slack alone; what heals by itself waits."""
    causes = {
        "vendor:shop": (True, False),
        "check:disk": (True, False),
        "check:slack": (True, True),
        "outbox": (True, True),
        "check:alarm.second_road": (False, False),
    }
    await room.fail(*(failure(cause, "it broke", "systemic") for cause in causes), failure("job:orders"))
    await room.fail(failure("job:orders"), failure("job:orders"))
    assert await room.flush(after_minutes=6) == 6
    asked = (
        "select e.cause, o.critical, o.second_at is not null from outbox o join escalation e on o.key like '%' || e.id"
    )
    told = {row[0]: (row[1], row[2]) for row in await room.rows(asked)}
    assert told == {**causes, "job:orders": (False, False)}


async def test_what_cannot_wait_makes_the_digest_it_joins_one_that_cannot(room: Room) -> None:
    await room.fail(*(failure(f"task:{n}", retried=False) for n in range(12)))
    await room.flush(after_minutes=6)
    asked = "select target, critical, second_at > clock_timestamp() from outbox where key like '%digest%' order by id"
    assert [tuple(row) for row in await room.rows(asked)] == [("post", False, None)]
    await room.sent()
    await room.fail(failure("vendor:shop", kind="systemic"))
    assert await room.flush() == 1
    assert [tuple(row) for row in await room.rows(asked)] == [("post", False, None), ("update", True, True)]
