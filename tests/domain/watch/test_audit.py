"""A changed byte, a row that is gone, a cut tail and a forged link are each found and named."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.watch import audit
from domain.watch.audit import Head
from models import trail
from models.db import Database
from models.trail import GENESIS, Note
from tests.models import standing


@pytest.fixture
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house whose trail holds five rows and nothing else."""
    database = Database(database_url, pool=2, name="audit")
    _forge(database, "truncate trail, trail_link restart identity")
    async with database.begin() as db:
        for number in range(5):
            note = Note("x.y", f"T-{number}", "house", "wegen “Müller” \U0001f600")
            await trail.record(db, note, {"n": number, "deep": ["1:2", None]})
    yield standing.ops(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    await database.close()


def _forge(database: Database, *statements: str) -> None:
    """What only the owner of the database can do, and only on purpose."""
    engine = create_engine(database.url)
    guards = [f"alter table {name} {{}} trigger user" for name in ("trail", "trail_link")]
    with engine.begin() as owner:
        for statement in (*(one.format("disable") for one in guards), *statements):
            owner.execute(text(statement))
        for guard in guards:
            owner.execute(text(guard.format("enable")))
    engine.dispose()


async def test_an_untouched_trail_is_whole_and_tells_its_head(ops: Ops) -> None:
    found = await audit.verify(ops)
    assert (found.rows, found.broken, found.head.seq) == (5, 0, 5)
    assert found.sentence == f"The trail is whole: 5 rows, head 5:{found.head.hash}."
    again = await audit.verify(ops, audit.read(str(found.head)))
    assert again.broken == 0
    assert (await audit.verify(ops, Head(3, "0" * 12))).wrong[0].what.startswith("it was told as 000000000000 and is")


async def test_an_empty_trail_is_whole(ops: Ops) -> None:
    _forge(ops.db, "truncate trail, trail_link")
    found = await audit.verify(ops, Head(0, GENESIS))
    assert (found.rows, found.broken) == (0, 0)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("update trail set why = 'no' where id = 2", "at row 2 (about T-1): it does not say what was written."),
        ("update trail set at = at + interval '1 microsecond' where id = 4", "at row 4 (about T-3): it does not say"),
        ("update trail set body = '{\"n\": 9}' where id = 1", "at row 1 (about T-0): it does not say"),
        ("delete from trail where id = 3", "at row 3: the row 3 is gone."),
        ("delete from trail_link where seq = 3", "at row 3: the links up to 3 are missing. 1 more"),
        ("delete from trail where id = 3; delete from trail_link where seq = 3", "at row 3: the links up to 3 are mis"),
        ("insert into trail (what, subject, by, body) values ('x.y', 'T-9', 'me', '{}')", "row 6 (about T-9): the row"),
        ("update trail_link set hash = repeat('a', 64) where seq = 5", "at row 5 (about T-4): it does not say"),
    ],
)
async def test_whatever_is_changed_is_named(ops: Ops, deed: str, said: str) -> None:
    _forge(ops.db, *deed.split("; "))
    assert said in (await audit.verify(ops)).sentence


async def test_a_cut_tail_is_found_by_a_head_that_was_told(ops: Ops) -> None:
    told = (await audit.verify(ops)).head
    _forge(ops.db, "delete from trail where id > 3", "delete from trail_link where seq > 3")
    assert (await audit.verify(ops)).broken == 0
    found = await audit.verify(ops, told)
    assert found.sentence == "The trail is broken at row 4: the chain ends before row 5, which was told."


async def test_a_trail_written_anew_with_fitting_hashes_is_found_by_a_head(ops: Ops) -> None:
    told = (await audit.verify(ops)).head
    _forge(ops.db, "update trail set why = 'no' where id = 2")
    last = GENESIS
    async with ops.db.begin() as db:
        links = [one async for one in trail.chain(db)]
    for one in links:
        last = hashlib.sha256((last + (one.text or "")).encode()).hexdigest()
        _forge(ops.db, f"update trail_link set hash = '{last}' where seq = {one.seq}")
    assert (await audit.verify(ops)).broken == 0
    assert "was told as" in (await audit.verify(ops, told)).sentence


@pytest.mark.parametrize("text", ["", "5", "5:abc", "x:" + "a" * 64, "5:" + "a" * 65, "5:" + "g" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no head of the trail"):
        audit.read(text)
