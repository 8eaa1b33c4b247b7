"""What was told and waits: acknowledged, given on, put off, reminded of, closed when it is well, and flapping."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.escalations import escalation
from domain.escalations.escalation import Person
from domain.kernel import trail
from domain.kernel.card import Buttons, Lines
from domain.kernel.errors import InputError
from models import escalation_flow
from tests.domain.escalations.conftest import Room, failure

ANA, BEN = Person("U1", "ana"), Person("U2", "ben")


async def _told(room: Room) -> str:
    await room.fail(failure(room.cause, "the key was revoked", "systemic"))
    assert await room.flush() == 1
    await room.sent()
    return await room.id_of(room.cause)


async def _done(room: Room) -> list[str]:
    """What the card says was done."""
    card = await room.shown(room.cause)
    return [line.label for part in card.parts if isinstance(part, Lines) and part.heading for line in part.lines]


async def _well(room: Room) -> None:
    async with room.ops.db.begin() as db:
        await escalation.well(db, [room.cause], "it answers again", by="job:orders")


async def _back(room: Room) -> None:
    await room.fail(failure(room.cause, "the key was revoked", "systemic"))


async def test_who_takes_it_is_seen_on_the_card_and_is_not_reminded_twice(room: Room) -> None:
    key = await _told(room)
    assert (await escalation.acknowledge(room.ops, key, ANA)).title == "Done"
    assert await _done(room) == ["@ana acknowledged it"]
    assert "ben" not in str(await room.shown(room.cause))
    again = await escalation.acknowledge(room.ops, key, BEN)
    assert again.title == "That was done already"
    assert "@ana acknowledged it" in again.conclusion
    await room.flush(after_minutes=200)
    await room.flush(after_minutes=100)
    await room.flush(after_minutes=100)
    assert [name.split(":")[2] for name in (await room.posts())[1:]] == ["remind"], "the deputy is not asked"


async def test_what_somebody_took_and_forgot_is_told_again_in_the_morning(room: Room) -> None:
    key = await _told(room)
    await escalation.acknowledge(room.ops, key, ANA)
    for minutes in (181, 120, 24 * 60):
        await room.flush(after_minutes=minutes)
    assert await room.state(room.cause) == "open"
    assert [name.split(":")[2] for name in (await room.posts())[1:]] == ["remind", "awake"]


async def test_what_a_person_closed_and_fails_on_is_told_anew(room: Room) -> None:
    key = await _told(room)
    await escalation.close(room.ops, key, "A new key is in place.", ANA)
    await _back(room)
    assert await room.flush() == 1
    assert await room.rows("select episode, state from escalation order by 1") == [(1, "closed"), (2, "open")]


async def test_what_failed_and_was_well_again_within_a_minute_is_well(room: Room) -> None:
    await _told(room)
    for _ in range(2):
        await _well(room)
        await _back(room)
    await _well(room)
    await room.flush(after_minutes=11)
    assert await room.state(room.cause) == "closed"


async def test_it_is_closed_with_what_was_done_and_has_no_buttons_then(room: Room) -> None:
    key = await _told(room)
    with pytest.raises(InputError):
        await escalation.close(room.ops, key, "  ", ANA)
    await escalation.close(room.ops, key, "A new key is in place.", ANA)
    card = await room.shown(room.cause)
    assert await _done(room) == ["@ana closed it: A new key is in place."]
    assert not any(isinstance(part, Buttons) for part in card.parts)
    assert "needed from you" not in str(card)
    assert (await escalation.acknowledge(room.ops, key, BEN)).title == "That was done already"
    async with room.ops.db.begin() as db:
        told = [(one.what, one.by) for one in await trail.of(db, key)]
    assert told[-1] == ("escalation.closed", "user:U1")
    assert [what for what, _ in told[:3]] == ["escalation.raised", "escalation.grew", "escalation.told"]


async def test_it_is_given_to_somebody_else(room: Room) -> None:
    key = await _told(room)
    await escalation.assign(room.ops, key, BEN, ANA)
    assert await _done(room) == ["@ana assigned it to @ben"]
    assert await room.one("select owner from escalation") == "ben"


async def test_it_rests_and_is_told_again_in_its_thread(room: Room) -> None:
    key = await _told(room)
    with pytest.raises(InputError):
        await escalation.snooze(room.ops, key, "900", ANA)
    await escalation.snooze(room.ops, key, "4", ANA)
    await room.flush(after_minutes=230)
    assert len(await room.posts()) == 1
    await room.flush(after_minutes=11)
    assert (await room.posts())[1].startswith(f"escalation:{key}:awake:")
    assert await room.state(room.cause) == "open"


async def test_silence_is_reminded_of_then_handed_on_then_told_in_the_morning(room: Room) -> None:
    key = await _told(room)
    await room.flush(after_minutes=181)
    await room.flush(after_minutes=58)
    assert [name.split(":")[2] for name in (await room.posts())[1:]] == ["remind"]
    await room.flush(after_minutes=2)
    assert [name.split(":")[2] for name in (await room.posts())[1:]] == ["remind", "deputy"]
    await room.flush(after_minutes=60)
    assert await room.state(room.cause) == "snoozed"
    await room.flush(after_minutes=24 * 60)
    assert [name.split(":")[2] for name in (await room.posts())[1:]] == ["remind", "deputy", "awake"]
    assert all(name.startswith(f"escalation:{key}") for name in await room.posts())


async def test_where_silence_lets_it_rest_it_closes(room: Room) -> None:
    wishes = room.ops.policy.escalations.model_copy(update={"on_silence": {"systemic": "close"}})
    room = replace(room, ops=replace(room.ops, policy=room.ops.policy.model_copy(update={"escalations": wishes})))
    await _told(room)
    for minutes in (181, 60, 61):
        await room.flush(after_minutes=minutes)
    assert await room.state(room.cause) == "closed"
    assert (await _done(room))[-1] == "Closed by itself: nobody answered in time"


async def test_what_is_well_for_long_enough_closes_by_itself(room: Room) -> None:
    await _told(room)
    await _well(room)
    await room.flush(after_minutes=9)
    assert await room.state(room.cause) == "open"
    await room.flush(after_minutes=2)
    assert await room.state(room.cause) == "closed"
    assert await _done(room) == ["Closed by itself: it was well for long enough"]
    assert len(await room.posts()) == 1


async def test_what_heals_before_it_is_told_is_not_told(room: Room) -> None:
    await room.fail(*(failure(room.cause) for _ in range(3)))
    await _well(room)
    assert await room.flush(after_minutes=15) == 0
    assert await room.state(room.cause) == "closed"
    assert await room.posts() == []


async def test_a_source_that_comes_and_goes_for_an_hour_is_two_messages_at_most(room: Room) -> None:
    for _ in range(30):
        await _back(room)
        await room.flush(after_minutes=1)
        await _well(room)
        await room.flush(after_minutes=1)
    assert len(await room.posts()) <= 2
    assert await room.one("select count(*) from escalation") == 1


async def test_what_comes_back_after_it_closed_is_the_same_episode(room: Room) -> None:
    await _told(room)
    for _ in range(3):
        await _well(room)
        await room.flush(after_minutes=11)
        assert await room.state(room.cause) == "closed"
        await _back(room)
        assert await room.flush(after_minutes=1) == 0
        assert await room.state(room.cause) == "open"
    assert len(await room.posts()) == 1
    assert await room.rows("select flaps, count from escalation") == [(3, 4)]
    assert "flapping" in str(await room.shown(room.cause))


async def test_what_comes_back_much_later_is_told_anew(room: Room) -> None:
    await _told(room)
    await _well(room)
    await room.flush(after_minutes=11)
    await room.pass_(100)
    await _back(room)
    assert await room.flush() == 1
    assert await room.rows("select episode from escalation order by 1") == [(1,), (2,)]


async def test_what_was_told_among_others_is_told_anew_in_the_morning(room: Room) -> None:
    await room.fail(*(failure(f"task:{n}", kind="systemic") for n in range(13)))
    assert await room.flush() == 13
    assert len(await room.posts()) == 12
    for minutes in (181, 60, 61):
        await room.flush(after_minutes=minutes)
    assert await room.one("select count(*) from escalation where state = 'snoozed' and posted = 2") == 2
    before = len(await room.posts())
    await room.flush(after_minutes=24 * 60)
    told = (await room.posts())[before:]
    assert len([name for name in told if ":awake:" in name]) == 11
    assert len([name for name in told if ":digest:" in name]) == 1
    assert await room.one("select count(*) from escalation where state = 'open'") == 13


async def test_old_failures_are_forgotten_unless_their_trouble_goes_on(room: Room) -> None:
    await room.fail(failure("job:over"), failure("job:on"))
    await escalation.close(room.ops, await room.id_of("job:over"), "Mended.", ANA)
    await room.pass_(91 * 24 * 60)
    async with room.ops.db.begin() as db:
        assert await escalation_flow.forget(db, days=90) == 1
    assert await room.rows("select cause from failure") == [("job:on",)]
    assert await room.one("select count(*) from escalation") == 2
