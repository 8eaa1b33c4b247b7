"""The trail: written with its cause, chained at commit, and never changed again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from models import trail
from models.approval import Autonomy
from models.db import Database
from models.trail import GENESIS, Note

NOTE = Note("autonomy.set", "shopify.hold_fulfilment", "user:U1", "because", "ask:1")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, pool=10)
    yield found
    await found.close()


async def _links(database: Database) -> list[trail.Link]:
    async with database.begin() as db:
        return [one async for one in trail.chain(db)]


def _broken(links: list[trail.Link]) -> list[int]:
    last, wrong = GENESIS, []
    for number, one in enumerate(links, 1):
        if one.seq != number or one.hash != hashlib.sha256((last + (one.text or "")).encode()).hexdigest():
            wrong.append(number)
        last = one.hash or ""
    return wrong


async def test_a_change_and_its_trail_are_one(database: Database) -> None:
    values = {"kind": "a.b", "level": "suggest", "by": "U1", "why": "ünïcode \x07 \x1f “quotes”\n" * 3}
    async with database.begin() as db:
        row = await trail.born(db, Autonomy, values, NOTE)
        assert row is not None
        assert row["level"] == "suggest"
        assert await trail.born(db, Autonomy, values, NOTE) is None
        moved = await trail.moved(db, Autonomy, "a.b", {"level": "auto"}, NOTE, where=[Autonomy.level == "suggest"])
        assert moved is not None
        assert moved["level"] == "auto"
        assert await trail.moved(db, Autonomy, "a.b", {"level": "x"}, NOTE, where=[Autonomy.level == "suggest"]) is None
        said = [one.body["row"]["level"] for one in await trail.of(db, NOTE.subject)]
    assert said == ["suggest", "auto"]


async def test_what_rolls_back_leaves_nothing(database: Database) -> None:
    before = len(await _links(database))
    async with database.engine.connect() as db:
        await trail.record(db, NOTE, {})
        await db.rollback()
    assert len(await _links(database)) == before


async def test_many_at_once_make_one_chain(database: Database) -> None:
    async def one(number: int) -> None:
        async with database.begin() as db:
            await trail.record(
                db, Note("x.y", f"S-{number}", "house"), {"n": number, "deep": {"ü": [1.5, None, "\u2028"]}}
            )
            await trail.record(db, Note("x.z", f"S-{number}", "house"), {})

    await asyncio.gather(*(one(number) for number in range(20)))
    links = await _links(database)
    assert len(links) >= 40
    assert _broken(links) == []
    async with database.begin() as db:
        assert (await trail.head(db))[0] == len(links)


_FORBIDDEN = (
    "update trail set why = 'no'",
    "delete from trail",
    "truncate trail, trail_link",
    "insert into trail (at, what, subject, by, body) values (now() - interval '1 day', 'x.y', 'T-1', 'me', '{}')",
    "insert into trail_link values (999, 999, '')",
    "update trail_link set hash = ''",
)


@pytest.mark.parametrize("deed", _FORBIDDEN)
async def test_the_house_cannot_change_it(database: Database, deed: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.begin() as db:
            await db.execute(text(deed))


async def test_not_even_the_owner_can_by_accident_and_a_flipped_byte_shows(database: Database) -> None:
    async with database.begin() as db:
        await trail.record(db, NOTE, {"amount": "10.00"})
    engine = create_engine(database.url)
    with pytest.raises(DBAPIError, match="only ever appended"), engine.begin() as owner:
        owner.execute(text("update trail set why = 'no'"))
    with engine.begin() as owner:
        owner.execute(text("alter table trail disable trigger trail_refuse"))
        owner.execute(text("""update trail set body = '{"amount": "10.01"}' where id = (select max(id) from trail)"""))
        owner.execute(text("alter table trail enable trigger trail_refuse"))
    engine.dispose()
    links = await _links(database)
    assert _broken(links) == [len(links)]
