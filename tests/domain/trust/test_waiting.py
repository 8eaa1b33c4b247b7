"""What waits is listed, reminded of, handed to a deputy, and told again after the house was away."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from domain.trust import waiting
from tests.domain.trust.conftest import House


async def _said(house: House, like: str) -> list[tuple[str, str, str]]:
    found = await house.rows(
        "select key, channel, coalesce(thread_key, '') from outbox where key like :like order by id", like=like
    )
    return [(row[0], row[1], row[2]) for row in found]


async def test_the_list_says_what_waits_and_who_may(house: House) -> None:
    await house.rows("delete from approval returning id")
    assert "Nothing waits" in (await waiting.card(house.ops)).conclusion
    found = await house.asked(requester="user:U3")
    said = str(await waiting.card(house.ops))
    for words in (found.approval_id, "@viewer", "@approver or @finance", "The deal is cold."):
        assert words in said, words


async def test_one_reminder_then_the_deputy(house: House) -> None:
    await house.rows("delete from approval returning id")
    house.set(deputy="@viewer")
    found = await house.asked()
    assert await waiting.remind(house.ops) == 0
    await house.rows("update approval set created_at = created_at - interval '61 minutes' returning id")
    assert await waiting.remind(house.ops) == 1
    assert await waiting.remind(house.ops) == 0
    above = f"approval:{found.approval_id}"
    assert await _said(house, f"{above}:%") == [(f"{above}:reminder", "ops-sales", above)]
    await house.rows("update approval set reminded_at = reminded_at - interval '61 minutes' returning id")
    assert await waiting.remind(house.ops) == 1
    assert await waiting.remind(house.ops) == 0
    assert (await _said(house, f"{above}:%"))[1:] == [(f"{above}:deputy", "@viewer", "")]
    assert (await house.click(found, "U3")).word == "approved"


async def test_what_waited_before_this_process_began_is_told_again_once(house: House) -> None:
    old, new = await house.asked(), await house.asked()
    async with house.ops.db.begin() as db:
        await db.execute(text("insert into executor (id, role, pid) values ('boot-2', 'slack', 1)"))
        late = (
            "update outbox set state = 'sent', delivered_at = clock_timestamp() + cast(:late as interval) "
            "where key = :key"
        )
        await db.execute(text(late), {"late": "-1 minute", "key": f"approval:{old.approval_id}"})
        await db.execute(text(late), {"late": "1 minute", "key": f"approval:{new.approval_id}"})
    again = replace(house.ops, boot_id="boot-2")
    assert await waiting.again(again) == 1
    assert await waiting.again(again) == 0
    said = await _said(house, f"approval:{old.approval_id}:again:%")
    assert [row[1:] for row in said] == [("ops-sales", f"approval:{old.approval_id}")]
    assert await waiting.again(house.ops) == 0, "a process nobody knows was never away"
